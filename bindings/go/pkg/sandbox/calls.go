package sandbox

import (
	"context"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
)

// Caller is what has functions to call: a Sandbox or a *Session.
type Caller interface {
	Call(ctx context.Context, function string, args ...interface{}) (interface{}, error)
}

// CallAs calls a function and gives its result as a T: a number of another size, a struct for a map, a typed slice.
// A result that is no T is an error.
func CallAs[T any](ctx context.Context, guest Caller, function string, args ...interface{}) (T, error) {
	value, err := guest.Call(ctx, function, args...)
	if err != nil {
		var none T
		return none, err
	}
	converted, err := core.Convert[T](value)
	if err != nil {
		return converted, core.Usage("invalid_argument", "$", "invalid argument: the result of "+function+": "+err.Error())
	}
	return converted, nil
}

// ValueAs gives a result's value as a T.
func ValueAs[T any](result *RunResult) (T, error) { return core.Convert[T](result.Value) }

// Prepared is a numeric export that was resolved and checked once. Its calls run on the caller's thread with all limits
// in force; while anything else runs or waits on the sandbox they are `busy`.
type Prepared struct{ call *core.Prepared }

// Call calls it.
func (p *Prepared) Call(args ...interface{}) (interface{}, error) { return p.call.Call(args) }

// Prepare resolves and checks a numeric export once.
func (g *module) Prepare(ctx context.Context, function string) (*Prepared, error) {
	prepared, err := core.Prepare(ctx, g.guest, function)
	if err != nil {
		return nil, err
	}
	return &Prepared{prepared}, nil
}

// KvStats is how much is in a store.
type KvStats struct {
	Keys  int   `json:"keys"`
	Bytes int64 `json:"bytes"`
}

// OpenKvStore names a store: 1 to 64 letters, digits, `-`, `_` and `.`.
func OpenKvStore(ctx context.Context, namespace string) (*KvStore, error) {
	err := perform(ctx, nil, "KvStore.constructor", plain(core.Params{"namespace": namespace}))
	if err != nil {
		return nil, err
	}
	return &KvStore{namespace}, nil
}

// Get is the value of a key, and whether there is one.
func (s *KvStore) Get(ctx context.Context, key string) (value interface{}, found bool, err error) {
	list, err := ask[[]any](ctx, nil, "KvStore.get", plain(core.Params{"namespace": s.namespace, "key": key}))
	if err != nil || len(list) == 0 {
		return nil, false, err
	}
	return list[0], true, nil
}
