package sandbox_test

// The steps of conformance cases, what is expected of them, and the tagged notation of values.

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

func (r *running) act(ctx context.Context, step object, args []any, options []sandbox.Option) (any, error) {
	module, _ := r.opened.(sandbox.Sandbox)
	session, _ := r.opened.(*sandbox.Session)
	if session != nil && r.sessions["main"] == nil {
		r.sessions["main"] = session
	}
	key := []sandbox.Option{}
	if text, ok := step["key"].(string); ok {
		key = append(key, sandbox.SnapshotKey(text))
	}
	switch name := func(key string) string { text, _ := step[key].(string); return text }; {
	case step["call"] != nil:
		for _, one := range options {
			args = append(args, one)
		}
		return r.opened.Call(ctx, name("call"), args...)
	case step["prepare"] != nil:
		prepared, err := module.Prepare(ctx, name("prepare"))
		if err != nil {
			return nil, err
		}
		return prepared.Call(args...)
	case step["batch"] != nil:
		var calls []sandbox.FunctionCall
		for _, one := range step["batch"].([]any) {
			calls = append(calls, sandbox.FunctionCall{Function: one.([]any)[0].(string), Args: untagged(one.([]any)[1])})
		}
		return module.CallBatch(ctx, calls, options...)
	case step["reset"] != nil:
		return nil, r.opened.Reset(ctx)
	case step["dispose"] != nil:
		return nil, r.opened.Close()
	case step["collectGarbage"] != nil:
		return r.opened.CollectGarbage(ctx)
	case step["exports"] != nil:
		exports, err := module.Exports(ctx)
		return camelJSON(exports), err
	case step["snapshot"] != nil:
		image, err := session.Snapshot(ctx, key...)
		r.snapshots[name("snapshot")] = image
		return nil, err
	case step["restore"] != nil:
		image := slices.Clone(r.snapshots[name("restore")])
		if changed, ok := step["changed"]; ok {
			at, _ := changed.(json.Number).Int64()
			image[len(image)-int(at)] ^= 1
		}
		restored := r.options
		if step["packages"] == false {
			restored = append(slices.Clone(restored), sandbox.Packages())
		}
		restored = append(append(slices.Clone(restored), policyOption(step)...), key...)
		opened, err := sandbox.Restore(ctx, image, restored...)
		if err == nil {
			r.opened, r.sessions[name("restore")] = opened, opened
		}
		return nil, err
	case step["fork"] != nil:
		fork, err := session.Fork(ctx)
		if err == nil {
			r.sessions[name("fork")] = fork
		}
		return nil, err
	case step["use"] != nil:
		r.opened = r.sessions[name("use")]
		return nil, nil
	}
	return nil, errors.New("a step does something")
}

func optionsOf(one object) []sandbox.Option {
	options := policyOption(one)
	later, now := map[string]sandbox.HostFunc{}, map[string]sandbox.HostFunc{}
	for name, described := range texts[object](one["host"]) {
		if described["async"] == true {
			later[name] = hostFunc(described)
		} else {
			now[name] = hostFunc(described)
		}
	}
	options = append(options, sandbox.Host(now), sandbox.AsyncHost(later), sandbox.Env(texts[string](one["env"])),
		sandbox.Files(texts[any](one["files"])), sandbox.Config(texts[string](one["config"])))
	if argv, ok := one["argv"].([]any); ok {
		var list []string
		for _, text := range argv {
			list = append(list, text.(string))
		}
		options = append(options, sandbox.Argv(list...))
	}
	if given, ok := one["packages"].([]any); ok {
		var packages []any
		for _, raw := range given {
			if text, ok := raw.(object)["base64"].(string); ok {
				packages = append(packages, unpacked(text))
			} else {
				packages = append(packages, raw)
			}
		}
		options = append(options, sandbox.Packages(packages...))
	}
	return options
}

func policyOption(one object) []sandbox.Option {
	if one["policy"] == nil {
		return nil
	}
	return []sandbox.Option{sandbox.Policy(one["policy"])}
}

func callOptions(step object) (options []sandbox.Option) {
	if ms, ok := step["timeoutMs"]; ok {
		options = append(options, sandbox.Timeout(milliseconds(ms)))
	}
	if output, ok := step["output"].(string); ok {
		options = append(options, sandbox.Output(output))
	}
	return options
}

func (r *running) wholeOptions(source object) []sandbox.Option {
	options := slices.Clone(r.options)
	if text, ok := r.one["stdin"].(string); ok {
		options = append(options, sandbox.Stdin(strings.NewReader(text)))
	}
	code := func(key string) string { text, _ := source[key].(string); return text }
	switch {
	case source["wasm"] != nil:
		return append(options, sandbox.Wasm(guestFile(source)))
	case source["python"] != nil:
		return append(options, sandbox.Python(code("python")))
	case source["typescript"] != nil:
		return append(options, sandbox.TypeScript(code("typescript")))
	}
	return append(options, sandbox.JavaScript(code("javascript")))
}

