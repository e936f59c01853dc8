package sandbox

// What a pool has and who waits for it. Decisions are taken under its lock; opening, resetting and closing are the
// pool's, outside of it. While somebody waits, nothing is idle and every place is taken.

import (
	"slices"
	"sync"
	"time"
)

// PoolStats is what a pool has at one moment.
type PoolStats struct {
	// Size is how many are open, lent or not, with those that are being opened or reset.
	Size int `json:"size"`

	// Idle are those that wait to be lent.
	Idle int `json:"idle"`

	// Lent are those that somebody has.
	Lent int `json:"lent"`

	// Waiting is how many callers wait for one.
	Waiting int `json:"waiting"`

	// Opened is how many were opened since the pool was made.
	Opened int `json:"opened"`
}

type stock[T comparable] struct {
	mutex        sync.Mutex
	least, most  int
	idleTimeout  time.Duration
	idle         []rested[T]
	lent         []T
	waiting      []chan grant[T]
	size, opened int
	closed       bool
	// sweep is set while something is idle that may become too old.
	sweep *time.Timer
}

type rested[T any] struct {
	pooled T
	since  time.Time
}

// grant is what a caller gets: one that is open, or else a place in which to open one, or the news that the pool is gone.
type grant[T any] struct {
	pooled       T
	open, closed bool
}

// take gives what there is, or else a channel on which it comes in turn.
func (s *stock[T]) take() (grant[T], chan grant[T]) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return grant[T]{closed: true}, nil
	}
	if last := len(s.idle) - 1; last >= 0 {
		// The one that was used last, so that the others become old.
		pooled := s.idle[last].pooled
		s.idle = slices.Delete(s.idle, last, last+1)
		s.lent = append(s.lent, pooled)
		return grant[T]{pooled: pooled, open: true}, nil
	}
	if s.size < s.most {
		s.size++
		return grant[T]{}, nil
	}
	waiter := make(chan grant[T], 1)
	s.waiting = append(s.waiting, waiter)
	return grant[T]{}, waiter
}

// leave takes a caller out of the line; false: it was given something in this very moment.
func (s *stock[T]) leave(waiter chan grant[T]) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	index := slices.Index(s.waiting, waiter)
	if index < 0 {
		return false
	}
	s.waiting = slices.Delete(s.waiting, index, index+1)
	return true
}

// room takes a place for one that is opened in advance, while there are fewer than the least.
func (s *stock[T]) room() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed || s.size >= s.least {
		return false
	}
	s.size++
	return true
}

// born is told that one was opened in a place, for its opener; false: the pool is gone.
func (s *stock[T]) born(pooled T) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.opened++
	if s.closed {
		return false
	}
	s.lent = append(s.lent, pooled)
	return true
}

// owns takes back what was lent; false: it was not.
func (s *stock[T]) owns(pooled T) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	index := slices.Index(s.lent, pooled)
	if index >= 0 {
		s.lent = slices.Delete(s.lent, index, index+1)
	}
	return index >= 0
}

// give lends on what nobody has, or keeps it; false: the pool is gone, and it has to be closed.
func (s *stock[T]) give(pooled T) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return false
	}
	if s.next(grant[T]{pooled: pooled, open: true}) {
		s.lent = append(s.lent, pooled)
		return true
	}
	s.idle = append(s.idle, rested[T]{pooled, time.Now()})
	return true
}

// lost frees the place of one that could not be opened or is no more.
func (s *stock[T]) lost() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.closed && !s.next(grant[T]{}) {
		s.size--
	}
}

// next gives something to whoever has waited longest. Its channel has room, and it is in line no more.
func (s *stock[T]) next(given grant[T]) bool {
	if len(s.waiting) == 0 {
		return false
	}
	s.waiting[0] <- given
	s.waiting = slices.Delete(s.waiting, 0, 1)
	return true
}

// old are those that nobody has wanted for a while, down to the least: they have to be closed. It is asked again by
// `again` when the next one will be old.
func (s *stock[T]) old(again func()) []T {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.sweep != nil {
		s.sweep.Stop()
		s.sweep = nil
	}
	var old []T
	for len(s.idle) > 0 && s.size > s.least {
		rest := s.idleTimeout - time.Since(s.idle[0].since)
		if rest > 0 {
			s.sweep = time.AfterFunc(rest, again)
			break
		}
		old = append(old, s.idle[0].pooled)
		s.idle = slices.Delete(s.idle, 0, 1)
		s.size--
	}
	return old
}

// close ends it: all that are open, lent ones too, have to be closed.
func (s *stock[T]) close() []T {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.closed = true
	if s.sweep != nil {
		s.sweep.Stop()
	}
	all := slices.Clone(s.lent)
	for _, one := range s.idle {
		all = append(all, one.pooled)
	}
	for s.next(grant[T]{closed: true}) {
	}
	// What is lent stays on its list: its borrowers will give it back.
	s.idle, s.size = nil, 0
	return all
}

func (s *stock[T]) stats() PoolStats {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	stats := PoolStats{s.size, len(s.idle), len(s.lent), len(s.waiting), s.opened}
	if s.closed {
		stats.Lent = 0
	}
	return stats
}
