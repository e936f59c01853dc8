package sandbox_test

// What becomes of values on their way in, in each language, and back: the README's table.

import (
	"context"
	"fmt"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
)

func TestValues(t *testing.T) {
	type point struct {
		X int `json:"x"`
	}
	seven, when := 7, time.Date(2024, 2, 29, 12, 30, 0, 0, time.UTC)
	huge := new(big.Int).Lsh(big.NewInt(1), 200)
	rows := []struct {
		value              any
		javaScript, python string
		back               any
	}{
		{nil, "null", "NoneType", nil},
		{(*int)(nil), "null", "NoneType", nil},
		{true, "Boolean", "bool", true},
		{"é", "String", "str", "é"},
		{int8(-3), "Number", "int", -3},
		{&seven, "Number", "int", 7},
		{time.Second, "Number", "int", 1_000_000_000},
		{1<<53 - 1, "Number", "int", 1<<53 - 1},
		{1 << 53, "BigInt", "int", 1 << 53},
		{uint64(1 << 63), "BigInt", "int", uint64(1 << 63)},
		{big.NewInt(7), "BigInt", "int", 7},
		{huge, "BigInt", "int", huge},
		{2.5, "Number", "float", 2.5},
		{float32(0.5), "Number", "float", 0.5},
		{[]byte("ab"), "Uint8Array", "bytes", []byte("ab")},
		{[2]byte{1, 2}, "Uint8Array", "bytes", []byte{1, 2}},
		{[]string{"a"}, "Array", "list", []any{"a"}},
		{map[string]int{"a": 1}, "Object", "dict", map[string]any{"a": 1}},
		{point{3}, "Object", "dict", map[string]any{"x": 3}},
		{map[int]string{1: "a"}, "Map", "dict", sandbox.Pairs{{Key: 1, Value: "a"}}},
		{when, "Date", "datetime", when},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%T", row.value), func(t *testing.T) {
			for code, kind := range map[string]string{
				"[x === null ? 'null' : x.constructor.name, x]": row.javaScript,
				"[type(x).__name__, x]":                         row.python,
			} {
				option := sandbox.JavaScript(code)
				if code[1] == 't' {
					option = sandbox.Python(code)
				}
				result, err := sandbox.Run(context.Background(), option, sandbox.Inputs(map[string]any{"x": row.value}))
				must(t, err)
				if want := []any{kind, row.back}; !reflect.DeepEqual(result.Value, want) {
					t.Fatalf("got %#v, want %#v", result.Value, want)
				}
			}
		})
	}
	result, err := sandbox.Run(context.Background(), sandbox.JavaScript("[3.0, 2 ** 53, 7n, undefined]"))
	must(t, err)
	equal(t, reflect.DeepEqual(result.Value, []any{3, float64(1 << 53), 7, nil}), true)
}

// Errors of prepared exports are of their family's type themselves, as those of every other call.
func TestErrorsOfPreparedExports(t *testing.T) {
	ctx := context.Background()
	if _, err := opened(t, "calculator.wasm").Prepare(ctx, "absent"); err == nil {
		t.Fatal("there is no such export")
	} else if _, ok := err.(*sandbox.UsageError); !ok {
		t.Fatalf("%T", err)
	}
	trap, err := opened(t, "state.wasm").Prepare(ctx, "trap")
	must(t, err)
	if _, err := trap.Call(); err == nil {
		t.Fatal("it traps")
	} else if _, ok := err.(*sandbox.ExecutionError); !ok {
		t.Fatalf("%T", err)
	}
	add, err := opened(t, "calculator.wasm").Prepare(ctx, "add")
	must(t, err)
	for _, args := range [][]any{{1}, {1, 1 << 40}, {1, 2.5}, {1, "2"}} {
		if _, err := add.Call(args...); err == nil {
			t.Fatal(args)
		} else if _, ok := err.(*sandbox.UsageError); !ok {
			t.Fatalf("%v: %T", args, err)
		}
	}
}
