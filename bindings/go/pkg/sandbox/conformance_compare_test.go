package sandbox_test

// What is expected of a step. Only what a case names is compared, never a message.

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

// outcome is what a step came to: what a run gives, and what other steps have beside it.
type outcome struct {
	sandbox.RunResult
	report any
	usage  any
	events []security.Event
}

func (e *expectation) check(got *outcome, err error, took time.Duration) error {
	if e.WithinMs > 0 && took > e.WithinMs.span() || took+time.Millisecond < e.AtLeastMs.span() {
		return fmt.Errorf("it took %s", took)
	}
	var base *sandbox.Error
	switch {
	case err == nil && e.Error != nil:
		return fmt.Errorf("no error came, but %v", got)
	case err != nil && (e.Error == nil || !errors.As(err, &base)):
		return err
	case err != nil && (base.Code != e.Error.Code || !within(e.Error.Details.it, crossed(base.Details))):
		return fmt.Errorf("%s %v, %w", base.Code, base.Details, err)
	case err != nil:
		got, _ = resulting(base.Result, nil)
	}
	parts := []struct {
		want    value
		got     any
		matches func(want, got any) bool
	}{
		{e.Value, got.Value, same}, {e.Stdout, got.Stdout, same}, {e.Stderr, got.Stderr, same},
		{e.ExitCode, got.ExitCode, same}, {e.Truncated, got.Truncated, same},
		{value{e.Files != nil, e.Files}, got.Files, same}, {e.Usage, crossed(got.usage), within}, {e.Report, crossed(got.report), within},
	}
	for _, part := range parts {
		if part.want.given && !part.matches(part.want.it, part.got) {
			return fmt.Errorf("%#v, expected %#v", part.got, part.want.it)
		}
	}
	for _, want := range e.Events {
		if !slices.ContainsFunc(got.events, func(event security.Event) bool { return within(want.it, crossed(event)) }) {
			return fmt.Errorf("no event %v among %v", want.it, got.events)
		}
	}
	return nil
}

func resulting(result *sandbox.RunResult, err error) (*outcome, error) {
	if result == nil {
		return &outcome{}, err
	}
	return &outcome{RunResult: *result, usage: result.Usage}, err
}

// within says whether got has at least what is wanted.
func within(want, got any) bool {
	switch want := want.(type) {
	case nil:
		return true
	case object:
		other, _ := got.(object)
		for key, inner := range want {
			if !within(inner, member(other, key)) {
				return false
			}
		}
		return true
	case []any:
		other, _ := got.([]any)
		return len(other) == len(want) && !slices.ContainsFunc(want, func(one any) bool {
			return !slices.ContainsFunc(other, func(two any) bool { return within(one, two) })
		})
	}
	return same(want, got)
}

// member finds what the reference API calls key.
func member(of object, key string) any {
	for name, value := range of {
		if strings.EqualFold(strings.ReplaceAll(name, "_", ""), key) || key == "capability" && name == "type" {
			return value
		}
	}
	return nil
}

// same compares exactly what the values are when they have crossed.
func same(want, got any) bool { return reflect.DeepEqual(exact(crossed(want)), exact(crossed(got))) }

// crossed gives plain values, also of structs.
func crossed(v any) any {
	form, err := wire.Encode(v)
	if err != nil {
		return err
	}
	back, _ := wire.Decode(form)
	return back
}

// exact makes equal what is the same, and nothing else: floats by their bits, times by their instants.
func exact(v any) any {
	type bits uint64
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) {
			return "not a number"
		}
		return bits(math.Float64bits(v))
	case time.Time:
		return v.UTC()
	case []any:
		for i := range v {
			v[i] = exact(v[i])
		}
	case object:
		for key := range v {
			v[key] = exact(v[key])
		}
	case sandbox.Pairs:
		for i := range v {
			v[i] = sandbox.Entry{Key: exact(v[i].Key), Value: exact(v[i].Value)}
		}
	}
	return v
}
