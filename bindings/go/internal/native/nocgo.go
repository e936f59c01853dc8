//go:build !cgo

// Package native holds the C library, which is linked by cgo: without it there is nothing to run guests with.
package native

// The compiler prints this name: the package is written in Rust and linked by cgo.
var _ = wasm_sandbox_needs_cgo__set_CGO_ENABLED_to_1_and_install_a_C_compiler
