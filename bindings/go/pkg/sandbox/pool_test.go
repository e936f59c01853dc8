package sandbox_test

// Pools: who gets which sandbox and in which state, who waits and how waiting ends. Meant to be run with -race too.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

func pooled(t *testing.T, options sandbox.PoolOptions) *sandbox.Pool[sandbox.Sandbox] {
	t.Helper()
	if options.Source == nil {
		options.Source = fixtures + "guests/state.wasm"
	}
	pool, err := sandbox.NewPool(options)
	must(t, err)
	t.Cleanup(func() { must(t, pool.Close()) })
	return pool
}

// acquired lends one to a caller of its own, who is in line when it returns.
func acquired(ctx context.Context, pool *sandbox.Pool[sandbox.Sandbox]) chan error {
	done := make(chan error, 1)
	line := pool.Stats().Waiting
	go func() {
		sb, err := pool.Acquire(ctx)
		if err == nil {
			err = pool.Release(ctx, sb)
		}
		done <- err
	}()
	for pool.Stats().Waiting == line {
		time.Sleep(time.Millisecond)
	}
	return done
}

func isLifecycle(err error, code string) bool {
	var failed *sandbox.LifecycleError
	return errors.As(err, &failed) && failed.Code == code
}

func isInvalid(err error) bool {
	var usage *sandbox.UsageError
	return errors.As(err, &usage) && usage.Code == sandbox.CodeInvalidArgument
}

func TestPoolsLendWhatWasReset(t *testing.T) {
	ctx := context.Background()
	pool := pooled(t, sandbox.PoolOptions{MinSize: 2, MaxSize: 3})
	must(t, pool.Initialize(ctx))
	must(t, pool.Initialize(ctx))
	equal(t, pool.Stats() == sandbox.PoolStats{Size: 2, Idle: 2, Opened: 2}, true)
	first, err := pool.Acquire(ctx)
	must(t, err)
	for want := 1; want <= 2; want++ {
		value, err := first.Call(ctx, "count")
		must(t, err)
		equal(t, value, want)
	}
	equal(t, pool.Stats() == sandbox.PoolStats{Size: 2, Idle: 1, Lent: 1, Opened: 2}, true)
	must(t, pool.Release(ctx, first))
	// The last one is the next one, as if it had never been lent.
	must(t, pool.Use(ctx, func(sb sandbox.Sandbox) error {
		value, err := sb.Call(ctx, "count")
		equal(t, value, 1)
		must(t, err)
		// Who has given one back has it no more, whoever has it now.
		if _, err := first.Call(ctx, "count"); !isLifecycle(err, sandbox.CodeClosed) {
			t.Fatal(err)
		}
		must(t, first.Close())
		_, err = sb.Call(ctx, "count")
		return err
	}))
	equal(t, pool.Stats().Opened, 2)
	if err := pool.Release(ctx, first); !isInvalid(err) {
		t.Fatal("given back twice:", err)
	}
	if err := pool.Release(ctx, opened(t, "state.wasm")); !isInvalid(err) {
		t.Fatal("another's:", err)
	}
	why := errors.New("no more")
	if err := pool.Use(ctx, func(sandbox.Sandbox) error { return why }); err != why {
		t.Fatal(err)
	}
	equal(t, pool.Stats().Idle, 2)
}

