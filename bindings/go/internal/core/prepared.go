package core

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/native"
	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

// Prepared is a numeric export, resolved once.
type Prepared struct {
	native *native.Prepared
	guest  *Guest
	name   string
	// slots lie on the heap: a goroutine's stack may move while a host function runs. Taken by one call at a time.
	slots atomic.Pointer[[16]uint64]
}

// Prepare resolves an export.
func Prepare(ctx context.Context, guest *Guest, name string) (*Prepared, error) {
	if ctx.Err() != nil {
		return nil, Cancelled(ctx)
	}
	found, failure := native.Prepare(guest.native, name)
	if failure != nil {
		return nil, told(ctx, failure)
	}
	return &Prepared{native: found, guest: guest, name: name}, nil
}

// Call calls it. What is no number of the right range is told as by the ordinary way.
func (p *Prepared) Call(args []any) (any, error) {
	params := p.native.Params
	slots := p.slots.Swap(nil)
	if slots == nil {
		slots = new([16]uint64)
	}
	fits := len(args) == len(params)
	for i := 0; fits && i < len(args); i++ {
		slots[i], fits = bits(params[i], args[i])
	}
	if !fits {
		p.slots.Store(slots)
		return p.slowly(args)
	}
	if failure := p.native.Call(slots); failure != nil {
		p.slots.Store(slots)
		return nil, told(context.Background(), failure)
	}
	var answer any
	switch results := p.native.Results; len(results) {
	case 0:
	case 1:
		answer = scalar(results[0], slots[0])
	default:
		list := make([]any, len(results))
		for i, kind := range results {
			list[i] = scalar(kind, slots[i])
		}
		answer = list
	}
	p.slots.Store(slots)
	return answer, nil
}

// told is the error in its binary form.
func told(ctx context.Context, failure []byte) error {
	document, err := wire.Decode(wire.Encoded{Bytes: failure})
	return errors.Join(err, failureOf(ctx, document))
}

// slowly takes the ordinary way, which knows every rule and every error.
func (p *Prepared) slowly(args []any) (any, error) {
	copies := make([]any, len(args))
	for i, arg := range args {
		var err error
		if copies[i], err = copied(arg); err != nil {
			return nil, err
		}
	}
	return Invoke(context.Background(), p.guest, "WasmSandbox.call", Params{"name": p.name, "args": copies})
}

// copied keeps nothing of what it is given, so that the arguments of the quick way need not be allocated.
func copied(arg any) (any, error) {
	switch v := arg.(type) {
	case nil:
		return nil, nil
	case bool:
		return v, nil
	case string:
		return strings.Clone(v), nil
	case float32:
		return v, nil
	case float64:
		return v, nil
	case *big.Int:
		return new(big.Int).Set(v), nil
	}
	switch v := reflect.ValueOf(arg); {
	case v.CanInt():
		return v.Int(), nil
	case v.CanUint():
		return v.Uint(), nil
	case v.CanFloat():
		return v.Float(), nil
	}
	kind := reflect.TypeOf(arg).String()
	return nil, Usage("invalid_argument", "$", "invalid argument: a "+kind+" is no number, and a prepared export takes nothing else")
}

func bits(kind byte, arg any) (uint64, bool) {
	switch v := arg.(type) {
	case int:
		switch kind {
		case 0:
			return uint64(uint32(v)), v >= math.MinInt32 && v <= math.MaxUint32
		case 1:
			return uint64(v), true
		case 3:
			return math.Float64bits(float64(v)), int(float64(v)) == v
		}
	case float64:
		switch kind {
		case 3:
			return math.Float64bits(v), true
		case 2:
			narrow := float32(v)
			return uint64(math.Float32bits(narrow)), !math.IsInf(float64(narrow), 0) || math.IsInf(v, 0)
		}
	case int32:
		if kind == 0 {
			return uint64(uint32(v)), true
		}
	case int64:
		if kind == 1 {
			return uint64(v), true
		}
	case float32:
		if kind == 2 {
			return uint64(math.Float32bits(v)), true
		}
	}
	return 0, false
}

func scalar(kind byte, bits uint64) any {
	switch kind {
	case 0:
		return int(int32(bits))
	case 1:
		return int(int64(bits))
	case 2:
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// String names it.
func (p *Prepared) String() string { return fmt.Sprintf("prepared export %q", p.name) }
