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

// Guest is an open sandbox or session with the order of its calls.
type Guest struct {
	native *native.Guest
	turns  *turns
	host   *Host
}

// Apart is the guest for what takes no turn among its calls, and so is no call that a host function could be of.
func (g *Guest) Apart() *Guest { return &Guest{native: g.native} }

// Invoke runs an operation on a guest, or on nothing, and waits for its answer. When the context ends first, the
// answer is awaited all the same: it comes when the guest has stopped.
func Invoke(ctx context.Context, guest *Guest, operation string, params Params) (any, error) {
	answer, err := invoke(ctx, guest, operation, params, nil)
	return answer.value, err
}

// Open runs an operation that opens a guest, with the host's functions and listeners.
func Open(ctx context.Context, from *Guest, operation string, params Params, host *Host) (*Guest, error) {
	opened := &Guest{turns: &turns{}, host: host}
	answer, err := invoke(ctx, from, operation, params, opened)
	if err != nil {
		return nil, err
	}
	opened.native = answer.guest
	return opened, nil
}

// OpenPool makes a pool; its operations have no order.
func OpenPool(options Params) (*Guest, error) {
	answer, err := invoke(context.Background(), nil, "SandboxPool.constructor", Params{"options": options}, nil)
	if err != nil {
		return nil, err
	}
	return &Guest{native: answer.guest}, nil
}

// Lend runs an operation by which a pool lends a guest: its number, 0 where nothing is lent; and the guest where it was
// opened for this caller, with the host's functions.
func Lend(ctx context.Context, pool *Guest, operation string, host *Host) (number int, opened *Guest, err error) {
	guest := &Guest{turns: &turns{}, host: host}
	answer, err := invoke(ctx, pool, operation, Params{}, guest)
	if err != nil {
		return 0, nil, err
	}
	if answer.guest != nil {
		guest.native, opened = answer.guest, guest
	}
	number, _ = answer.value.(int)
	return number, opened, nil
}

// Run runs an operation that opens a guest for itself alone.
func Run(ctx context.Context, operation string, params Params, host *Host) (any, error) {
	answer, err := invoke(ctx, nil, operation, params, &Guest{turns: &turns{}, host: host})
	return answer.value, err
}

// Fork opens a guest that begins where another is, with the same functions.
func Fork(ctx context.Context, guest *Guest, operation string) (*Guest, error) {
	return Open(ctx, guest, operation, Params{}, guest.host)
}

// answer is what an operation came to, once it is Go's.
type answer struct {
	value any
	guest *native.Guest
	err   error
}

// received takes over what the native code lends; large byte strings are copied once, to where they stay.
func received(ctx context.Context, lent native.Answer) answer {
	if lent.Document != nil {
		return answer{err: failureOf(lent.Document, ctx)}
	}
	got := answer{guest: lent.Guest}
	// A pool that lends a guest tells its number as well.
	if lent.Guest == nil || len(lent.Value.Bytes) > 0 {
		got.value, got.err = wire.Decode(lent.Value)
	}
	return got
}

func invoke(ctx context.Context, guest *Guest, operation string, params Params, opens *Guest) (answer, error) {
	arguments, err := wire.Encode(map[string]any(given(params)))
	if err != nil {
		return answer{}, Refused(err)
	}
	if err := ready(ctx, operation); err != nil {
		return answer{}, err
	}
	return send(ctx, guest, operation, arguments, opens)
}

func send(ctx context.Context, guest *Guest, operation string, arguments wire.Encoded, opens *Guest) (answer, error) {
	if ctx.Err() != nil {
		return answer{}, Cancelled(ctx)
	}
	var stop *native.Stop
	if ctx.Done() != nil {
		stop = native.NewStop()
		defer stop.Release()
	}
	answers := make(chan answer, 1)
	begin := func(target *native.Guest, callbacks *native.Callbacks) {
		native.Invoke(target, operation, arguments, callbacks, stop, func(lent native.Answer) { answers <- received(ctx, lent) })
	}
	var target *native.Guest
	queues := []*turns{}
	if guest != nil {
		target = guest.native
		if guest.turns != nil {
			queues = append(queues, guest.turns)
		}
	}
	var callbacks *native.Callbacks
	if opens != nil {
		queues = append(queues, opens.turns)
		callbacks = opens.host.callbacks(opens.turns)
	}
	got, err := inTurn(ctx, queues, func() { begin(target, callbacks) }, func() answer {
		select {
		case got := <-answers:
			return got
		case <-ctx.Done():
			stop.Now()
			return <-answers
		}
	})
	runtime.KeepAlive(guest)
	if err == nil {
		err = got.err
	}
	return got, err
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

var (
	once     sync.Once
	setupErr error
	settings Params
	settled  sync.Mutex
	fixed    bool
)

// Configure keeps settings of the process until the first use.
func Configure(options Params) error {
	settled.Lock()
	defer settled.Unlock()
	if fixed {
		return Usage("invalid_argument", "$", "invalid argument: Configure has to come before the first use of a sandbox in this process")
	}
	settings = options
	return nil
}

// ready configures the native code before its first operation.
func ready(ctx context.Context, operation string) error {
	once.Do(func() {
		settled.Lock()
		fixed = true
		settled.Unlock()
		if setupErr = native.CheckVersion(); setupErr != nil {
			return
		}
		options := Params{}
		for name, value := range settings {
			options[name] = value
		}
		folder, err := packsFolder()
		if err != nil {
			setupErr = Usage("unsupported", "$", "unsupported: the language packs could not be unpacked: "+err.Error())
			return
		}
		options["packsDir"] = folder
		arguments, err := wire.Encode(map[string]any{"options": map[string]any(options)})
		if err != nil {
			setupErr = Refused(err)
			return
		}
		_, setupErr = send(context.WithoutCancel(ctx), nil, "configure", arguments, nil)
	})
	return setupErr
}
