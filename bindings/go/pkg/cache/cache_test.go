package cache

import (
	"bytes"
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
	one, two := make([]byte, 1<<20), make([]byte, 1<<20)
	two[1<<19] = 1
	c.Set("m", "large", []interface{}{one}, 10, time.Hour)
	if value, found := c.Get("m", "large", []interface{}{bytes.Clone(one)}); !found || value != 10 {
		t.Fatal(value, found)
	}
	if _, found := c.Get("m", "large", []interface{}{two}); found {
		t.Fatal("large arguments were not told apart")
	}
	time.Sleep(time.Millisecond)
	if _, found := c.Get("m", "short", args); found {
		t.Fatal("it had ended")
	}
	if c.Hits() != 2 || c.Misses() != 7 {
		t.Fatal(c.Hits(), c.Misses())
	}
	for i := range most + 10 {
		c.Set("m", "g", []interface{}{i}, i, time.Hour)
	}
	if len(c.entries) > most {
		t.Fatal(len(c.entries))
	}
}
