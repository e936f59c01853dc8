module github.com/wasm-sandbox/wasm-sandbox-go

go 1.24

require (
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-arm64 v0.1.0
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-x64 v0.1.0
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-gnu v0.1.0
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-musl v0.1.0
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu v0.1.0
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-musl v0.1.0
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/win32-x64 v0.1.0
)

// In this repository they are beside; whoever uses the package gets them from their own modules.
replace (
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-arm64 => ./platforms/darwin-arm64
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/darwin-x64 => ./platforms/darwin-x64
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-gnu => ./platforms/linux-arm64-gnu
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-arm64-musl => ./platforms/linux-arm64-musl
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu => ./platforms/linux-x64-gnu
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-musl => ./platforms/linux-x64-musl
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/win32-x64 => ./platforms/win32-x64
)
