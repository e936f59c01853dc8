//go:build cgo

package native

// #include "glue.h"
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

//export goDone
func goDone(listener C.uintptr_t, status C.uint32_t, guest *C.ws_guest, data *C.uint8_t, length C.size_t) {
	handle := cgo.Handle(listener)
	done := handle.Value().(func(Answer))
	handle.Delete()
	answer := Answer{Failed: status == C.WS_STATUS_ERROR}
	if guest != nil {
		answer.Guest = newGuest(guest)
	}
	if length > 0 {
		answer.Bytes = copied(data, length)
		C.ws_free(C.ws_buffer{data: data, len: length})
	}
	done(answer)
}

//export goRelease
func goRelease(host C.uintptr_t) { cgo.Handle(host).Delete() }

//export goCall
func goCall(host C.uintptr_t, data *C.uint8_t, length C.size_t, reply *C.ws_reply) {
	hostOf(host).Call(copied(data, length), &Reply{reply})
}

//export goOutput
func goOutput(host C.uintptr_t, stream C.uint32_t, data *C.uint8_t, length C.size_t) {
	hostOf(host).Output(int(stream), copied(data, length))
}

//export goAudit
func goAudit(host C.uintptr_t, data *C.uint8_t, length C.size_t) {
	hostOf(host).Audit(copied(data, length))
}

func hostOf(number C.uintptr_t) Host { return cgo.Handle(number).Value().(Host) }

// copied is not C.GoBytes, whose length is an int of C.
func copied(data *C.uint8_t, length C.size_t) []byte {
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(data)), int(length))...)
}
