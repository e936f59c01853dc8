package cache

import (
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	c := New()
	args := []interface{}{5, "x"}
	if _, found := c.Get("m", "f", args); found {
		t.Fatal("nothing was kept")
	}
	c.Set("m", "f", args, 8, time.Hour)
	c.Set("m", "short", args, 9, time.Nanosecond)
	if value, found := c.Get("m", "f", []interface{}{5, "x"}); !found || value != 8 {
		t.Fatal(value, found)
	}
	for _, other := range [][]interface{}{{5.0, "x"}, {5}, nil, {func() {}}} {
		if _, found := c.Get("m", "f", other); found {
			t.Fatal(other)
		}
	}
	time.Sleep(time.Millisecond)
	if _, found := c.Get("m", "short", args); found {
		t.Fatal("it had ended")
	}
	if c.Hits() != 1 || c.Misses() != 6 {
		t.Fatal(c.Hits(), c.Misses())
	}
	for i := range most + 10 {
		c.Set("m", "g", []interface{}{i}, i, time.Hour)
	}
	if len(c.entries) > most {
		t.Fatal(len(c.entries))
	}
}
