//go:build cgo

package native

// #include "glue.h"
import "C"

import (
	"runtime/cgo"
	"slices"
	"unsafe"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

//export goDone
func goDone(listener C.uintptr_t, status C.uint32_t, opened *C.ws_handle, value *C.ws_value) {
	handle := cgo.Handle(listener)
	done := handle.Value().(func(Answer))
	handle.Delete()
	answer := Answer{Value: encoded(value), Failed: status == C.WS_STATUS_ERROR}
	if opened != nil {
		answer.Opened = newHandle(opened)
	}
	done(answer)
}

//export goRelease
func goRelease(host C.uintptr_t) { cgo.Handle(host).Delete() }

//export goCall
func goCall(host C.uintptr_t, request *C.ws_value, within C.ws_within, reply *C.ws_reply) {
	operation, _ := operations.Load(uint64(within.tag))
	hostOf(host).Call(operation, uint64(within.frame), encoded(request), &Reply{reply})
}

//export goOutput
func goOutput(host C.uintptr_t, stream C.uint32_t, data *C.uint8_t, length C.size_t) {
	hostOf(host).Output(int(stream), copied(data, length))
}

//export goAudit
func goAudit(host C.uintptr_t, event *C.ws_value) { hostOf(host).Audit(encoded(event)) }

func hostOf(number C.uintptr_t) Host { return cgo.Handle(number).Value().(Host) }

// encoded is a value of the library's, where it is.
func encoded(value *C.ws_value) wire.Encoded {
	form := wire.Encoded{Bytes: lent(value.form)}
	for _, one := range unsafe.Slice(value.apart, int(value.apart_count)) {
		form.Apart = append(form.Apart, wire.Apart{Place: int(one.place), Bytes: lent(one.bytes)})
	}
	return form
}

func lent(bytes C.ws_bytes) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(bytes.data)), int(bytes.len))
}

// copied is not C.GoBytes, whose length is an int of C.
func copied(data *C.uint8_t, length C.size_t) []byte {
	return slices.Clone(unsafe.Slice((*byte)(unsafe.Pointer(data)), int(length)))
}
