package sandbox_test

import (
	"context"
	"testing"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
)

func TestQuick(t *testing.T) {
	ctx := context.Background()
	r, err := sandbox.Run(ctx, sandbox.Python("a + b"), sandbox.Inputs(map[string]any{"a": 1, "b": 2}))
	if err != nil {
		t.Fatal(err)
	}
	if r.Value != 3 {
		t.Fatalf("%#v", r)
	}
	sb, err := sandbox.FromFile(ctx, "../../../../fixtures/guests/calculator.wasm")
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	if v, err := sb.Call(ctx, "add", 5, 3); err != nil || v != 8 {
		t.Fatalf("%#v %v", v, err)
	}
}
