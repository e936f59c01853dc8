// Package core is the runtime under the generated packages: it invokes operations of the native code by name, follows
// the caller's context, and calls host functions. What an operation does is not its business.
package core

import (
	"context"
	"runtime"
	"sync"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/native"
	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

// Params are an operation's parameters by their names in the reference API; nil means "not given".
type Params map[string]any

// Guest is an open sandbox or session, or a pool of them.
type Guest struct{ native *native.Handle }

// Invoke runs an operation on a guest, or on nothing, and waits for its answer. When the context ends first, the
// answer is awaited all the same: it comes when the guest has stopped.
func Invoke(ctx context.Context, guest *Guest, operation string, params Params) (any, error) {
	answer, err := invoke(ctx, guest, operation, params, nil)
	return answer.value, err
}

// Open runs an operation that opens a guest, with the host's functions and listeners; a fork has those of its parent.
func Open(ctx context.Context, from *Guest, operation string, params Params, host *Host) (*Guest, error) {
	answer, err := invoke(ctx, from, operation, params, host)
	if err != nil {
		return nil, err
	}
	return &Guest{answer.opened}, nil
}

// Run runs an operation that opens a guest for itself alone.
func Run(ctx context.Context, operation string, params Params, host *Host) (any, error) {
	answer, err := invoke(ctx, nil, operation, params, host)
	return answer.value, err
}

// answer is what an operation came to, once it is Go's.
type answer struct {
	value  any
	opened *native.Handle
	err    error
}

// received takes over what the native code lends; large byte strings are copied once, to where they stay.
func received(ctx context.Context, lent native.Answer) answer {
	if lent.Opened != nil {
		return answer{opened: lent.Opened}
	}
	value, err := wire.Decode(lent.Value)
	if lent.Failed && err == nil {
		return answer{err: failureOf(ctx, value)}
	}
	return answer{value: value, err: err}
}

// frameKey is where a context has the number of the host function that it was given to.
type frameKey struct{}

func invoke(ctx context.Context, guest *Guest, operation string, params Params, opens *Host) (answer, error) {
	arguments, err := wire.Encode(map[string]any(given(params)))
	if err != nil {
		return answer{}, Refused(err)
	}
	if err := ready(); err != nil {
		return answer{}, err
	}
	if ctx.Err() != nil {
		return answer{}, Cancelled(ctx)
	}
	// What host functions are given ends with the call.
	inner, end := context.WithCancel(ctx)
	defer end()
	from, _ := ctx.Value(frameKey{}).(uint64)
	stop := native.NewStop(inner, from)
	defer stop.Release()
	var target *native.Handle
	if guest != nil {
		target = guest.native
	}
	answers := make(chan answer, 1)
	native.Invoke(target, operation, arguments, opens.callbacks(), stop, func(lent native.Answer) { answers <- received(ctx, lent) })
	var got answer
	select {
	case got = <-answers:
	case <-ctx.Done():
		stop.Now()
		got = <-answers
	}
	runtime.KeepAlive(guest)
	return got, got.err
}

// given leaves out what is nil.
func given(params Params) Params {
	out := make(Params, len(params))
	for name, value := range params {
		if value != nil {
			out[name] = value
		}
	}
	return out
}

// ready hands the language packs over before the first operation.
var ready = sync.OnceValue(func() error {
	if err := native.CheckVersion(); err != nil {
		return err
	}
	native.HandPacks()
	return nil
})
