package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/native"
	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

// HostFunc is a function of the host. Arguments by keyword come last, as one map.
type HostFunc = func(ctx context.Context, args ...any) (any, error)

// Host is what one guest is offered.
type Host struct {
	// Functions are waited for; the answers of Later ones are promises to guests that have those.
	Functions, Later map[string]HostFunc
	Stdout, Stderr   io.Writer
	Audit            func(event any)
}

// Named is an error with the type under which the guest sees it.
type Named interface {
	error
	GuestType() string
}

func (h *Host) callbacks() *native.Callbacks {
	if h == nil || len(h.Functions)+len(h.Later) == 0 && h.Stdout == nil && h.Stderr == nil && h.Audit == nil {
		return nil
	}
	names := []any{}
	for _, name := range slices.Sorted(maps.Keys(h.Functions)) {
		names = append(names, name)
	}
	for _, name := range slices.Sorted(maps.Keys(h.Later)) {
		names = append(names, name)
	}
	encoded, _ := wire.Encode(names)
	output := h.Stdout != nil || h.Stderr != nil
	return &native.Callbacks{Host: &caller{h}, Names: encoded.Bytes, Output: output, Audit: h.Audit != nil}
}

// caller is a host as one guest calls it.
type caller struct{ host *Host }

// Call answers from a goroutine of its own: meanwhile the guest can be stopped. The function's context is that of the
// operation, and the background's for a prepared call.
func (c *caller) Call(operation any, frame uint64, request wire.Encoded, reply *native.Reply) {
	ctx, _ := operation.(context.Context)
	if ctx == nil {
		ctx = context.Background()
	}
	ctx = context.WithValue(ctx, frameKey{}, frame)
	decoded, err := wire.Decode(request)
	go func() {
		var answer any
		if err == nil {
			answer, err = c.answer(ctx, decoded, reply)
		}
		if err == nil {
			var encoded wire.Encoded
			if encoded, err = wire.Encode(answer); err == nil {
				reply.Settle(false, encoded)
				return
			}
			err = namedError{"TypeError", err.Error()}
		}
		kind, named := "Error", Named(nil)
		if errors.As(err, &named) {
			kind = named.GuestType()
		}
		encoded, failed := wire.Encode(map[string]any{"type": kind, "message": err.Error()})
		if failed != nil {
			encoded, _ = wire.Encode(map[string]any{"type": kind, "message": "an error whose text is not UTF-8"})
		}
		reply.Settle(true, encoded)
	}()
}

func (c *caller) answer(ctx context.Context, request any, reply *native.Reply) (answer any, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = namedError{"Error", fmt.Sprintf("the host function panicked: %v", panicked)}
		}
	}()
	parts, _ := request.([]any)
	if len(parts) != 3 {
		return nil, errors.New("the native code sent a call that is not well formed")
	}
	name, _ := parts[0].(string)
	args, _ := parts[1].([]any)
	if named, _ := parts[2].(map[string]any); len(named) > 0 {
		args = append(args, named)
	}
	if function := c.host.Functions[name]; function != nil {
		return function(ctx, args...)
	}
	if function := c.host.Later[name]; function != nil {
		reply.Defer()
		return function(ctx, args...)
	}
	return nil, namedError{"ReferenceError", fmt.Sprintf("the host gives no function named %q", name)}
}

func (c *caller) Output(stream int, bytes []byte) {
	writer := c.host.Stdout
	if stream == 2 {
		writer = c.host.Stderr
	}
	if writer != nil {
		loudly(func() { _, _ = writer.Write(bytes) })
	}
}

func (c *caller) Audit(event wire.Encoded) {
	if decoded, err := wire.Decode(event); err == nil {
		loudly(func() { c.host.Audit(decoded) })
	}
}

// loudly lets a listener's panic end the program as that of any goroutine does, and not in the middle of native code.
func loudly(work func()) {
	defer func() {
		if panicked := recover(); panicked != nil {
			go panic(panicked)
		}
	}()
	work()
}

type namedError struct{ kind, message string }

func (e namedError) Error() string     { return e.message }
func (e namedError) GuestType() string { return e.kind }
