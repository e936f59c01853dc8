package core

import (
	"reflect"
	"testing"
	"time"
)

// What is asked for in Go's terms is handed over in the reference API's: camel case and milliseconds.
func TestFieldsAreNamedAndMeasuredAsTheyCross(t *testing.T) {
	got := Fields(struct {
		QueueTimeout time.Duration `json:"queue_timeout_ms"`
		MaxSize      int           `json:"max_size"`
		Left         string        `json:"left"`
		Off          bool          `json:"off"`
	}{1500 * time.Microsecond, 3, "", false})
	want := map[string]any{"queueTimeoutMs": 1.5, "maxSize": 3, "off": false}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%v, wanted %v", got, want)
	}
}

// An embedded struct's fields are its holder's; one behind a pointer that is nil has none.
func TestEmbeddedFields(t *testing.T) {
	type Inner struct {
		A int `json:"a"`
	}
	type Outer struct {
		Inner
		B int `json:"b"`
	}
	type Behind struct {
		*Inner
		B int `json:"b"`
	}
	given := map[string]any{"a": 1, "b": 2}
	if got, err := Convert[Outer](given); err != nil || got.A != 1 || got.B != 2 {
		t.Fatal(got, err)
	}
	if got, err := Convert[Behind](given); err != nil || got.Inner != nil || got.B != 2 {
		t.Fatal(got, err)
	}
}
