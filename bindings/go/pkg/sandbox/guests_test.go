package sandbox_test

// Contexts, host functions, errors, sessions, stores: what Go has of its own beside the shared cases.

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

func opened(t testing.TB, guest string, options ...sandbox.Option) sandbox.Sandbox {
	t.Helper()
	sb, err := sandbox.FromFile(context.Background(), fixtures+"guests/"+guest, options...)
	must(t, err)
	t.Cleanup(func() { must(t, sb.Close()) })
	return sb
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if !same(want, got) {
		t.Fatalf("got %#v, want %#v", got, want)
	}
}

func TestContextsEndCalls(t *testing.T) {
	sb := opened(t, "state.wasm")
	timed, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := sb.Call(timed, "spin")
	var lifecycle *sandbox.LifecycleError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &lifecycle) || lifecycle.Code != sandbox.CodeCancelled {
		t.Fatal(err)
	}
	ended, stop := context.WithCancelCause(context.Background())
	why := errors.New("the user left")
	time.AfterFunc(50*time.Millisecond, func() { stop(why) })
	if _, err = sb.Call(ended, "spin"); !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		t.Fatal(err)
	}
	if _, err = sb.Call(ended, "count"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// The guest had stopped by then: the next call runs at once, on a new instance.
	value, err := sb.Call(context.Background(), "count")
	must(t, err)
	equal(t, value, 1)
	if _, err = sandbox.OpenPython(ended); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err = sandbox.Run(timed, sandbox.Python("1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestHostFunctions(t *testing.T) {
	type key struct{}
	var sb sandbox.Sandbox
	functions := map[string]sandbox.HostFunc{
		"twice": func(ctx context.Context, args ...any) (any, error) {
			if ctx.Value(key{}) != "mine" {
				return nil, errors.New("the context is another's")
			}
			_, err := sb.Call(ctx, "call_twice", 1)
			var busy *sandbox.LifecycleError
			if !errors.As(err, &busy) || busy.Code != sandbox.CodeBusy {
				return nil, errors.New("a re-entrant call is busy")
			}
			return args[0].(int) * 2, nil
		},
		"big": func(context.Context, ...any) (any, error) { panic("out of order") },
	}
	sb = opened(t, "host.wasm", sandbox.Host(functions))
	ctx := context.WithValue(context.Background(), key{}, "mine")
	value, err := sb.Call(ctx, "call_twice", 21)
	must(t, err)
	equal(t, value, 42)
	session, err := sandbox.OpenPython(ctx, sandbox.Host(functions))
	must(t, err)
	defer session.Close()
	_, err = session.Run(ctx, "big()")
	var failed *sandbox.ExecutionError
	if !errors.As(err, &failed) || failed.Code != sandbox.CodeHostFunctionFailed || !strings.Contains(err.Error(), "out of order") {
		t.Fatal(err)
	}
	result, err := session.Run(ctx, "try:\n  big()\nexcept Exception as e:\n  r = str(e)\nr")
	must(t, err)
	equal(t, result.Value, "the host function panicked: out of order")
}

func TestFiguresAreNoCalls(t *testing.T) {
	type key struct{}
	var lost atomic.Int64
	host := map[string]sandbox.HostFunc{"f": func(ctx context.Context, _ ...any) (any, error) {
		if ctx.Value(key{}) != "mine" {
			lost.Add(1)
		}
		return nil, nil
	}}
	session, err := sandbox.OpenJavaScript(context.Background(), sandbox.Host(host))
	must(t, err)
	defer session.Close()
	ctx, over := context.WithCancel(context.WithValue(context.Background(), key{}, "mine"))
	var polls sync.WaitGroup
	for range 4 {
		polls.Add(1)
		go func() {
			defer polls.Done()
			for ctx.Err() == nil {
				_ = session.Closed()
				_, _ = session.MemoryUsage(context.Background())
				_, _ = session.ResourceStats(context.Background())
			}
		}()
	}
	for range 300 {
		_, err := session.Run(ctx, "f()")
		must(t, err)
	}
	over()
	polls.Wait()
	equal(t, lost.Load(), int64(0))
}

func TestHostFunctionsEndWithTheirCall(t *testing.T) {
	ended := make(chan error, 1)
	session, err := sandbox.OpenJavaScript(context.Background(), sandbox.Limits(security.Limits{WallTimeMs: 100}),
		sandbox.Host(map[string]sandbox.HostFunc{"wait": func(ctx context.Context, _ ...any) (any, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		}}))
	must(t, err)
	defer session.Close()
	var limit *sandbox.ResourceError
	if _, err = session.Run(context.Background(), "wait()"); !errors.As(err, &limit) || limit.Details["limit"] != 100 {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestStreams(t *testing.T) {
	var out, errs bytes.Buffer
	result, err := sandbox.Run(context.Background(), sandbox.Stdin(strings.NewReader("one\ntwo")),
		sandbox.Stdout(&out), sandbox.Stderr(&errs),
		sandbox.Python("import sys\nfor line in sys.stdin: print(line.strip())\nprint('no', file=sys.stderr)"))
	must(t, err)
	equal(t, out.String(), "one\ntwo\n")
	equal(t, errs.String(), "no\n")
	equal(t, result.Stdout, out.String())
}

func TestSessions(t *testing.T) {
	ctx := context.Background()
	session, err := sandbox.OpenPython(ctx, sandbox.Policy(security.StrictPolicy()))
	must(t, err)
	defer session.Close()
	_, err = session.Run(ctx, "x = 41\ndef f(n): return x + n")
	must(t, err)
	fork, err := session.Fork(ctx)
	must(t, err)
	defer fork.Close()
	image, err := session.Snapshot(ctx, sandbox.SnapshotKey("secret"))
	must(t, err)
	_, err = session.Run(ctx, "x = 0")
	must(t, err)
	later, err := sandbox.Restore(ctx, image, sandbox.SnapshotKey("secret"))
	must(t, err)
	defer later.Close()
	for _, one := range []*sandbox.Session{fork, later} {
		value, err := sandbox.CallAs[int64](ctx, one, "f", 1)
		must(t, err)
		equal(t, value, int64(42))
	}
	must(t, session.Reset(ctx))
	if _, err = session.Call(ctx, "f", 1); err == nil {
		t.Fatal("a reset session has nothing")
	}
	equal(t, session.Closed(), false)
	must(t, session.Close())
	equal(t, []bool{session.Closed(), fork.Closed()}, []bool{true, false})
	var closed *sandbox.LifecycleError
	if _, err = session.Run(ctx, "1"); !errors.As(err, &closed) || closed.Code != sandbox.CodeClosed {
		t.Fatal(err)
	}
}

func TestErrorsKeepWhatWasWritten(t *testing.T) {
	_, err := sandbox.Run(context.Background(), sandbox.Python("print('before')\n1/0"))
	var failed *sandbox.ExecutionError
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	equal(t, failed.Result.Stdout, "before\n")
	equal(t, failed.Details["type"], "ZeroDivisionError")
	record, err := sandbox.Execute(context.Background(), sandbox.Python("1/0"))
	must(t, err)
	if record.Success || !errors.As(record.Error, &failed) {
		t.Fatal(record)
	}
	_, err = sandbox.Run(context.Background(), sandbox.Python("1"), sandbox.MaxRedirects(1))
	var usage *sandbox.UsageError
	if !errors.As(err, &usage) || usage.Details["path"] != "$.maxRedirects" {
		t.Fatal(err)
	}
	circle := []any{nil}
	circle[0] = circle
	if _, err = opened(t, "calculator.wasm").Call(context.Background(), "add", circle); !errors.As(err, &usage) {
		t.Fatal(err)
	}
}

func TestPoliciesAndStores(t *testing.T) {
	ctx := context.Background()
	policy := security.NewPolicyBuilder().AllowEnvironmentAccess([]string{"HOME"}).EnableAuditLogging(true).
		MaxExecutionTime(time.Second).Build()
	must(t, policy.Err())
	limits, err := policy.Limits()
	must(t, err)
	equal(t, limits.WallTimeMs, int64(1000))
	wide, err := policy.WithLimits(security.Limits{CPUTimeMs: security.NoLimit}).Limits()
	must(t, err)
	equal(t, wide.CPUTimeMs, int64(security.NoLimit))
	refused := security.NewPolicyBuilder().MemoryLimit(1).Build()
	var usage *sandbox.UsageError
	if !errors.As(refused.Err(), &usage) || usage.Code != sandbox.CodeInvalidPolicy {
		t.Fatal(refused.Err())
	}
	if _, err := sandbox.OpenPython(ctx, sandbox.Policy(refused)); !errors.As(err, &usage) {
		t.Fatal(err)
	}
	capability := security.NetworkAccess(security.NetworkAccessOptions{Domains: []string{"example.com"}, RequireHTTPS: true})
	equal(t, capability.Type(), "network_access")
	must(t, capability.Validate())
	if security.FileSystemAccess(security.FileSystemAccessOptions{Paths: []string{"relative"}}).Validate() == nil {
		t.Fatal("a relative path is refused")
	}
	granted := func(capability security.Capability) string {
		document, err := security.StrictPolicy().WithCapability(capability).JSON()
		must(t, err)
		return document
	}
	folder := security.FileSystemAccessOptions{Paths: []string{"/data"}, ReadOnly: false}
	if document := granted(security.FileSystemAccess(folder)); strings.Contains(document, `"rw"`) || !strings.Contains(document, `"ro"`) {
		t.Fatal("what is left out grants nothing", document)
	}
	folder.Writable = true
	if document := granted(security.FileSystemAccess(folder)); !strings.Contains(document, `"rw"`) {
		t.Fatal(document)
	}
	host := security.NetworkAccessOptions{Domains: []string{"example.com"}}
	if document := granted(security.NetworkAccess(host)); !strings.Contains(document, `"requireHttps": true`) {
		t.Fatal(document)
	}
	host.AllowHTTP = true
	if document := granted(security.NetworkAccess(host)); !strings.Contains(document, `"requireHttps": false`) {
		t.Fatal(document)
	}
	store, err := sandbox.OpenKvStore(ctx, "go-test")
	must(t, err)
	must(t, store.Set(ctx, "a", []int{1, 2}))
	value, found, err := store.Get(ctx, "a")
	must(t, err)
	equal(t, found, true)
	equal(t, value, []any{1, 2})
	stats, err := store.Stats(ctx)
	must(t, err)
	equal(t, stats.Keys, 1)
	must(t, store.Clear(ctx))
	report, err := sandbox.Doctor(ctx)
	must(t, err)
	equal(t, len(report.Packs) > 0 && report.Packs[0].Available, true)
}

func TestPrepared(t *testing.T) {
	sb := opened(t, "calculator.wasm")
	add, err := sb.Prepare(context.Background(), "add")
	must(t, err)
	for _, args := range [][]any{{5, 3}, {int32(5), 3.0}, {uint8(5), int64(3)}} {
		value, err := add.Call(args...)
		must(t, err)
		equal(t, value, 8)
	}
	var usage *sandbox.UsageError
	if _, err := add.Call(1); !errors.As(err, &usage) {
		t.Fatal(err)
	}
	if _, err := add.Call(1, 1<<40); !errors.As(err, &usage) {
		t.Fatal(err)
	}
}

func BenchmarkPrepared(b *testing.B) {
	add, err := opened(b, "calculator.wasm").Prepare(context.Background(), "add")
	must(b, err)
	for i := 0; b.Loop(); i++ {
		if _, err := add.Call(i&0xffff, 3); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCall(b *testing.B) {
	sb := opened(b, "calculator.wasm")
	for b.Loop() {
		if _, err := sb.Call(context.Background(), "add", 5, 3); err != nil {
			b.Fatal(err)
		}
	}
}
