package sandbox_test

// Runs the shared conformance cases against the public API. Ids are the subtests' names; outcomes go to
// `.conformance/go.txt` for the report. The form of a case, and how an outcome is held against it, is beside this.

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

func TestConformance(t *testing.T) {
	cases, mayFail := readCases(t), readJSON[map[string][]string](t, "expected-failures.json")["go"]
	// By whether it may fail, and whether it passes.
	words := map[bool]map[bool]string{
		false: {true: "pass", false: "fail"}, true: {true: "unexpected-pass", false: "expected-failure"},
	}
	var outcomes []string
	for _, one := range cases {
		t.Run(one.ID, func(t *testing.T) {
			err, known := runCase(one), slices.Contains(mayFail, one.ID)
			word := words[known][err == nil]
			if known == (err == nil) {
				t.Error(word, err)
			}
			outcomes = append(outcomes, one.ID+" "+word+"\n")
		})
	}
	// A run of single cases says nothing about the rest.
	if len(outcomes) == len(cases) && len(cases) > 0 {
		folder := cmp.Or(os.Getenv("WASM_SANDBOX_CONFORMANCE_DIR"), fixtures+"../.conformance")
		slices.Sort(outcomes)
		must(t, os.MkdirAll(folder, 0o755))
		must(t, os.WriteFile(filepath.Join(folder, "go.txt"), []byte(strings.Join(outcomes, "")), 0o644))
	}
}

// running is a case under way.
type running struct {
	*conformanceCase
	options        []sandbox.Option
	stdout, stderr bytes.Buffer
	events         []security.Event
	// guests are known by name, the first as main; failed says why that one could not be opened.
	guests    map[string]sandbox.Guest
	current   sandbox.Guest
	failed    error
	closing   []func() error
	snapshots map[string][]byte
}

func runCase(one *conformanceCase) (err error) {
	ctx := context.Background()
	r := &running{conformanceCase: one, guests: map[string]sandbox.Guest{}, snapshots: map[string][]byte{}}
	r.options = append(one.options(), sandbox.Stdout(&r.stdout), sandbox.Stderr(&r.stderr),
		sandbox.OnAudit(func(event security.Event) { r.events = append(r.events, event) }))
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
		for _, end := range r.closing {
			err = errors.Join(err, end())
		}
	}()
	start := time.Now()
	if !slices.ContainsFunc(one.Do, func(s *step) bool { return s.Run == true || s.Verify }) {
		main, err := r.open(ctx)
		r.failed = r.keep("main", main, err)
		r.current = main
	}
	one.Do[len(one.Do)-1].Expect = one.Expect
	for i, step := range one.Do {
		if i > 0 || r.failed == nil {
			start = time.Now()
		}
		r.stdout.Reset()
		r.stderr.Reset()
		came, err := r.perform(ctx, step)
		if step.Expect != nil {
			err = step.Expect.check(came, err, time.Since(start))
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (r *running) open(ctx context.Context) (sandbox.Guest, error) {
	switch source := r.Source; {
	case source.JavaScript != nil:
		return sandbox.OpenJavaScript(ctx, r.options...)
	case source.TypeScript != nil:
		return sandbox.OpenTypeScript(ctx, r.options...)
	case source.Python != nil:
		return sandbox.OpenPython(ctx, r.options...)
	case source.Wasm != "":
		return sandbox.FromFile(ctx, guestFile(source.Wasm), r.options...)
	default:
		return sandbox.FromBytes(ctx, source.Base64, r.options...)
	}
}

// keep remembers what was opened, unless it could not be.
func (r *running) keep(name string, opened sandbox.Guest, err error) error {
	if err == nil {
		r.guests[name], r.closing = opened, append(r.closing, opened.Close)
	}
	return err
}

// perform does one step. What a run gives is the outcome itself; what anything else gives is its value.
func (r *running) perform(ctx context.Context, s *step) (came outcome, err error) {
	if s.CancelAfterMs != nil {
		timed, cancel := context.WithTimeout(ctx, spanOf(*s.CancelAfterMs))
		defer cancel()
		ctx = timed
	}
	args, options := plain(s.Args).([]any), s.options()
	session, _ := r.current.(*sandbox.Session)
	module, _ := r.current.(sandbox.Sandbox)
	var result *sandbox.RunResult
	switch code, inSession := s.Run.(string); {
	case s.Verify:
		came.Report, err = sandbox.Verify(ctx, r.module(), when(r.Policy != nil, sandbox.Policy(r.Policy)))
	case s.Run == true:
		options = append(options, r.whole(), sandbox.Stdin(strings.NewReader(r.Stdin)))
		result, err = sandbox.Run(ctx, slices.Concat(r.options, options)...)
	case r.failed != nil:
		err = r.failed
	case inSession:
		result, err = session.Run(ctx, code, options...)
	case s.Stats:
		var usage *sandbox.ResourceStats
		if usage, err = r.current.ResourceStats(ctx); err == nil {
			came.Usage = *usage
		}
	case s.Audit:
		came.Events, r.events = r.events, nil
		came.Value = came.Events
	case s.Call != "":
		for _, option := range options {
			args = append(args, option)
		}
		came.Value, err = r.current.Call(ctx, s.Call, args...)
	case s.Prepare != "":
		var prepared *sandbox.Prepared
		if prepared, err = module.Prepare(ctx, s.Prepare); err == nil {
			came.Value, err = prepared.Call(args...)
		}
	case s.Batch != nil:
		var calls []sandbox.FunctionCall
		for _, one := range s.Batch {
			calls = append(calls, sandbox.FunctionCall{Function: one[0].(string), Args: plain(one[1]).([]any)})
		}
		came.Value, err = module.CallBatch(ctx, calls, options...)
	case s.Reset:
		err = r.current.Reset(ctx)
	case s.Dispose:
		err = r.current.Close()
	case s.CollectGarbage:
		came.Value, err = r.current.CollectGarbage(ctx)
	case s.Exports:
		came.Value, err = module.Exports(ctx)
	case s.Snapshot != "":
		r.snapshots[s.Snapshot], err = session.Snapshot(ctx, options...)
	case s.Restore != "":
		image := slices.Clone(r.snapshots[s.Restore])
		if s.Changed > 0 {
			image[len(image)-s.Changed] ^= 1
		}
		session, err = sandbox.Restore(ctx, image, slices.Concat(r.options, options)...)
		if err = r.keep(s.Restore, session, err); err == nil {
			r.current = session
		}
	case s.Fork != "":
		session, err = session.Fork(ctx)
		err = r.keep(s.Fork, session, err)
	case s.Use != "":
		r.current = r.guests[s.Use]
	default:
		err = errors.New("a step does something")
	}
	if came.Stdout, came.Stderr = r.stdout.String(), r.stderr.String(); result != nil {
		came.RunResult = *result
	}
	return came, err
}
