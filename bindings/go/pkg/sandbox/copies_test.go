package sandbox_test

// How often large byte strings are copied in Go: never on their way in, once on their way out.

import (
	"bytes"
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
)

const mebibyte = 1 << 20

// allocated is what Go's side of a call allocates, without what other goroutines do meanwhile.
func allocated(t *testing.T, work func() error) uint64 {
	t.Helper()
	least := uint64(math.MaxUint64)
	for range 10 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		must(t, work())
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

func TestAMebibyteIsCopiedInGoOnlyWhereItComesOut(t *testing.T) {
	ctx, content := context.Background(), bytes.Repeat([]byte{7, 200, 0, 255}, mebibyte/4)
	functions := sandbox.Host(map[string]sandbox.HostFunc{
		"size": func(_ context.Context, args ...any) (any, error) { return len(args[0].([]byte)), nil },
		"give": func(context.Context, ...any) (any, error) { return content, nil },
	})
	session, err := sandbox.OpenPython(ctx, functions)
	must(t, err)
	defer session.Close()
	_, err = session.Run(ctx, "kept = bytes(1 << 20)\n"+
		"def echo(data): return data\ndef measure(data): return len(data)\ndef tell(): return size(kept)\ndef ask(): return len(give())")
	must(t, err)
	call := func(expected any, name string, args ...any) func() error {
		return func() error {
			got, err := session.Call(ctx, name, args...)
			if err != nil {
				return err
			}
			if data, ok := got.([]byte); ok && !bytes.Equal(data, content) || !ok && got != expected {
				t.Fatalf("%s gave %v", name, got)
			}
			return nil
		}
	}
	const little = 64 << 10
	for _, one := range []struct {
		name string
		most uint64
		work func() error
	}{
		{"in", little, call(mebibyte, "measure", content)},
		{"in and out", mebibyte + little, call(nil, "echo", content)},
		{"to a host function", mebibyte + little, call(mebibyte, "tell")},
		{"from a host function", little, call(mebibyte, "ask")},
	} {
		if took := allocated(t, one.work); took > one.most {
			t.Errorf("%s: %d bytes allocated, %d at most", one.name, took, one.most)
		}
	}
}

// Large arguments are the caller's again when the call has begun, and answers are the caller's own.
func TestLargeByteStringsAreNobodyElses(t *testing.T) {
	ctx, content := context.Background(), bytes.Repeat([]byte{1}, mebibyte)
	plugin, err := sandbox.FromFile(ctx, fixtures+"guests/plugin.wasm")
	must(t, err)
	defer plugin.Close()
	first, err := sandbox.CallAs[[]byte](ctx, plugin, "echo", content)
	must(t, err)
	clear(content)
	_, err = plugin.Call(ctx, "echo", content)
	must(t, err)
	runtime.GC()
	if len(first) != mebibyte || bytes.Count(first, []byte{1}) != mebibyte {
		t.Fatal("an earlier answer has changed")
	}
}
