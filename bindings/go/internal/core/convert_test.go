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
