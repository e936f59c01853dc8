// Package platform carries the native code and the language packs for one platform. The object beside this file is
// linked into every program that imports it; the packs are put into the program.
package platform

// #cgo LDFLAGS: -lm -ldl -lpthread
import "C"

import "embed"

// Packs holds the files of the language packs.
//
//go:embed packs
var Packs embed.FS
