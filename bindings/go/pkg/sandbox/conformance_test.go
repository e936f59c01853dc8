package sandbox_test

// Runs the shared conformance cases against the public API. Ids are the subtests' names; outcomes go to
// `.conformance/go.txt` for the report. The form of a case is in fixtures/README.md.

import (
	"bytes"
	"context"
	"encoding/json"
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

const fixtures = "../../../../fixtures/"

var caseKeys = map[string]string{
	"case":   "id why source policy host argv env stdin files packages config do expect",
	"step":   "call prepare run batch reset dispose exports audit verify stats collectGarbage snapshot restore fork use key changed policy packages function args inputs output cancelAfterMs timeoutMs expect",
	"expect": "value stdout stderr exitCode files truncated error events usage report withinMs atLeastMs",
	"host":   "returns echoes throws sleepsMs neverReturns async",
}

type object = map[string]any

func TestConformance(t *testing.T) {
	var failing map[string][]string
	readJSON(t, fixtures+"conformance/expected-failures.json", &failing)
	names, _ := filepath.Glob(fixtures + "conformance/*.json")
	var outcomes []string
	total := 0
	for _, name := range names {
		if strings.HasSuffix(name, "case.schema.json") || strings.HasSuffix(name, "expected-failures.json") {
			continue
		}
		var file struct{ Cases []object }
		readJSON(t, name, &file)
		for _, one := range file.Cases {
			id := one["id"].(string)
			total++
			t.Run(id, func(t *testing.T) {
				word, known := "pass", slices.Contains(failing["go"], id)
				err := runCase(one)
				switch {
				case err != nil && known:
					word = "expected-failure"
				case err != nil:
					word = "fail"
					t.Error(err)
				case known:
					word = "unexpected-pass"
					t.Error("it passes, although it is an expected failure")
				}
				outcomes = append(outcomes, id+" "+word+"\n")
			})
		}
	}
	folder := os.Getenv("WASM_SANDBOX_CONFORMANCE_DIR")
	if folder == "" {
		folder = fixtures + "../.conformance"
	}
	// A run of single cases says nothing about the rest.
	if len(outcomes) == total && total > 0 {
		slices.Sort(outcomes)
		must(t, os.MkdirAll(folder, 0o755))
		must(t, os.WriteFile(filepath.Join(folder, "go.txt"), []byte(strings.Join(outcomes, "")), 0o644))
	}
}

// running is a case under way.
type running struct {
	one            object
	options        []sandbox.Option
	stdout, stderr bytes.Buffer
	events         []security.Event
	opened         guest
	failed         error
	snapshots      map[string][]byte
	sessions       map[string]*sandbox.Session
}

// guest is what sandboxes and sessions have in common.
type guest interface {
	sandbox.Caller
	ResourceStats(ctx context.Context) (*sandbox.ResourceStats, error)
	CollectGarbage(ctx context.Context) (int64, error)
	Reset(ctx context.Context) error
	Close() error
}

func runCase(one object) (err error) {
	if err := known(one); err != nil {
		return err
	}
	r := &running{one: one, snapshots: map[string][]byte{}, sessions: map[string]*sandbox.Session{}}
	r.options = append(optionsOf(one), sandbox.Stdout(&r.stdout), sandbox.Stderr(&r.stderr),
		sandbox.OnAudit(func(event security.Event) { r.events = append(r.events, event) }))
	steps := one["do"].([]any)
	whole := slices.ContainsFunc(steps, func(s any) bool { return s.(object)["run"] == true || s.(object)["verify"] != nil })
	begun := time.Now()
	if !whole {
		r.opened, r.failed = r.open()
	}
	opening := time.Since(begun)
	defer func() {
		if r.opened != nil && r.failed == nil {
			err = errors.Join(err, r.opened.Close())
		}
		for _, session := range r.sessions {
			err = errors.Join(err, session.Close())
		}
	}()
	for i, raw := range steps {
		step := raw.(object)
		r.stdout.Reset()
		r.stderr.Reset()
		start := time.Now()
		if i == 0 && r.failed != nil {
			start = start.Add(-opening)
		}
		got, err := r.perform(step)
		expected, _ := step["expect"].(object)
		if i == len(steps)-1 {
			expected = one["expect"].(object)
		}
		if expected == nil && err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		if expected != nil {
			if err := check(expected, got, err, time.Since(start)); err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
		}
	}
	return nil
}

func (r *running) open() (guest, error) {
	ctx, source := context.Background(), r.one["source"].(object)
	switch {
	case source["javascript"] != nil:
		return sandbox.OpenJavaScript(ctx, r.options...)
	case source["typescript"] != nil:
		return sandbox.OpenTypeScript(ctx, r.options...)
	case source["python"] != nil:
		return sandbox.OpenPython(ctx, r.options...)
	case source["wasm"] != nil:
		return sandbox.FromFile(ctx, guestFile(source), r.options...)
	}
	return sandbox.FromBytes(ctx, moduleOf(source).([]byte), r.options...)
}

func (r *running) perform(step object) (object, error) {
	ctx, source := context.Background(), r.one["source"].(object)
	if after, ok := step["cancelAfterMs"]; ok {
		timed, cancel := context.WithTimeout(ctx, milliseconds(after))
		defer cancel()
		ctx = timed
	}
	args, options := untagged(step["args"]), callOptions(step)
	switch {
	case step["verify"] != nil:
		report, err := sandbox.Verify(ctx, moduleOf(source), policyOption(r.one)...)
		return object{"report": camelJSON(report)}, err
	case step["run"] == true:
		result, err := sandbox.Run(ctx, append(append(r.wholeOptions(source), stepOptions(step, args)...), options...)...)
		return outcome(result), err
	case r.failed != nil:
		return nil, r.failed
	case step["audit"] != nil:
		events := r.events
		r.events = nil
		return object{"value": eventsOf(events), "events": eventsOf(events)}, nil
	case step["stats"] != nil:
		stats, err := r.opened.ResourceStats(ctx)
		return object{"usage": camelJSON(stats)}, err
	}
	if code, ok := step["run"].(string); ok {
		result, err := r.opened.(*sandbox.Session).Run(ctx, code, append(stepOptions(step, args), options...)...)
		return outcome(result), err
	}
	value, err := r.act(ctx, step, args, options)
	return object{"value": value, "stdout": r.stdout.String(), "stderr": r.stderr.String()}, err
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	must(t, decoder.Decode(into))
}
