module github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu

go 1.24
