module github.com/wasm-sandbox/wasm-sandbox-go

go 1.24

require github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu v0.1.0

replace github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu => ./platforms/linux-x64-gnu
