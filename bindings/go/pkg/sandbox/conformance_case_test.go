package sandbox_test

// The form of conformance cases (fixtures/README.md), as structs, so that encoding/json refuses what no runner knows;
// what cases and steps come to as options; and how an outcome is held against what a case expects: values as they are
// when they have crossed, only what is named, never a message.

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

const fixtures = "../../../../fixtures/"

type object = map[string]any

type conformanceCase struct {
	ID, Why, Stdin string
	Source         struct {
		JavaScript, TypeScript, Python any
		Wasm                           string
		Base64                         []byte
	}
	Policy, Files object
	Host          map[string]hostCase
	Argv          []string
	Env, Config   map[string]string
	Packages      []struct {
		Base64 []byte
		Name   string
		Files  map[string]string
	}
	Do     []*step
	Expect expectation
}

type hostCase struct {
	Returns                     any
	Echoes, NeverReturns, Async bool
	Throws                      *sandbox.HostError
	SleepsMs                    int
}

type step struct {
	Call, Prepare, Snapshot, Restore, Fork, Use, Key, Function, Output string
	Run                                                                any
	Args                                                               []any
	Inputs, Policy                                                     object
	Batch                                                              [][2]any
	Reset, Dispose, Exports, Audit, Verify, Stats, CollectGarbage      bool
	Changed, TimeoutMs                                                 int
	CancelAfterMs                                                      *int
	Packages                                                           *bool
	Expect                                                             expectation
}

func readCases(t *testing.T) (cases []*conformanceCase) {
	type file struct {
		Feature string
		Cases   []*conformanceCase
	}
	names, err := filepath.Glob(fixtures + "conformance/*.json")
	must(t, err)
	for _, name := range names {
		if name = filepath.Base(name); name != "case.schema.json" && name != "expected-failures.json" {
			cases = append(cases, readJSON[file](t, name).Cases...)
		}
	}
	return cases
}

func readJSON[T any](t *testing.T, name string) (document T) {
	decoder := json.NewDecoder(bytes.NewReader(sure(os.ReadFile(fixtures + "conformance/" + name))))
	decoder.UseNumber()
	// What no runner knows is a mistake.
	decoder.DisallowUnknownFields()
	must(t, decoder.Decode(&document))
	return document
}

// options are what the case says of every opening.
func (c *conformanceCase) options() []sandbox.Option {
	functions := map[bool]map[string]sandbox.HostFunc{true: {}, false: {}}
	for name, described := range c.Host {
		functions[described.Async][name] = described.call
	}
	var packages []any
	for _, one := range c.Packages {
		if one.Base64 != nil {
			packages = append(packages, one.Base64)
		} else {
			packages = append(packages, object{"name": one.Name, "files": one.Files})
		}
	}
	return []sandbox.Option{
		when(c.Policy != nil, sandbox.Policy(c.Policy)), when(packages != nil, sandbox.Packages(packages...)),
		sandbox.Host(functions[false]), sandbox.AsyncHost(functions[true]), sandbox.Argv(c.Argv...),
		sandbox.Env(c.Env), sandbox.Files(c.Files), sandbox.Config(c.Config),
	}
}

// whole is what it takes to run the source as a whole.
func (c *conformanceCase) whole() sandbox.Option {
	switch source := c.Source; {
	case source.JavaScript != nil:
		return sandbox.JavaScript(source.JavaScript.(string))
	case source.TypeScript != nil:
		return sandbox.TypeScript(source.TypeScript.(string))
	case source.Python != nil:
		return sandbox.Python(source.Python.(string))
	default:
		return sandbox.Wasm(c.module())
	}
}

// module is a path or bytes.
func (c *conformanceCase) module() any {
	if c.Source.Wasm != "" {
		return guestFile(c.Source.Wasm)
	}
	return c.Source.Base64
}

// options are what the step says of its call, run or restoring.
func (s *step) options() []sandbox.Option {
	return []sandbox.Option{
		when(s.Policy != nil, sandbox.Policy(s.Policy)), when(s.Packages != nil, sandbox.Packages()),
		when(s.TimeoutMs > 0, sandbox.Timeout(spanOf(s.TimeoutMs))), when(s.Key != "", sandbox.SnapshotKey(s.Key)),
		when(s.Output != "", sandbox.Output(s.Output)), when(s.Inputs != nil, sandbox.Inputs(plain(s.Inputs).(object))),
		when(s.Function != "", sandbox.Call(s.Function)), when(s.Function != "", sandbox.Args(plain(s.Args).([]any)...)),
	}
}

// when gives the option, or one that says nothing.
func when(given bool, option sandbox.Option) sandbox.Option {
	if given {
		return option
	}
	return sandbox.Option{}
}

func guestFile(name string) string {
	if _, err := os.Stat(fixtures + "build/" + name); err == nil {
		return fixtures + "build/" + name
	}
	return fixtures + "guests/" + name
}

