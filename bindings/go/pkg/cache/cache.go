// Package cache keeps results of calls that their caller knows to be pure. It never guesses that they are.
package cache

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

// most is how many results are kept at once; beyond it those that end soonest go.
const most = 10_000

// SandboxCache keeps results by module, function and arguments. Its methods may be called from many goroutines. What
// it gives back is shared: do not change it.
type SandboxCache struct {
	mutex        sync.Mutex
	entries      map[[32]byte]entry
	hits, misses int64
}

type entry struct {
	value interface{}
	until time.Time
}

// New makes an empty cache.
func New() *SandboxCache { return &SandboxCache{entries: make(map[[32]byte]entry)} }

// Get is the result that was kept for a call, and whether there is one that has not ended.
func (c *SandboxCache) Get(moduleID, function string, args []interface{}) (interface{}, bool) {
	key, ok := keyOf(moduleID, function, args)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	found, there := c.entries[key]
	if !ok || !there || !time.Now().Before(found.until) {
		delete(c.entries, key)
		c.misses++
		return nil, false
	}
	c.hits++
	return found.value, true
}

// Set keeps a result for a while. Arguments that cannot cross to a guest are no key: nothing is kept.
func (c *SandboxCache) Set(moduleID, function string, args []interface{}, result interface{}, ttl time.Duration) {
	key, ok := keyOf(moduleID, function, args)
	if !ok || ttl <= 0 {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.entries[key] = entry{result, time.Now().Add(ttl)}
	if len(c.entries) > most {
		c.shrink()
	}
}

// shrink drops what has ended, and then what ends soonest.
func (c *SandboxCache) shrink() {
	now := time.Now()
	var soonest [32]byte
	var until time.Time
	for key, one := range c.entries {
		if !now.Before(one.until) {
			delete(c.entries, key)
		} else if until.IsZero() || one.until.Before(until) {
			soonest, until = key, one.until
		}
	}
	if len(c.entries) > most {
		delete(c.entries, soonest)
	}
}

// Clear empties it.
func (c *SandboxCache) Clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	clear(c.entries)
}

// Hits is how often Get found something.
func (c *SandboxCache) Hits() int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.hits
}

// Misses is how often it did not.
func (c *SandboxCache) Misses() int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.misses
}

// keyOf tells calls apart as the guest would: by the arguments' binary form, in which 1 and 1.0 differ.
func keyOf(moduleID, function string, args []interface{}) ([32]byte, bool) {
	if args == nil {
		args = []interface{}{}
	}
	form, err := wire.Encode([]any{moduleID, function, args})
	sum := sha256.New()
	sum.Write(form.Bytes)
	for _, apart := range form.Apart {
		fmt.Fprintf(sum, "%d %d ", apart.Place, len(apart.Bytes))
		sum.Write(apart.Bytes)
	}
	return [32]byte(sum.Sum(nil)), err == nil
}
