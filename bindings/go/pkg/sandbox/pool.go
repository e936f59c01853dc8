package sandbox

// Pools: sandboxes of one kind, kept open for whoever comes next. Which one is lent to whom, and when one is opened,
// reset or closed, is the native code's business; here are its numbers and what stands for them.

import (
	"context"
	"sync"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
)

// Guest is what a Sandbox and a *Session have in common.
type Guest interface {
	Caller
	MemoryUsage(ctx context.Context) (int64, error)
	ResourceStats(ctx context.Context) (*ResourceStats, error)
	CollectGarbage(ctx context.Context) (int64, error)
	Reset(ctx context.Context) error
	Close() error
}

// PoolOptions say what a pool keeps and how much of it. Exactly one of Source and Language is given.
type PoolOptions struct {
	// Source is a module, for NewPool: a path, an https address or bytes.
	Source any

	// Language is python, javascript or typescript, for NewSessionPool.
	Language string

	// MinSize is how many are kept open even when nobody wants them; Initialize opens them.
	MinSize int

	// MaxSize is how many there are at most. Default: 10.
	MaxSize int

	// IdleTimeout is for how long more than MinSize are kept without being wanted. Default: a minute.
	IdleTimeout time.Duration

	// AcquireTimeout is for how long Acquire waits for one before it is busy. Default: 30 seconds.
	AcquireTimeout time.Duration
}

// Pooled is what pools keep: Sandbox or *Session.
type Pooled interface {
	comparable
	Guest
}

// Pool keeps sandboxes, or sessions, open. Its methods may be called from many goroutines.
type Pool[T Pooled] struct {
	native *core.Guest
	host   core.Host
	least  int
	wrap   func(*core.Guest) T
	// fetch brings the module of an address, once; nil where there is none.
	fetch func(ctx context.Context) error

	mutex sync.Mutex
	// guests are by the pool's numbers, which are used again.
	guests map[int]known[T]
}

// known is what stands for a guest, and its handle.
type known[T any] struct {
	public T
	guest  *core.Guest
}

// NewPool makes a pool of a module's sandboxes; the options are those of FromFile, FromURL and FromBytes. Nothing is
// opened yet.
func NewPool(options PoolOptions, opts ...Option) (*Pool[Sandbox], error) {
	if options.Source == nil {
		return nil, core.Usage(CodeInvalidArgument, "$.source", "invalid argument: a pool of modules takes Source, and no Language")
	}
	return newPool(options, opts, func(guest *core.Guest) Sandbox { return &module{guest} })
}

// NewSessionPool makes a pool of sessions of a language; the options are those of OpenPython and its like.
func NewSessionPool(options PoolOptions, opts ...Option) (*Pool[*Session], error) {
	if options.Language == "" {
		return nil, core.Usage(CodeInvalidArgument, "$.source", "invalid argument: a pool of sessions takes Language, and no Source")
	}
	return newPool(options, opts, func(guest *core.Guest) *Session { return &Session{guest} })
}

func newPool[T Pooled](options PoolOptions, opts []Option, wrap func(*core.Guest) T) (*Pool[T], error) {
	p := &Pool[T]{least: options.MinSize, wrap: wrap, guests: map[int]known[T]{}}
	source, r := options.Source, read(opts)
	d, err := r.download(context.Background(), core.Params{"source": source}, fetching...)
	if err != nil {
		return nil, err
	}
	if d != nil {
		p.fetch, source = p.fetcher(*d), []byte{}
	}
	r.options["source"], r.options["minSize"] = source, options.MinSize
	if options.Language != "" {
		r.options["language"] = options.Language
	}
	if options.MaxSize != 0 {
		r.options["maxSize"] = options.MaxSize
	}
	if options.IdleTimeout != 0 {
		r.options["idleTimeoutMs"] = float64(options.IdleTimeout) / float64(time.Millisecond)
	}
	if options.AcquireTimeout != 0 {
		r.options["acquireTimeoutMs"] = float64(options.AcquireTimeout) / float64(time.Millisecond)
	}
	p.host = r.host
	native, err := core.OpenPool(r.options)
	if err != nil {
		return nil, err
	}
	p.native = native
	return p, nil
}

// fetcher makes what fetches a module once, for whoever comes first; after a failure the next one tries again.
func (p *Pool[T]) fetcher(asked download) func(context.Context) error {
	turn, there := make(chan struct{}, 1), false
	return func(ctx context.Context) error {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return core.Cancelled(ctx)
		}
		if there {
			return nil
		}
		d := asked
		content, err := d.fetch(ctx)
		if err == nil {
			err = p.perform("SandboxPool.fill", core.Params{"source": content})
		}
		there = err == nil
		return err
	}
}

// Initialize opens MinSize of them. Without it the first callers do.
func (p *Pool[T]) Initialize(ctx context.Context) error {
	for p.least > 0 {
		_, number, err := p.lend(ctx, "SandboxPool.initialize")
		if err != nil || number == 0 {
			return err
		}
		if err := p.perform("SandboxPool.keep", core.Params{"number": number}); err != nil {
			return err
		}
	}
	return nil
}

// Acquire lends one, to be given back by Release: one that is idle, a new one while there are fewer than MaxSize, or
// the next that is given back, first come, first served. After AcquireTimeout it is busy.
func (p *Pool[T]) Acquire(ctx context.Context) (T, error) {
	given, _, err := p.lend(ctx, "SandboxPool.acquire")
	return given, err
}

// Release takes one back and resets it, even when ctx has ended. One that still runs, or that cannot be reset, is
// closed, and its place is for whoever comes next. What the pool has not lent is an error, and so is a host function
// that it waits for.
func (p *Pool[T]) Release(ctx context.Context, lent T) error {
	number, guest := p.find(lent)
	if err := core.Outside(ctx, guest); err != nil {
		return err
	}
	return p.perform("SandboxPool.release", core.Params{"number": number})
}

// Use lends one for the time of a function, and gives its error back.
func (p *Pool[T]) Use(ctx context.Context, work func(T) error) (err error) {
	lent, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if released := p.Release(ctx, lent); err == nil {
			err = released
		}
	}()
	return work(lent)
}

// Stats tells what it has at this moment.
func (p *Pool[T]) Stats() PoolStats {
	stats, _ := ask[PoolStats](context.Background(), p.native, "SandboxPool.stats", plain(core.Params{}))
	return stats
}

// Close closes every one, lent ones too; whoever waits for one gets closed. It may be called again.
func (p *Pool[T]) Close() error { return p.perform("SandboxPool.dispose", core.Params{}) }

func (p *Pool[T]) perform(operation string, given core.Params) error {
	return perform(context.Background(), p.native, operation, plain(given))
}

// lend gives what is lent, and its number; 0 where none is to be opened.
func (p *Pool[T]) lend(ctx context.Context, operation string) (given T, number int, err error) {
	if p.fetch != nil {
		if err := p.fetch(ctx); err != nil {
			return given, 0, err
		}
	}
	number, opened, err := core.Lend(ctx, p.native, operation, &p.host)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if opened != nil {
		p.guests[number] = known[T]{p.wrap(opened), opened}
	}
	return p.guests[number].public, number, err
}

// find is the number of what may be lent, and its handle; 0 for what is another's.
func (p *Pool[T]) find(lent T) (int, *core.Guest) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for number, one := range p.guests {
		if one.public == lent {
			return number, one.guest
		}
	}
	return 0, nil
}
