module github.com/wasm-sandbox/wasm-sandbox/examples/go

go 1.24

require github.com/wasm-sandbox/wasm-sandbox-go v0.1.0

require (
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-arm64 v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-x64 v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-gnu v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-musl v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-musl v0.1.0 // indirect
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/win32-x64 v0.1.0 // indirect
)

// In this repository the package is beside; a program of your own needs none of this.
replace (
	github.com/wasm-sandbox/wasm-sandbox-go => ../../bindings/go
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-arm64 => ../../bindings/go/platforms/darwin-arm64
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-x64 => ../../bindings/go/platforms/darwin-x64
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-gnu => ../../bindings/go/platforms/linux-arm64-gnu
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-musl => ../../bindings/go/platforms/linux-arm64-musl
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu => ../../bindings/go/platforms/linux-x64-gnu
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-musl => ../../bindings/go/platforms/linux-x64-musl
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/win32-x64 => ../../bindings/go/platforms/win32-x64
)
