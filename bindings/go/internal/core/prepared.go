package core

import (
	"context"
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
	native *native.Handle
	guest  *Guest
	name   string
	// floats says which results are floats.
	floats []bool
	// slots lie on the heap: a goroutine's stack may move while a host function runs. Taken by one call at a time.
	slots atomic.Pointer[[16]uint64]
}

// Prepare resolves an export.
func Prepare(ctx context.Context, guest *Guest, name string) (*Prepared, error) {
	found, err := Open(ctx, guest, "WasmSandbox.prepare", Params{"name": name}, nil)
	if err != nil {
		return nil, err
	}
	return &Prepared{native: found.native, guest: guest, name: name, floats: found.native.Floats()}, nil
}

// Call calls it. What is no number of the right range is told as by the ordinary way.
func (p *Prepared) Call(args []any) (any, error) {
	slots := p.slots.Swap(nil)
	if slots == nil {
		slots = new([16]uint64)
	}
	floats, fits := numbersInto(slots, args)
	var failure []byte
	if fits {
		fits, failure = p.native.Call(slots, len(args), floats)
	}
	if !fits {
		p.slots.Store(slots)
		if failure != nil {
			return nil, told(failure)
		}
		return p.slowly(args)
	}
	var answer any
	switch results := p.floats; len(results) {
	case 0:
	case 1:
		answer = scalar(results[0], slots[0])
	default:
		list := make([]any, len(results))
		for i, isFloat := range results {
			list[i] = scalar(isFloat, slots[i])
		}
		answer = list
	}
	p.slots.Store(slots)
	return answer, nil
}

// numbersInto puts plain numbers into slots, and says which of them are floats.
func numbersInto(slots *[16]uint64, args []any) (floats uint32, fits bool) {
	if len(args) > len(slots) {
		return 0, false
	}
	for i, arg := range args {
		switch v := arg.(type) {
		case int:
			slots[i] = uint64(v)
		case float64:
			slots[i], floats = math.Float64bits(v), floats|1<<i
		case int32:
			slots[i] = uint64(v)
		case int64:
			slots[i] = uint64(v)
		case float32:
			slots[i], floats = math.Float64bits(float64(v)), floats|1<<i
		default:
			return 0, false
		}
	}
	return floats, true
}

func scalar(isFloat bool, bits uint64) any {
	if isFloat {
		return math.Float64frombits(bits)
	}
	return int(int64(bits))
}

// told is the error in its binary form.
func told(failure []byte) error {
	document, err := wire.Decode(wire.Encoded{Bytes: failure})
	if err != nil {
		return err
	}
	return failureOf(context.Background(), document)
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

// String names it.
func (p *Prepared) String() string { return fmt.Sprintf("prepared export %q", p.name) }
