package core

import (
	"context"
	"slices"
	"sync"
)

// turns is the order of one guest's calls. Calls never overlap, so the eldest is the one that runs.
type turns struct {
	mutex   sync.Mutex
	waiting []*turn
}

// turn is one call, queued or running, with the host function that made it.
type turn struct {
	ctx  context.Context
	from *frame
}

// frame is one host function at work: for which guest, called from within which other one.
type frame struct {
	owner *turns
	outer *frame
}

type frameKey struct{}

// inTurn begins a call and waits for its end. A call that its own guest waits for would never begin: it is `busy`.
func inTurn(ctx context.Context, queues []*turns, begin func(), wait func() answer) (answer, error) {
	if err := outside(ctx, queues); err != nil {
		return answer{}, err
	}
	from, _ := ctx.Value(frameKey{}).(*frame)
	// What host functions are given ends with the call.
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	own := &turn{inner, from}
	for _, queue := range queues {
		queue.mutex.Lock()
		queue.waiting = append(queue.waiting, own)
	}
	begin()
	for _, queue := range queues {
		queue.mutex.Unlock()
	}
	got := wait()
	for _, queue := range queues {
		queue.mutex.Lock()
		queue.waiting = slices.DeleteFunc(queue.waiting, func(one *turn) bool { return one == own })
		queue.mutex.Unlock()
	}
	return got, nil
}

// Outside refuses a host function that the guest waits for; without a guest there is none.
func Outside(ctx context.Context, guest *Guest) error {
	if guest == nil {
		return nil
	}
	return outside(ctx, []*turns{guest.turns})
}

func outside(ctx context.Context, queues []*turns) error {
	from, _ := ctx.Value(frameKey{}).(*frame)
	for f := from; f != nil; f = f.outer {
		if slices.Contains(queues, f.owner) {
			return busy()
		}
	}
	return nil
}

// enter gives a host function its context: that of the call that runs, with the frame.
func (t *turns) enter() context.Context {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	ctx, own := context.Background(), &frame{owner: t}
	if len(t.waiting) > 0 {
		ctx, own.outer = t.waiting[0].ctx, t.waiting[0].from
	}
	return context.WithValue(ctx, frameKey{}, own)
}

func busy() error {
	return NewError(&Failure{
		Code: "busy", Family: "lifecycle", Details: map[string]any{"reentrant": true},
		Message: "busy: a host function may not call the sandbox that waits for it; return first, or use another sandbox",
	})
}
