package core

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/native"
)

// Prepared is a numeric export, resolved once.
type Prepared struct {
	native *native.Prepared
	guest  *Guest
	name   string
	slots  sync.Pool
}

// Prepare resolves an export.
func Prepare(ctx context.Context, guest *Guest, name string) (*Prepared, error) {
	if ctx.Err() != nil {
		return nil, Cancelled(ctx)
	}
	found, document := native.Prepare(guest.native, name)
	if document != nil {
		return nil, failureOf(document, ctx)
	}
	prepared := &Prepared{native: found, guest: guest, name: name}
	prepared.slots.New = func() any { return new([16]uint64) }
	return prepared, nil
}

// Call calls it. What is no number of the right range is told as by the ordinary way.
func (p *Prepared) Call(args []any) (any, error) {
	params := p.native.Params
	slots := p.slots.Get().(*[16]uint64)
	fits := len(args) == len(params)
	for i := 0; fits && i < len(args); i++ {
		slots[i], fits = bits(params[i], args[i])
	}
	if !fits {
		p.slots.Put(slots)
		return p.slowly(args)
	}
	document := p.native.Call(slots)
	if document != nil {
		p.slots.Put(slots)
		return nil, failureOf(document, context.Background())
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
	p.slots.Put(slots)
	return answer, nil
}

// slowly takes the ordinary way, which knows every rule and every error.
func (p *Prepared) slowly(args []any) (any, error) {
	copied := append([]any{}, args...)
	return Invoke(context.Background(), p.guest, "WasmSandbox.call", Params{"name": p.name, "args": copied})
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