func stepOptions(step object, args []any) (options []sandbox.Option) {
	if inputs, ok := untag(step["inputs"]).(object); ok {
		options = append(options, sandbox.Inputs(inputs))
	}
	if function, ok := step["function"].(string); ok {
		options = append(options, sandbox.Call(function), sandbox.Args(args...))
	}
	return options
}

func hostFunc(described object) sandbox.HostFunc {
	return func(ctx context.Context, args ...any) (any, error) {
		if described["neverReturns"] == true {
			select {}
		}
		if ms, ok := described["sleepsMs"]; ok {
			time.Sleep(milliseconds(ms))
		}
		if thrown, ok := described["throws"].(object); ok {
			return nil, &sandbox.HostError{Type: thrown["type"].(string), Message: thrown["message"].(string)}
		}
		if described["echoes"] == true {
			return args, nil
		}
		return untag(described["returns"]), nil
	}
}

// check compares only what is named, never a message.
func check(expected, got object, err error, took time.Duration) error {
	if most, ok := expected["withinMs"]; ok && took > milliseconds(most) {
		return fmt.Errorf("it took %s", took)
	}
	if least, ok := expected["atLeastMs"]; ok && took+time.Millisecond < milliseconds(least) {
		return fmt.Errorf("it took %s only", took)
	}
	wanted, fails := expected["error"].(object)
	var base *sandbox.Error
	if err != nil {
		if !fails || !errors.As(err, &base) {
			return err
		}
		if base.Code != wanted["code"] || !within(untag(wanted["details"]), base.Details) {
			return fmt.Errorf("%s %v, %w", base.Code, base.Details, err)
		}
		got = outcome(base.Result)
	} else if fails {
		return fmt.Errorf("no error came, but %v", got)
	}
	if files, ok := got["files"].(map[string][]byte); ok {
		packed := object{}
		for path, content := range files {
			packed[path] = base64.StdEncoding.EncodeToString(content)
		}
		got["files"] = packed
	}
	for _, part := range []string{"value", "stdout", "stderr", "exitCode", "truncated", "files"} {
		if want, ok := expected[part]; ok && !same(untag(want), got[part]) {
			return fmt.Errorf("%s: %#v, expected %#v", part, got[part], untag(want))
		}
	}
	for _, part := range []string{"usage", "report"} {
		if want, ok := expected[part]; ok && !within(untag(want), got[part]) {
			return fmt.Errorf("%s: %v, expected %v", part, got[part], untag(want))
		}
	}
	events, _ := got["events"].([]any)
	for _, want := range anys(expected["events"]) {
		if !slices.ContainsFunc(events, func(event any) bool { return within(untag(want), event) }) {
			return fmt.Errorf("no event %v among %v", want, events)
		}
	}
	return nil
}

func outcome(result *sandbox.RunResult) object {
	if result == nil {
		return object{}
	}
	got := object{
		"value": result.Value, "stdout": result.Stdout, "stderr": result.Stderr, "truncated": result.Truncated,
		"files": result.Files, "usage": camelJSON(result.Usage), "exitCode": nil,
	}
	if result.ExitCode != nil {
		got["exitCode"] = *result.ExitCode
	}
	return got
}

func eventsOf(events []security.Event) []any {
	list := []any{}
	for _, e := range events {
		list = append(list, object{
			"sandbox": e.Sandbox, "kind": e.Kind, "capability": e.Type, "target": e.Target,
			"rule": e.Rule, "outcome": e.Outcome,
		})
	}
	return list
}

// within says whether got has at least what is wanted.
func within(want, got any) bool {
	entries, ok := want.(object)
	if !ok {
		if list, ok := want.([]any); ok {
			other, ok := got.([]any)
			return ok && len(list) == len(other) && !slices.ContainsFunc(list, func(one any) bool {
				return !slices.ContainsFunc(other, func(two any) bool { return within(one, two) })
			})
		}
		return want == nil || same(want, got)
	}
	other, _ := got.(object)
	for key, value := range entries {
		if there, ok := other[key]; !ok && value != nil || !within(value, there) {
			return false
		}
	}
	return true
}

