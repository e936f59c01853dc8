// Package bench measures a numeric call beside wazero's, in one run: `go test -v` in this folder. It is a module of its
// own, so that nobody who uses the package gets the peer.
package bench

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
)

const guest = "../../../fixtures/guests/calculator.wasm"

// median is what one call takes in the batch in the middle of many short ones, which alternate between those measured:
// so whatever else the machine does disturbs all alike.
func median(t *testing.T, work ...func() error) []time.Duration {
	t.Helper()
	const calls, batches = 500, 1000
	took := make([][]time.Duration, len(work))
	for range batches {
		for i, one := range work {
			begun := time.Now()
			for range calls {
				if err := one(); err != nil {
					t.Fatal(err)
				}
			}
			took[i] = append(took[i], time.Since(begun)/calls)
		}
	}
	out := make([]time.Duration, len(work))
	for i := range took {
		slices.Sort(took[i])
		out[i] = took[i][batches/2]
	}
	return out
}

func TestBesideWazero(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	content, err := os.ReadFile(guest)
	if err != nil {
		t.Fatal(err)
	}
	sb, err := sandbox.FromBytes(ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	add, err := sb.Prepare(ctx, "add")
	if err != nil {
		t.Fatal(err)
	}
	// Calls that cannot be stopped are no sandbox: the peer is asked for the same.
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(true))
	defer runtime.Close(ctx)
	module, err := runtime.Instantiate(ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	theirs := module.ExportedFunction("add")
	took := median(t,
		func() error { _, err := add.Call(5, 3); return err },
		func() error { _, err := theirs.Call(ctx, 5, 3); return err },
	)
	t.Logf("wasm-sandbox %s, wazero %s", took[0], took[1])
	if took[1] < took[0] {
		t.Errorf("wazero is quicker")
	}
}