func TestPoolsReplaceWhatIsLost(t *testing.T) {
	ctx := context.Background()
	pool := pooled(t, sandbox.PoolOptions{MaxSize: 1})
	sb, err := pool.Acquire(ctx)
	must(t, err)
	must(t, sb.Close())
	waiting := acquired(ctx, pool)
	// Whoever waits opens another in its place.
	must(t, pool.Release(ctx, sb))
	must(t, <-waiting)
	equal(t, pool.Stats() == sandbox.PoolStats{Size: 1, Idle: 1, Opened: 2}, true)
	// A context that has ended ends neither the sandbox nor its way back.
	ended, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	err = pool.Use(ended, func(sb sandbox.Sandbox) error {
		_, err := sb.Call(ended, "spin")
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	equal(t, pool.Stats() == sandbox.PoolStats{Size: 1, Idle: 1, Opened: 2}, true)
	missing := pooled(t, sandbox.PoolOptions{MaxSize: 1, Source: "./missing.wasm"})
	for range 3 {
		var usage *sandbox.UsageError
		if _, err := missing.Acquire(ctx); !errors.As(err, &usage) || usage.Code != sandbox.CodeNotFound {
			t.Fatal(err)
		}
	}
	equal(t, missing.Stats() == sandbox.PoolStats{}, true)
}

func TestPoolsServeInOrder(t *testing.T) {
	ctx := context.Background()
	pool := pooled(t, sandbox.PoolOptions{MaxSize: 1})
	sb, err := pool.Acquire(ctx)
	must(t, err)
	var order []int
	var group sync.WaitGroup
	for i := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			must(t, pool.Use(ctx, func(sandbox.Sandbox) error { order = append(order, i); return nil }))
		}()
		for pool.Stats().Waiting != i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	must(t, pool.Release(ctx, sb))
	group.Wait()
	equal(t, fmt.Sprint(order), "[0 1 2 3 4 5 6 7]")
	equal(t, pool.Stats().Opened, 1)
}

func TestPoolsAreBusy(t *testing.T) {
	ctx := context.Background()
	pool := pooled(t, sandbox.PoolOptions{MaxSize: 1, AcquireTimeout: 50 * time.Millisecond})
	sb, err := pool.Acquire(ctx)
	must(t, err)
	begun := time.Now()
	_, err = pool.Acquire(ctx)
	var busy *sandbox.LifecycleError
	if took := time.Since(begun); !errors.As(err, &busy) || busy.Code != sandbox.CodeBusy || took < 50*time.Millisecond {
		t.Fatal(took, err)
	}
	equal(t, busy.Details, map[string]any{"field": "acquireTimeoutMs", "limit": 50})
	ended, cancel := context.WithCancel(ctx)
	waiting := acquired(ended, pool)
	cancel()
	if err := <-waiting; !isLifecycle(err, sandbox.CodeCancelled) || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := pool.Acquire(ended); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// Those who left take nothing with them.
	must(t, pool.Release(ctx, sb))
	must(t, pool.Use(ctx, func(sandbox.Sandbox) error { return nil }))
	equal(t, pool.Stats() == sandbox.PoolStats{Size: 1, Idle: 1, Opened: 1}, true)
}

func TestPoolsClose(t *testing.T) {
	ctx := context.Background()
	pool := pooled(t, sandbox.PoolOptions{MaxSize: 1})
	sb, err := pool.Acquire(ctx)
	must(t, err)
	waiting := acquired(ctx, pool)
	must(t, pool.Close())
	if err := <-waiting; !isLifecycle(err, sandbox.CodeClosed) {
		t.Fatal(err)
	}
	if _, err := sb.Call(ctx, "count"); !isLifecycle(err, sandbox.CodeClosed) {
		t.Fatal(err)
	}
	must(t, pool.Release(ctx, sb))
	if _, err := pool.Acquire(ctx); !isLifecycle(err, sandbox.CodeClosed) {
		t.Fatal(err)
	}
	must(t, pool.Close())
	equal(t, pool.Stats() == sandbox.PoolStats{Opened: 1}, true)
}

func TestPoolsShrink(t *testing.T) {
	ctx := context.Background()
	pool := pooled(t, sandbox.PoolOptions{MinSize: 1, MaxSize: 4, IdleTimeout: 100 * time.Millisecond})
	var lent []sandbox.Sandbox
	for range 4 {
		sb, err := pool.Acquire(ctx)
		must(t, err)
		lent = append(lent, sb)
	}
	for _, sb := range lent {
		must(t, pool.Release(ctx, sb))
	}
	equal(t, pool.Stats().Idle, 4)
	for deadline := time.Now().Add(10 * time.Second); pool.Stats().Size > 1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(pool.Stats())
		}
	}
	time.Sleep(150 * time.Millisecond)
	equal(t, pool.Stats() == sandbox.PoolStats{Size: 1, Idle: 1, Opened: 4}, true)
	must(t, pool.Use(ctx, func(sandbox.Sandbox) error { return nil }))
	equal(t, pool.Stats().Opened, 4)
}

func TestPoolsOfSessions(t *testing.T) {
	ctx := context.Background()
	pool, err := sandbox.NewSessionPool(sandbox.PoolOptions{Language: "python", MaxSize: 1},
		sandbox.Limits(security.Limits{CPUTimeMs: 200}))
	must(t, err)
	defer pool.Close()
	for range 3 {
		must(t, pool.Use(ctx, func(session *sandbox.Session) error {
			result, err := session.Run(ctx, "'secret' in globals()")
			must(t, err)
			equal(t, result.Value, false)
			_, err = session.Run(ctx, "secret = 42\nwhile True: pass")
			var limit *sandbox.ResourceError
			if !errors.As(err, &limit) {
				return err
			}
			return nil
		}))
	}
	// A session that a limit had closed was reset, not replaced.
	equal(t, pool.Stats() == sandbox.PoolStats{Size: 1, Idle: 1, Opened: 1}, true)
}

func TestPoolsRefuse(t *testing.T) {
	content, err := os.ReadFile(fixtures + "guests/state.wasm")
	must(t, err)
	for i, options := range []sandbox.PoolOptions{
		{},
		{Source: 7},
		{Source: content, Language: "python"},
		{Source: content, MinSize: -1},
		{Source: content, MaxSize: -1},
		{Source: content, MinSize: 3, MaxSize: 2},
		{Source: content, MinSize: 11},
		{Source: content, AcquireTimeout: -1},
		{Source: content, IdleTimeout: -1},
	} {
		if _, err := sandbox.NewPool(options); !isInvalid(err) {
			t.Fatal(i, err)
		}
	}
	for i, options := range []sandbox.PoolOptions{{}, {Language: "perl"}, {Language: "python", Source: content}} {
		if _, err := sandbox.NewSessionPool(options); !isInvalid(err) {
			t.Fatal(i, err)
		}
	}
	must(t, pooled(t, sandbox.PoolOptions{Source: content}).Use(context.Background(), func(sandbox.Sandbox) error { return nil }))
}

