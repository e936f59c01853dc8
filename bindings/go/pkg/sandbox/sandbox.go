// Package sandbox runs untrusted WebAssembly, Python, JavaScript and TypeScript under a policy.
//
// The short way is Run; a loaded module with state is a Sandbox (NewBuilder, FromFile, FromBytes, FromURL), an
// interpreter with state a Session (OpenPython, OpenJavaScript, OpenTypeScript, Restore). When a context ends, the
// guest is stopped, and the call returns when it has stopped.
//
// Values cross exactly. Integers arrive as int (uint64 or *big.Int where they do not fit), floats as float64, text as
// string, bytes as []byte, lists as []any, maps as map[string]any (Pairs where a key is no string), times as time.Time.
package sandbox

import (
	"context"
	"io"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

type (
	// HostFunc is a function of the host that guests call by name. Its context ends with the guest's call; what it
	// returns as an error, or panics with, is an exception of the guest. Arguments by keyword come last, as one map.
	HostFunc = core.HostFunc

	// Pairs is a map whose keys are not all strings, in its order.
	Pairs = wire.Pairs

	// Entry is one of its pairs.
	Entry = wire.Entry
)

// HostError is an error with the type under which guests see it.
type HostError struct{ Type, Message string }

// Error is the message.
func (e *HostError) Error() string { return e.Message }

// GuestType is the exception's type.
func (e *HostError) GuestType() string { return e.Type }

// module is an open Sandbox.
type module struct{ guest *core.Guest }

// Option is one thing that is said about an opening, a run or a call. Which ones an operation takes is told in its
// reference; any other is refused.
type Option struct{ apply func(*request) }

// request is what options come to.
type request struct {
	options map[string]any
	host    core.Host
	err     error
}

func read(options []Option) *request {
	r := &request{options: map[string]any{}}
	for _, one := range options {
		if one.apply != nil {
			one.apply(r)
		}
	}
	return r
}

func option(name string, value any) Option {
	return Option{func(r *request) { r.options[name] = value }}
}

func withHost(functions map[string]HostFunc) Option {
	return Option{func(r *request) { r.host.Functions = functions }}
}

// AsyncHost gives functions whose answers are promises in JavaScript, where several can then be under way; to any
// other guest they are like those of Host.
func AsyncHost(functions map[string]HostFunc) Option {
	return Option{func(r *request) { r.host.Later = functions }}
}

func withStdout(writer io.Writer) Option { return Option{func(r *request) { r.host.Stdout = writer }} }

func withStderr(writer io.Writer) Option { return Option{func(r *request) { r.host.Stderr = writer }} }

func withAudit(listener func(security.Event)) Option {
	return Option{func(r *request) {
		r.host.Audit = func(given any) {
			if event, err := core.Convert[security.Event](given); err == nil {
				listener(event)
			}
		}
	}}
}

func withStdin(reader io.Reader) Option {
	return Option{func(r *request) {
		content, err := io.ReadAll(reader)
		if err != nil {
			r.err = err
			return
		}
		r.options["stdin"] = content
	}}
}

// params is what one operation is given.
type params struct {
	core.Params
	err error
}

func plain(given core.Params) params { return params{Params: given} }

func withOptions(given core.Params, options []Option) params { return read(options).with(given) }

// withSource fetches the source that is given, where that is a web address.
func withSource(ctx context.Context, given core.Params, options []Option) params {
	r := read(options)
	given["source"], r.err = r.fetched(ctx, given["source"])
	return r.with(given)
}

func (r *request) with(given core.Params) params {
	if len(r.options) > 0 {
		given["options"] = r.options
	}
	return params{given, r.err}
}

// withArgs takes options out of the arguments of a call: no guest could be given one.
func withArgs(given core.Params, args []any) params {
	list := make([]any, 0, len(args))
	var options []Option
	for _, arg := range args {
		if one, ok := arg.(Option); ok {
			options = append(options, one)
		} else {
			list = append(list, arg)
		}
	}
	given["args"] = list
	if options == nil {
		return plain(given)
	}
	return withOptions(given, options)
}

func ask[T any](ctx context.Context, guest *core.Guest, operation string, given params) (T, error) {
	var none T
	if given.err != nil {
		return none, given.err
	}
	value, err := core.Invoke(ctx, guest, operation, given.Params)
	if err != nil {
		return none, err
	}
	return core.Convert[T](value)
}

func perform(ctx context.Context, guest *core.Guest, operation string, given params) error {
	_, err := ask[any](ctx, guest, operation, given)
	return err
}

func runOnce[T any](ctx context.Context, operation string, given core.Params, options []Option) (T, error) {
	var none T
	r := read(options)
	if source, ok := r.options["wasm"]; ok && r.err == nil {
		r.options["wasm"], r.err = r.fetched(ctx, source)
	}
	if r.err != nil {
		return none, r.err
	}
	given["options"] = r.options
	value, err := core.Run(ctx, operation, given, &r.host)
	if err != nil {
		return none, err
	}
	return core.Convert[T](value)
}

func (r *request) open(ctx context.Context, operation string, given core.Params) (*core.Guest, error) {
	if r.err != nil {
		return nil, r.err
	}
	given["options"] = r.options
	return core.Open(ctx, nil, operation, given, &r.host)
}

func openModule(ctx context.Context, operation string, given core.Params, options []Option) (Sandbox, error) {
	guest, err := read(options).open(ctx, operation, given)
	if err != nil {
		return nil, err
	}
	return &module{guest}, nil
}

func openSession(ctx context.Context, operation string, given core.Params, options []Option) (*Session, error) {
	guest, err := read(options).open(ctx, operation, given)
	if err != nil {
		return nil, err
	}
	return &Session{guest}, nil
}

func forked(ctx context.Context, guest *core.Guest, operation string) (*Session, error) {
	fork, err := core.Open(ctx, guest, operation, nil, nil)
	if err != nil {
		return nil, err
	}
	return &Session{fork}, nil
}

// Configure sets what all sandboxes of this process share. Call it before anything else of this package.
func Configure(settings Settings) error {
	return perform(context.Background(), nil, "configure", plain(core.Params{"options": core.Fields(settings)}))
}
