package sandbox

// Pools: sandboxes of one kind, kept open for whoever comes next. Which one is lent to whom, and when one is opened,
// reset or closed, is the native code's business; here are its numbers and what stands for them.

import (
	"context"
	"sync"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
)

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
	guests map[int]T
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
	p := &Pool[T]{least: options.MinSize, wrap: wrap, guests: map[int]T{}}
	source, r := options.Source, read(opts)
	d, err := r.download(context.Background(), core.Params{"source": source}, fetching...)
	if err != nil {
		return nil, err
	}
	if d != nil {
		p.fetch, source = p.fetcher(*d), []byte{}
	}
	for name, value := range core.Fields(options) {
		r.options[name] = value
	}
	r.options["source"] = source
	p.host = r.host
	p.native, err = core.Open(context.Background(), nil, "SandboxPool.constructor", core.Params{"options": r.options}, nil)
	if err != nil {
		return nil, err
	}
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

func (p *Pool[T]) initialize(ctx context.Context) error {
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

func (p *Pool[T]) acquire(ctx context.Context) (T, error) {
	given, _, err := p.lend(ctx, "SandboxPool.acquire")
	return given, err
}

// release serves also when ctx has ended.
func (p *Pool[T]) release(ctx context.Context, lent T) error {
	return perform(context.WithoutCancel(ctx), p.native, "SandboxPool.release", plain(core.Params{"number": p.find(lent)}))
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
		p.guests[number] = p.wrap(opened)
	}
	return p.guests[number], number, err
}

// find is the number of what may be lent; 0 for what is another's.
func (p *Pool[T]) find(lent T) int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for number, one := range p.guests {
		if one == lent {
			return number
		}
	}
	return 0
}
