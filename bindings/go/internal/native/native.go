//go:build cgo

// Package native is the boundary to the C library, and the only place with cgo. It lends values in both directions and
// moves handles; what a value is is the runtime's business.
package native

// #cgo CFLAGS: -std=gnu11
// #include "glue.h"
import "C"

import (
	"fmt"
	"runtime"
	"runtime/cgo"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

// Answer is what an operation came to: a value, which is an error where it failed, or what it opened. The value is the
// library's, and gone when who is told it returns.
type Answer struct {
	Value  wire.Encoded
	Opened *Handle
	Failed bool
}

// Host is called for a guest, on threads of the library.
type Host interface {
	// Call has to settle the reply once, now or later; the request is the library's, and gone when it returns. The
	// operation is what its token was made with, nil where there is none; frame is for tokens of what the function asks.
	Call(operation any, frame uint64, request wire.Encoded, reply *Reply)
	Output(stream int, bytes []byte)
	// Audit is lent the event.
	Audit(event wire.Encoded)
}

// Callbacks says what a host offers.
type Callbacks struct {
	Host Host
	// Names is an encoded list.
	Names         []byte
	Output, Audit bool
}

// Handle is what an operation opened: a guest, a pool or a prepared export. The garbage collector gives it back.
type Handle struct{ raw *C.ws_handle }

func newHandle(raw *C.ws_handle) *Handle {
	handle := &Handle{raw}
	runtime.AddCleanup(handle, func(raw *C.ws_handle) { C.ws_handle_release(raw) }, raw)
	return handle
}

// Stop ends the operation that it was given to, and says where that comes from.
type Stop struct {
	raw *C.ws_stop_token
	tag uint64
}

// operations are those under way, by the tags of their tokens.
var (
	operations sync.Map
	lastTag    atomic.Uint64
)

// NewStop makes a token, which has to be released when the operation has answered. Host functions are given operation;
// from is the frame of the one that asks, or 0.
func NewStop(operation any, from uint64) *Stop {
	tag := lastTag.Add(1)
	operations.Store(tag, operation)
	return &Stop{C.ws_stop_new(C.uint64_t(tag), C.uint64_t(from)), tag}
}

// Now ends its operation, which still answers, when its guest has stopped.
func (s *Stop) Now() { C.ws_stop(s.raw) }

// Release gives the token back.
func (s *Stop) Release() {
	C.ws_stop_release(s.raw)
	operations.Delete(s.tag)
}

// Invoke begins an operation; done is told its answer on a thread of the library, or at once. The arguments are read
// before it returns.
func Invoke(target *Handle, operation string, arguments wire.Encoded, callbacks *Callbacks, stop *Stop, done func(Answer)) {
	var on *C.ws_handle
	if target != nil {
		on = target.raw
	}
	var host C.uintptr_t
	var names []byte
	var listens C.uint32_t
	if callbacks != nil {
		host, names = C.uintptr_t(cgo.NewHandle(callbacks.Host)), callbacks.Names
		if callbacks.Output {
			listens |= 1
		}
		if callbacks.Audit {
			listens |= 2
		}
	}
	listener := C.uintptr_t(cgo.NewHandle(done))
	var pinner runtime.Pinner
	apart := pinned(&pinner, arguments.Apart)
	C.go_invoke(on, text(operation), C.size_t(len(operation)), pointer(arguments.Bytes), C.size_t(len(arguments.Bytes)),
		unsafe.SliceData(apart), C.size_t(len(apart)), host, pointer(names), C.size_t(len(names)), listens, stop.raw, listener)
	pinner.Unpin()
	runtime.KeepAlive(target)
}

// pinned lends large byte strings to C from where they are, until they are unpinned.
func pinned(pinner *runtime.Pinner, apart []wire.Apart) []C.ws_apart {
	if len(apart) == 0 {
		return nil
	}
	lent := make([]C.ws_apart, len(apart))
	for i, one := range apart {
		pinner.Pin(unsafe.SliceData(one.Bytes))
		lent[i].place = C.size_t(one.Place)
		lent[i].bytes = C.ws_bytes{data: pointer(one.Bytes), len: C.size_t(len(one.Bytes))}
	}
	return lent
}

// Reply is where one host call's answer goes.
type Reply struct{ raw *C.ws_reply }

// Defer says that the answer comes later, so that a guest with promises goes on meanwhile.
func (r *Reply) Defer() { C.ws_reply_defer(r.raw) }

// Settle answers, once.
func (r *Reply) Settle(failed bool, answer wire.Encoded) {
	var flag C.uint32_t
	if failed {
		flag = 1
	}
	var pinner runtime.Pinner
	apart := pinned(&pinner, answer.Apart)
	C.go_settle(r.raw, flag, pointer(answer.Bytes), C.size_t(len(answer.Bytes)), unsafe.SliceData(apart), C.size_t(len(apart)))
	pinner.Unpin()
}

// Floats says which results of a prepared export are floats; all others are integers.
func (h *Handle) Floats() (floats []bool) {
	signature := C.ws_prepared_signature(h.raw)
	runtime.KeepAlive(h)
	for _, kind := range signature.results[:signature.result_count] {
		floats = append(floats, kind > 1)
	}
	return floats
}

// Call calls a prepared export with count arguments in slots, which then hold the results: integers, or the bits of
// floats, which of the arguments the set floats says. An error comes in its binary form; without one an argument does
// not fit when it is not called. The slots must not lie on a goroutine's stack, which may move while a host function
// runs.
func (h *Handle) Call(slots *[16]uint64, count int, floats uint32) (called bool, failure []byte) {
	outcome := C.go_prepared_call(h.raw, (*C.uint64_t)(&slots[0]), C.uint32_t(count), C.uint32_t(floats))
	runtime.KeepAlive(h)
	if outcome.status == 1 {
		failure = append([]byte{}, taken(outcome.error)...)
	}
	return outcome.status == 0, failure
}

func taken(buffer C.ws_buffer) []byte {
	bytes := copied(buffer.data, buffer.len)
	C.ws_free(buffer)
	return bytes
}

func text(s string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(s))) }

func pointer(bytes []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(bytes))) }

// CheckVersion fails when the linked library is not the one that this package was written for.
func CheckVersion() error {
	if version := C.ws_abi_version(); version != C.WS_ABI_VERSION {
		return fmt.Errorf("the native library has version %d, %d is needed: the module of this platform is of another release",
			version, C.WS_ABI_VERSION)
	}
	return nil
}

// HandPacks hands over the language packs, which are a part of the program: the library keeps pointers to them.
func HandPacks() {
	for name, content := range packs {
		C.go_pack_file(text(name), C.size_t(len(name)), text(content), C.size_t(len(content)))
	}
}