func TestPoolsFetchOnce(t *testing.T) {
	ctx := context.Background()
	content, err := os.ReadFile(fixtures + "guests/state.wasm")
	must(t, err)
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		time.Sleep(20 * time.Millisecond)
		_, _ = w.Write(content)
	}))
	defer server.Close()
	pool, err := sandbox.NewPool(sandbox.PoolOptions{Source: server.URL + "/state.wasm"}, sandbox.HTTPClient(server.Client()),
		sandbox.MaxBytes(1<<20), sandbox.InstanceID("fetched"))
	must(t, err)
	defer pool.Close()
	must(t, pool.Initialize(ctx))
	equal(t, asked.Load(), int32(0))
	var usage *sandbox.UsageError
	if _, err := pool.Acquire(ctx); !errors.As(err, &usage) || usage.Code != sandbox.CodeNotFound {
		t.Fatal(err)
	}
	ended, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
	defer cancel()
	if _, err := pool.Acquire(ended); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	before := asked.Load()
	together(t, 4, func(int) error {
		return pool.Use(ctx, func(sb sandbox.Sandbox) error {
			_, err := sb.Call(ctx, "count")
			return err
		})
	})
	equal(t, asked.Load(), before+1)
}

func TestPoolsAndHostFunctions(t *testing.T) {
	ctx := context.Background()
	var pool *sandbox.Pool[*sandbox.Session]
	var session *sandbox.Session
	back := func(ctx context.Context, _ ...any) (any, error) {
		if err := pool.Release(ctx, session); !isLifecycle(err, sandbox.CodeBusy) {
			return nil, fmt.Errorf("it went back: %w", err)
		}
		return "busy", nil
	}
	pool, err := sandbox.NewSessionPool(sandbox.PoolOptions{Language: "python", MaxSize: 1},
		sandbox.Host(map[string]sandbox.HostFunc{"back": back}))
	must(t, err)
	defer pool.Close()
	session, err = pool.Acquire(ctx)
	must(t, err)
	result, err := session.Run(ctx, "back()")
	must(t, err)
	equal(t, result.Value, "busy")
	must(t, pool.Release(ctx, session))
	equal(t, pool.Stats() == sandbox.PoolStats{Size: 1, Idle: 1, Opened: 1}, true)
	// One that still runs is closed.
	session, err = pool.Acquire(ctx)
	must(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := session.Run(ctx, "while True: pass")
		done <- err
	}()
	time.Sleep(50 * time.Millisecond)
	must(t, pool.Release(ctx, session))
	if err := <-done; !isLifecycle(err, sandbox.CodeClosed) {
		t.Fatal(err)
	}
	equal(t, pool.Stats() == sandbox.PoolStats{Opened: 1}, true)
}

func TestPoolsTakeBackWhatNobodyHas(t *testing.T) {
	ctx := context.Background()
	pool := pooled(t, sandbox.PoolOptions{MaxSize: 1})
	func() {
		sb, err := pool.Acquire(ctx)
		must(t, err)
		_, err = sb.Call(ctx, "count")
		must(t, err)
	}()
	waiting := acquired(ctx, pool)
	for begun := time.Now(); ; runtime.GC() {
		select {
		case err := <-waiting:
			must(t, err)
			equal(t, pool.Stats() == sandbox.PoolStats{Size: 1, Idle: 1, Opened: 1}, true)
			return
		case <-time.After(10 * time.Millisecond):
			equal(t, time.Since(begun) < 20*time.Second, true)
		}
	}
}

// TestPoolsUnderLoad has many callers who leave at any moment: nothing is lent twice, and nothing is lost.
func TestPoolsUnderLoad(t *testing.T) {
	pool := pooled(t, sandbox.PoolOptions{MaxSize: 3, AcquireTimeout: time.Minute})
	together(t, 64, func(int) error {
		for range 30 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(4000))*time.Microsecond)
			err := pool.Use(ctx, func(sb sandbox.Sandbox) error {
				if rand.IntN(20) == 0 {
					return sb.Close()
				}
				for want := 1; want <= 2; want++ {
					value, err := sb.Call(ctx, "count")
					if err != nil {
						return err
					}
					if value != want {
						return fmt.Errorf("%v for %v: it was not reset, or is lent twice", value, want)
					}
				}
				return nil
			})
			cancel()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				return err
			}
		}
		return nil
	})
	stats := pool.Stats()
	if stats.Lent != 0 || stats.Waiting != 0 || stats.Size != stats.Idle || stats.Size > 3 {
		t.Fatal(stats)
	}
	// Every place can still be taken.
	for range 3 {
		_, err := pool.Acquire(context.Background())
		must(t, err)
	}
	t.Log(stats)
}
