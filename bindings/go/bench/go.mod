module github.com/wasm-sandbox/wasm-sandbox-go/bench

go 1.24

require (
	github.com/tetratelabs/wazero v1.9.0
	github.com/wasm-sandbox/wasm-sandbox-go v0.1.0
)

require (
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-arm64 v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-x64 v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-gnu v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-musl v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-musl v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/win32-x64 v0.1.0 // indirect
)

replace (
	github.com/wasm-sandbox/wasm-sandbox-go => ../
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-arm64 => ../platforms/darwin-arm64
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-x64 => ../platforms/darwin-x64
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-gnu => ../platforms/linux-arm64-gnu
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-musl => ../platforms/linux-arm64-musl
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu => ../platforms/linux-x64-gnu
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-musl => ../platforms/linux-x64-musl
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/win32-x64 => ../platforms/win32-x64
)
