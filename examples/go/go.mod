module github.com/wasm-sandbox/wasm-sandbox/examples/go

go 1.24

require github.com/wasm-sandbox/wasm-sandbox-go v0.1.0

require github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu v0.1.0 // indirect

// In this repository the package is beside; a program of your own needs none of this.
replace (
	github.com/wasm-sandbox/wasm-sandbox-go => ../../bindings/go
	github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu => ../../bindings/go/platforms/linux-x64-gnu
)
