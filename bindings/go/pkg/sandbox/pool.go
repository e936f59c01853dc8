package sandbox

// Pools: sandboxes of one kind, kept open for whoever comes next. Which one is lent to whom, and when one is opened,
// reset or closed, is the native code's business.

import (
	"context"
	"runtime"

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
	least  int
	wrap   func(*core.Guest) T
	// fetch brings the module of an address, once; nil where there is none.
	fetch func(ctx context.Context) error
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
	p := &Pool[T]{least: options.MinSize, wrap: wrap}
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
	p.native, err = r.open(context.Background(), "SandboxPool.constructor", core.Params{})
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
			err = perform(ctx, p.native, "SandboxPool.fill", plain(core.Params{"source": content}))
		}
		there = err == nil
		return err
	}
}

func (p *Pool[T]) initialize(ctx context.Context) error {
	if p.least == 0 {
		return nil
	}
	if err := p.filled(ctx); err != nil {
		return err
	}
	return perform(ctx, p.native, "SandboxPool.initialize", params{})
}

func (p *Pool[T]) acquire(ctx context.Context) (lent T, err error) {
	if err := p.filled(ctx); err != nil {
		return lent, err
	}
	guest, err := core.Open(ctx, p.native, "SandboxPool.acquire", nil, nil)
	if err != nil {
		return lent, err
	}
	return p.wrap(guest), nil
}

func (p *Pool[T]) filled(ctx context.Context) error {
	if p.fetch == nil {
		return nil
	}
	return p.fetch(ctx)
}

// release serves also when ctx has ended.
func (p *Pool[T]) release(ctx context.Context, lent T) error {
	ctx = context.WithoutCancel(ctx)
	number := 0
	if guest := guestOf(lent); guest != nil {
		var err error
		if number, err = ask[int](ctx, guest, "Guest.loan", params{}); err != nil {
			return err
		}
	}
	err := perform(ctx, p.native, "SandboxPool.release", plain(core.Params{"number": number}))
	// One that is collected goes back by itself, and would be back already.
	runtime.KeepAlive(lent)
	return err
}

func guestOf(lent any) *core.Guest {
	switch one := lent.(type) {
	case *module:
		return one.guest
	case *Session:
		if one != nil {
			return one.guest
		}
	}
	return nil
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
