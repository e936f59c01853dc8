//go:build cgo && !musl

package native

import platform "github.com/wasm-sandbox/wasm-sandbox-go/platforms/linux-x64-gnu"

var packs = platform.Packs
