package sandbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
)

// Whatever waits in line ends with its context, at once; what runs in front goes on, and nothing is lost.
func TestContextsEndWhatWaits(t *testing.T) {
	began, gate := make(chan struct{}), make(chan struct{})
	session, err := sandbox.OpenPython(context.Background(), sandbox.Host(map[string]sandbox.HostFunc{
		"wait": func(context.Context, ...any) (any, error) {
			close(began)
			<-gate
			return 7, nil
		},
	}))
	must(t, err)
	defer session.Close()
	run := func(code string) any {
		result, err := session.Run(context.Background(), code)
		if err != nil {
			return err
		}
		return result.Value
	}
	run("kept = 1")
	front := make(chan any, 1)
	go func() { front <- run("wait()") }()
	<-began
	for name, begin := range map[string]func(ctx context.Context) error{
		"reset":           session.Reset,
		"collect garbage": func(ctx context.Context) error { _, err := session.CollectGarbage(ctx); return err },
		"snapshot":        func(ctx context.Context) error { _, err := session.Snapshot(ctx); return err },
		"fork":            func(ctx context.Context) error { _, err := session.Fork(ctx); return err },
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		ended := make(chan error, 1)
		go func() { ended <- begin(ctx) }()
		var failed *sandbox.Error
		select {
		case err := <-ended:
			if !errors.As(err, &failed) || failed.Code != "cancelled" || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s waits still", name)
		}
		cancel()
	}
	select {
	case got := <-front:
		t.Fatal("what ran in front has ended: ", got)
	default:
	}
	close(gate)
	if got := <-front; got != 7 {
		t.Fatal(got)
	}
	if got := run("kept + 1"); got != 2 {
		t.Fatal(got)
	}
}