// same compares exactly: integers by value, floats by kind and bits.
func same(a, b any) bool {
	if whole, ok := a.(*big.Int); ok && whole.IsInt64() {
		a = int(whole.Int64())
	} else if ok && whole.IsUint64() {
		a = whole.Uint64()
	}
	switch x := a.(type) {
	case *big.Int:
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	case float64:
		y, ok := b.(float64)
		return ok && (math.Float64bits(x) == math.Float64bits(y) || math.IsNaN(x) && math.IsNaN(y))
	case time.Time:
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	case []any:
		y, ok := b.([]any)
		return ok && len(x) == len(y) && !slices.ContainsFunc(indices(x), func(i int) bool { return !same(x[i], y[i]) })
	case object:
		y, ok := b.(object)
		if !ok || len(x) != len(y) {
			return false
		}
		for key := range x {
			if there, ok := y[key]; !ok || !same(x[key], there) {
				return false
			}
		}
		return true
	case sandbox.Pairs:
		y, ok := b.(sandbox.Pairs)
		return ok && len(x) == len(y) && !slices.ContainsFunc(indices(x), func(i int) bool {
			return !same(x[i].Key, y[i].Key) || !same(x[i].Value, y[i].Value)
		})
	}
	return reflect.DeepEqual(a, b)
}

func indices[T any](list []T) []int {
	out := make([]int, len(list))
	for i := range out {
		out[i] = i
	}
	return out
}

// untag gives a value out of its tagged form.
func untag(raw any) any {
	switch v := raw.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return int(whole)
		}
		if whole, ok := new(big.Int).SetString(string(v), 10); ok {
			return whole
		}
		float, _ := v.Float64()
		return float
	case []any:
		return untagged(v)
	case object:
		if len(v) == 1 {
			for tag, inner := range v {
				if value, ok := tagged(tag, inner); ok {
					return value
				}
			}
		}
		out := object{}
		for key, inner := range v {
			out[key] = untag(inner)
		}
		return out
	}
	return raw
}

func tagged(tag string, inner any) (any, bool) {
	switch tag {
	case "$int":
		whole, ok := new(big.Int).SetString(inner.(string), 10)
		return whole, ok
	case "$float":
		special := map[string]float64{"nan": math.NaN(), "inf": math.Inf(1), "-inf": math.Inf(-1), "-0": math.Copysign(0, -1)}
		if float, ok := special[inner.(string)]; ok {
			return float, true
		}
		float, err := json.Number(inner.(string)).Float64()
		return float, err == nil
	case "$bytes":
		return unpacked(inner.(string)), true
	case "$date":
		at, err := time.Parse(time.RFC3339Nano, inner.(string))
		return at, err == nil
	case "$map":
		named, pairs, entries := true, sandbox.Pairs{}, object{}
		for _, pair := range inner.([]any) {
			key, value := untag(pair.([]any)[0]), untag(pair.([]any)[1])
			text, ok := key.(string)
			named = named && ok
			entries[text] = value
			pairs = append(pairs, sandbox.Entry{Key: key, Value: value})
		}
		if named {
			return entries, true
		}
		return pairs, true
	}
	return nil, false
}

func untagged(raw any) []any {
	out := []any{}
	for _, one := range anys(raw) {
		out = append(out, untag(one))
	}
	return out
}

func anys(raw any) []any { list, _ := raw.([]any); return list }

func texts[T any](raw any) map[string]T {
	entries, ok := raw.(object)
	if !ok {
		return nil
	}
	out := map[string]T{}
	for key, value := range entries {
		out[key] = value.(T)
	}
	return out
}

func known(one object) error {
	only := func(kind string, entries any) error {
		for key := range entries.(object) {
			if !slices.Contains(strings.Fields(caseKeys[kind]), key) {
				return fmt.Errorf("the key %s is not known", key)
			}
		}
		return nil
	}
	errs := []error{only("case", one), only("expect", one["expect"])}
	for _, step := range one["do"].([]any) {
		errs = append(errs, only("step", step))
		if expect, ok := step.(object)["expect"]; ok {
			errs = append(errs, only("expect", expect))
		}
	}
	for _, described := range texts[any](one["host"]) {
		errs = append(errs, only("host", described))
	}
	return errors.Join(errs...)
}

// camelJSON is a struct by the names of the reference API.
func camelJSON(value any) any {
	text, _ := json.Marshal(value)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var raw any
	_ = decoder.Decode(&raw)
	return renamed(untag(raw))
}

func renamed(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = renamed(v[i])
		}
	case object:
		out := object{}
		for key, inner := range v {
			words := strings.Split(key, "_")
			for i := 1; i < len(words); i++ {
				words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
			}
			out[strings.Join(words, "")] = renamed(inner)
		}
		return out
	}
	return value
}

func guestFile(source object) string {
	for _, folder := range []string{"guests/", "build/"} {
		if path := fixtures + folder + source["wasm"].(string); exists(path) {
			return path
		}
	}
	return "not-built-run-node-fixtures-build.mjs"
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func moduleOf(source object) any {
	if source["wasm"] != nil {
		return guestFile(source)
	}
	return unpacked(source["base64"].(string))
}

func unpacked(text string) []byte {
	content, _ := base64.StdEncoding.DecodeString(text)
	return content
}

func milliseconds(raw any) time.Duration {
	ms, _ := raw.(json.Number).Float64()
	return time.Duration(ms * float64(time.Millisecond))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
