package sandbox_test

// Programs of users: a server that lends sandboxes to requests, from a pool of its own and from sandbox.Pool; workers
// with a sandbox each; a manager of pools with a cache. What a program would tell its terminal is left out.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/cache"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

// SandboxPool manages a pool of sandbox instances.
type SandboxPool struct {
	sandboxes chan sandbox.Sandbox
	mu        sync.RWMutex
	closed    bool
}

func NewSandboxPool(ctx context.Context, size int, source string) (*SandboxPool, error) {
	pool := &SandboxPool{
		sandboxes: make(chan sandbox.Sandbox, size),
	}

	for i := 0; i < size; i++ {
		sb, err := sandbox.NewBuilder().
			Source(source).
			SecurityPolicy(security.ModeratePolicy()).
			InstanceID(fmt.Sprintf("pool-%d", i)).
			Build(ctx)
		if err != nil {
			pool.Close()
			return nil, err
		}

		pool.sandboxes <- sb
	}

	return pool, nil
}

func (p *SandboxPool) Acquire(ctx context.Context) (sandbox.Sandbox, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()

	if p.closed {
		return nil, fmt.Errorf("pool is closed")
	}

	select {
	case sb := <-p.sandboxes:
		return sb, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *SandboxPool) Release(sb sandbox.Sandbox) {
	p.mu.RLock()
	defer p.mu.RUnlock()

	if p.closed {
		sb.Close()
		return
	}

	select {
	case p.sandboxes <- sb:
	default:
		sb.Close()
	}
}

func (p *SandboxPool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.closed {
		return
	}

	p.closed = true
	close(p.sandboxes)

	for sb := range p.sandboxes {
		sb.Close()
	}
}

type ProcessRequest struct {
	Data     map[string]interface{} `json:"data"`
	Function string                 `json:"function"`
}

type ProcessResponse struct {
	Result  interface{} `json:"result,omitempty"`
	Error   string      `json:"error,omitempty"`
	Success bool        `json:"success"`
}

// lender is what the handler needs of a pool, whose Release may want a context too.
type lender struct {
	acquire func(context.Context) (sandbox.Sandbox, error)
	release func(sandbox.Sandbox)
}

func process(pool lender) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
			return
		}

		var req ProcessRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			http.Error(w, "Invalid JSON", http.StatusBadRequest)
			return
		}

		ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
		defer cancel()

		sb, err := pool.acquire(ctx)
		if err != nil {
			http.Error(w, "No available sandboxes", http.StatusServiceUnavailable)
			return
		}
		defer pool.release(sb)

		result, err := sb.Call(ctx, req.Function, req.Data)

		var resp ProcessResponse
		if err != nil {
			resp = ProcessResponse{
				Error:   err.Error(),
				Success: false,
			}
		} else {
			resp = ProcessResponse{
				Result:  result,
				Success: true,
			}
		}

		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(resp)
	}
}

func answer(handler http.Handler, ctx context.Context, method, body string) (int, string) {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, method, "/process", bytes.NewBufferString(body)))
	return recorder.Code, recorder.Body.String()
}

func TestServers(t *testing.T) {
	const requestHandler = fixtures + "guests/plugin.wasm"
	own, err := NewSandboxPool(context.Background(), 3, requestHandler)
	must(t, err)
	defer own.Close()
	ours, err := sandbox.NewPool(sandbox.PoolOptions{Source: requestHandler, MinSize: 3, MaxSize: 3},
		sandbox.Policy(security.ModeratePolicy()))
	must(t, err)
	defer ours.Close()
	for name, pool := range map[string]lender{
		"its own pool": {own.Acquire, own.Release},
		"sandbox.Pool": {ours.Acquire, func(sb sandbox.Sandbox) { must(t, ours.Release(context.Background(), sb)) }},
	} {
		t.Run(name, func(t *testing.T) {
			handler, ctx := process(pool), context.Background()
			status, _ := answer(handler, ctx, http.MethodGet, "")
			equal(t, status, http.StatusMethodNotAllowed)
			status, _ = answer(handler, ctx, http.MethodPost, "{")
			equal(t, status, http.StatusBadRequest)
			together(t, 20, func(i int) error {
				for _, exchange := range [][2]string{
					{`{"function": "echo", "data": {"n": %d, "list": [1, 2.5, null, "x"]}}`, `{"result":{"list":[1,2.5,null,"x"],"n":%d},"success":true}`},
					{`{"function": "fail", "data": {"n": %d}}`, `{"error":"guest exception: {\"n\":%d.0}","success":false}`},
				} {
					status, got := answer(handler, ctx, http.MethodPost, fmt.Sprintf(exchange[0], i))
					if want := fmt.Sprintf(exchange[1]+"\n", i); status != http.StatusOK || got != want {
						return fmt.Errorf("%d %s, not %s", status, got, want)
					}
				}
				return nil
			})
			// A client who leaves stops its guest, and the sandbox is there for the next.
			for range 3 {
				ended, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
				_, got := answer(handler, ended, http.MethodPost, `{"function": "spin"}`)
				cancel()
				var resp ProcessResponse
				must(t, json.Unmarshal([]byte(got), &resp))
				equal(t, resp.Success, false)
			}
			_, got := answer(handler, ctx, http.MethodPost, `{"function": "echo", "data": {}}`)
			equal(t, got, "{\"result\":{},\"success\":true}\n")
		})
	}
	own.Close()
	must(t, ours.Close())
	for _, pool := range []lender{{acquire: own.Acquire}, {acquire: ours.Acquire}} {
		status, _ := answer(process(pool), context.Background(), http.MethodPost, `{}`)
		equal(t, status, http.StatusServiceUnavailable)
	}
}

