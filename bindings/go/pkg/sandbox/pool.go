package sandbox

// Pools: sandboxes of one kind, kept open for whoever comes next. Every one is put back to its state after opening
// before it is lent again. Who gets which one is decided in stock.go.

import (
	"context"
	"errors"
	"fmt"
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
	stock    stock[T]
	open     func(ctx context.Context) (T, error)
	patience time.Duration
}

// NewPool makes a pool of a module's sandboxes; the options are those of FromFile, FromURL and FromBytes. Nothing is
// opened yet.
func NewPool(options PoolOptions, opts ...Option) (*Pool[Sandbox], error) {
	if options.Source == nil || options.Language != "" {
		return nil, core.Usage(CodeInvalidArgument, "$.source", "invalid argument: a pool of modules takes Source, and no Language")
	}
	switch source := options.Source.(type) {
	case []byte:
		return newPool(options, func(ctx context.Context) (Sandbox, error) { return FromBytes(ctx, source, opts...) })
	case string:
		open := FromFile
		if isAddress(source) {
			open = FromURL
		}
		return newPool(options, func(ctx context.Context) (Sandbox, error) { return open(ctx, source, opts...) })
	}
	return nil, core.Usage(CodeInvalidArgument, "$.source", fmt.Sprintf("invalid argument: Source is a path, an address or bytes, not a %T", options.Source))
}

// NewSessionPool makes a pool of sessions of a language; the options are those of OpenPython and its like.
func NewSessionPool(options PoolOptions, opts ...Option) (*Pool[*Session], error) {
	if options.Source != nil {
		return nil, core.Usage(CodeInvalidArgument, "$.source", "invalid argument: a pool of sessions takes Language, and no Source")
	}
	opener, ok := map[string]func(context.Context, ...Option) (*Session, error){
		"python": OpenPython, "javascript": OpenJavaScript, "typescript": OpenTypeScript,
	}[options.Language]
	if !ok {
		return nil, core.Usage(CodeInvalidArgument, "$.language", fmt.Sprintf("invalid argument: Language is python, javascript or typescript, not %q", options.Language))
	}
	return newPool(options, func(ctx context.Context) (*Session, error) { return opener(ctx, opts...) })
}

func newPool[T Pooled](options PoolOptions, open func(context.Context) (T, error)) (*Pool[T], error) {
	if options.MaxSize == 0 {
		options.MaxSize = 10
	}
	if options.IdleTimeout == 0 {
		options.IdleTimeout = time.Minute
	}
	if options.AcquireTimeout == 0 {
		options.AcquireTimeout = 30 * time.Second
	}
	if options.MinSize < 0 || options.MaxSize < max(1, options.MinSize) {
		return nil, core.Usage(CodeInvalidArgument, "$.maxSize", fmt.Sprintf(
			"invalid argument: MaxSize is at least 1 and not below MinSize, and that not below 0; %d and %d were given", options.MaxSize, options.MinSize))
	}
	if options.IdleTimeout < 0 || options.AcquireTimeout < 0 {
		return nil, core.Usage(CodeInvalidArgument, "$.acquireTimeout", "invalid argument: times are not below 0")
	}
	return &Pool[T]{
		stock: stock[T]{least: options.MinSize, most: options.MaxSize, idleTimeout: options.IdleTimeout},
		open:  open, patience: options.AcquireTimeout,
	}, nil
}

// Initialize opens MinSize of them. Without it the first callers do.
func (p *Pool[T]) Initialize(ctx context.Context) error {
	for p.stock.room() {
		opened, err := p.opened(ctx)
		if err != nil {
			return err
		}
		p.stock.owns(opened)
		p.keep(opened)
	}
	return nil
}

// Acquire lends one, to be given back by Release: one that is idle, a new one while there are fewer than MaxSize, or
// the next that is given back, first come, first served. After AcquireTimeout it is busy.
func (p *Pool[T]) Acquire(ctx context.Context) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, core.Cancelled(ctx)
	}
	given, waiter := p.stock.take()
	if waiter != nil {
		timer := time.NewTimer(p.patience)
		defer timer.Stop()
		select {
		case given = <-waiter:
		case <-timer.C:
			if p.stock.leave(waiter) {
				return none, p.busy()
			}
			given = <-waiter
		case <-ctx.Done():
			if !p.stock.leave(waiter) {
				p.back(<-waiter)
			}
			return none, core.Cancelled(ctx)
		}
	}
	switch {
	case given.closed:
		return none, gone()
	case given.open:
		return given.pooled, nil
	}
	return p.opened(ctx)
}

// Release takes one back and resets it, even when ctx has ended. One that cannot be reset is closed, and its place is
// for whoever comes next. What the pool has not lent is an error.
func (p *Pool[T]) Release(ctx context.Context, lent T) error {
	if !p.stock.owns(lent) {
		return core.Usage(CodeInvalidArgument, "$.sandbox", "invalid argument: the pool has not lent this sandbox, or it was given back already")
	}
	if lent.Reset(context.WithoutCancel(ctx)) == nil {
		p.keep(lent)
		return nil
	}
	// First the place, so that nobody waits for the closing.
	p.stock.lost()
	return lent.Close()
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
func (p *Pool[T]) Stats() PoolStats { return p.stock.stats() }

// Close closes every one, lent ones too; whoever waits for one gets closed. It may be called again.
func (p *Pool[T]) Close() error { return closeAll(p.stock.close()) }

// opened opens one in a place that was taken; it counts as lent.
func (p *Pool[T]) opened(ctx context.Context) (T, error) {
	opened, err := p.open(ctx)
	if err != nil {
		p.stock.lost()
		return opened, err
	}
	if !p.stock.born(opened) {
		var none T
		_ = opened.Close()
		return none, gone()
	}
	return opened, nil
}

// keep makes one that was reset ready to be lent, and closes those that are too old.
func (p *Pool[T]) keep(reset T) {
	if !p.stock.give(reset) {
		_ = reset.Close()
	}
	p.sweep()
}

func (p *Pool[T]) sweep() { _ = closeAll(p.stock.old(p.sweep)) }

// back returns what was given to a caller who has gone, unused.
func (p *Pool[T]) back(given grant[T]) {
	switch {
	case given.closed:
	case given.open:
		p.stock.owns(given.pooled)
		p.keep(given.pooled)
	default:
		p.stock.lost()
	}
}

func closeAll[T Guest](all []T) error {
	var failed error
	for _, one := range all {
		failed = errors.Join(failed, one.Close())
	}
	return failed
}

func gone() error {
	return newError(&core.Failure{Code: CodeClosed, Family: "lifecycle", Message: "closed: this pool was closed"})
}

func (p *Pool[T]) busy() error {
	return newError(&core.Failure{
		Code: CodeBusy, Family: "lifecycle",
		Message: fmt.Sprintf("busy: no sandbox of the pool was given back within %s (AcquireTimeout)", p.patience),
		Details: map[string]any{"field": "acquireTimeoutMs", "limit": int(p.patience.Milliseconds())},
	})
}