// call is the host function that is described.
func (h hostCase) call(_ context.Context, args ...any) (any, error) {
	if h.NeverReturns {
		select {}
	}
	time.Sleep(spanOf(h.SleepsMs))
	switch {
	case h.Throws != nil:
		return nil, h.Throws
	case h.Echoes:
		return args, nil
	}
	return plain(h.Returns), nil
}

// plain is a value out of its tagged form, as it is when it has crossed.
func plain(tagged any) any { return crossed(untag(tagged)) }

func untag(tagged any) any {
	switch tagged := tagged.(type) {
	case []any:
		list := []any{}
		for _, one := range tagged {
			list = append(list, untag(one))
		}
		return list
	case object:
		named := object{}
		for key, inner := range tagged {
			text, _ := inner.(string)
			switch key {
			case "$int":
				return json.Number(text)
			case "$float":
				return sure(strconv.ParseFloat(text, 64))
			case "$bytes":
				return unpacked(text)
			case "$date":
				return sure(time.Parse(time.RFC3339Nano, text))
			case "$map":
				pairs := sandbox.Pairs{}
				for _, pair := range untag(inner).([]any) {
					pairs = append(pairs, sandbox.Entry{Key: pair.([]any)[0], Value: pair.([]any)[1]})
				}
				return pairs
			}
			named[key] = untag(inner)
		}
		return named
	}
	return tagged
}

func spanOf(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }

func unpacked(text string) []byte { return sure(base64.StdEncoding.DecodeString(text)) }

// outcome is what a step came to, beside its error; its fields are what a case may expect.
type outcome struct {
	sandbox.RunResult
	Report *sandbox.ModuleReport `json:"report"`
	Events []security.Event      `json:"events"`
	Error  object                `json:"error"`
}

type expectation object

// check holds an outcome and its error against what is expected of them.
func (e expectation) check(came outcome, err error, took time.Duration) error {
	var failure *sandbox.Error
	if errors.As(err, &failure) {
		came = outcome{Error: object{"code": failure.Code, "details": failure.Details}}
		if failure.Result != nil {
			came.RunResult = *failure.Result
		}
	}
	if err != nil && (failure == nil || e["error"] == nil) {
		return err
	}
	parts := crossed(came).(object)
	for part, tagged := range e {
		want, ok := plain(tagged), false
		got, _ := member(parts, part)
		switch part {
		case "withinMs":
			ok = took <= spanOf(want.(int))
		case "atLeastMs":
			ok = took+time.Millisecond >= spanOf(want.(int))
		case "value", "stdout", "stderr", "exitCode", "truncated":
			ok = matches(want, got, true)
		case "usage", "report":
			ok = matches(want, got, false)
		case "error":
			ok = want.(object)["code"] != nil && matches(want, got, false)
		case "events":
			ok = !slices.ContainsFunc(want.([]any), func(one any) bool {
				return !slices.ContainsFunc(got.([]any), func(event any) bool { return matches(one, event, false) })
			})
		case "files":
			for path, text := range want.(object) {
				want.(object)[path] = unpacked(text.(string))
			}
			ok = matches(want, got, true)
		}
		if !ok {
			return errors.Join(fmt.Errorf("%s: %T %#v, expected %T %#v", part, got, got, want, want), err)
		}
	}
	return nil
}

// same compares exactly what the values are when they have crossed.
func same(want, got any) bool { return matches(crossed(want), crossed(got), true) }

// crossed gives plain values, also of structs.
func crossed(v any) any { return sure(wire.Decode(sure(wire.Encode(v)))) }

// matches says whether got is what is wanted, floats by their bits; unless as a whole, objects may have more.
func matches(want, got any, whole bool) bool {
	switch want := want.(type) {
	case float64:
		got, ok := got.(float64)
		return ok && (math.Float64bits(want) == math.Float64bits(got) || math.IsNaN(want) && math.IsNaN(got))
	case []any:
		got, ok := got.([]any)
		return ok && slices.EqualFunc(want, got, func(a, b any) bool { return matches(a, b, whole) })
	case sandbox.Pairs:
		got, ok := got.(sandbox.Pairs)
		return ok && slices.EqualFunc(want, got, func(a, b sandbox.Entry) bool {
			return matches(a.Key, b.Key, whole) && matches(a.Value, b.Value, whole)
		})
	case object:
		got, ok := got.(object)
		for key, inner := range want {
			is, found := got[key]
			if !whole {
				is, found = member(got, key)
			}
			ok = ok && found && matches(inner, is, whole)
		}
		return ok && (!whole || len(got) == len(want))
	}
	return reflect.DeepEqual(want, got)
}

var capitals = regexp.MustCompile("[A-Z]")

// member finds what the reference API calls key: structs cross in snake case, and an event's capability is its type.
func member(of object, key string) (any, bool) {
	snake := strings.ToLower(capitals.ReplaceAllString(key, "_$0"))
	for _, name := range []string{key, snake, map[string]string{"capability": "type"}[key]} {
		if value, ok := of[name]; ok {
			return value, true
		}
	}
	return nil, false
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sure[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