// Worker represents a worker goroutine with its own sandbox.
type Worker struct {
	id      int
	sandbox sandbox.Sandbox
	jobs    chan Job
	wg      *sync.WaitGroup
}

type Job struct {
	ID       int
	Function string
	Args     []interface{}
	Result   chan JobResult
}

type JobResult struct {
	Value interface{}
	Error error
}

func NewWorker(ctx context.Context, id int, source string, wg *sync.WaitGroup) (*Worker, error) {
	sb, err := sandbox.FromFile(ctx, source)
	if err != nil {
		return nil, err
	}

	worker := &Worker{
		id:      id,
		sandbox: sb,
		jobs:    make(chan Job, 10),
		wg:      wg,
	}

	go worker.run(ctx)

	return worker, nil
}

func (w *Worker) run(ctx context.Context) {
	defer w.wg.Done()
	defer w.sandbox.Close()

	for {
		select {
		case job := <-w.jobs:
			result, err := w.sandbox.Call(ctx, job.Function, job.Args...)
			job.Result <- JobResult{Value: result, Error: err}

		case <-ctx.Done():
			return
		}
	}
}

func (w *Worker) Submit(job Job) {
	w.jobs <- job
}

// WorkerPool manages multiple workers.
type WorkerPool struct {
	workers []*Worker
	next    int
	mu      sync.Mutex
}

// NewWorkerPool is given the group here, so that the test can wait for the workers' end.
func NewWorkerPool(ctx context.Context, numWorkers int, source string, wg *sync.WaitGroup) (*WorkerPool, error) {
	workers := make([]*Worker, numWorkers)

	for i := 0; i < numWorkers; i++ {
		wg.Add(1)
		worker, err := NewWorker(ctx, i, source, wg)
		if err != nil {
			return nil, err
		}
		workers[i] = worker
	}

	return &WorkerPool{
		workers: workers,
	}, nil
}

func (wp *WorkerPool) Execute(ctx context.Context, function string, args ...interface{}) (interface{}, error) {
	wp.mu.Lock()
	worker := wp.workers[wp.next]
	wp.next = (wp.next + 1) % len(wp.workers)
	wp.mu.Unlock()

	resultChan := make(chan JobResult, 1)
	job := Job{
		Function: function,
		Args:     args,
		Result:   resultChan,
	}

	worker.Submit(job)

	select {
	case result := <-resultChan:
		return result.Value, result.Error
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestWorkers(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var workers sync.WaitGroup
	pool, err := NewWorkerPool(ctx, 5, fixtures+"guests/calculator.wasm", &workers)
	must(t, err)
	together(t, 100, func(i int) error {
		result, err := pool.Execute(ctx, "multiply", i, 2)
		if err == nil && result != i*2 {
			err = fmt.Errorf("job %d: %v", i, result)
		}
		return err
	})
	cancel()
	workers.Wait()
	for _, worker := range pool.workers {
		if _, err := worker.sandbox.Call(context.Background(), "multiply", 1, 2); !isLifecycle(err, sandbox.CodeClosed) {
			t.Fatal(err)
		}
	}
}

// manager keeps a pool for each module, and results of calls that are pure.
type manager struct {
	cache *cache.SandboxCache
	pools map[string]*sandbox.Pool[sandbox.Sandbox]
	mu    sync.Mutex
}

func (m *manager) execute(ctx context.Context, moduleID string, source interface{}, function string, args ...interface{}) (interface{}, error) {
	if result, found := m.cache.Get(moduleID, function, args); found {
		return result, nil
	}
	m.mu.Lock()
	pool, exists := m.pools[moduleID]
	if !exists {
		var err error
		if pool, err = sandbox.NewPool(sandbox.PoolOptions{Source: source, MaxSize: 4, IdleTimeout: 5 * time.Minute}); err != nil {
			m.mu.Unlock()
			return nil, err
		}
		m.pools[moduleID] = pool
	}
	m.mu.Unlock()
	var result interface{}
	err := pool.Use(ctx, func(sb sandbox.Sandbox) (err error) {
		result, err = sb.Call(ctx, function, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	m.cache.Set(moduleID, function, args, result, 10*time.Minute)
	return result, nil
}

func TestManagers(t *testing.T) {
	m := &manager{cache: cache.New(), pools: map[string]*sandbox.Pool[sandbox.Sandbox]{}}
	round := func(int) error {
		for n := range 20 {
			result, err := m.execute(context.Background(), "calc", fixtures+"guests/calculator.wasm", "add", n, 3)
			if err != nil || result != n+3 {
				return fmt.Errorf("%v, %w", result, err)
			}
		}
		return nil
	}
	together(t, 32, round)
	before := m.cache.Hits()
	must(t, round(0))
	equal(t, m.cache.Hits(), before+20)
	stats := m.pools["calc"].Stats()
	equal(t, stats.Lent+stats.Waiting, 0)
	equal(t, stats.Opened <= 4, true)
	for _, pool := range m.pools {
		must(t, pool.Close())
	}
}
