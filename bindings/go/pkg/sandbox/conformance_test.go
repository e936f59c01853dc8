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
)

const fixtures = "../../../../fixtures/"

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
		var file struct {
			Feature string
			Cases   []*conformanceCase
		}
		readJSON(t, name, &file)
		for _, one := range file.Cases {
			id := one.ID
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

func runCase(one *conformanceCase) (err error) {
	ctx := context.Background()
	r := &running{conformanceCase: one, snapshots: map[string][]byte{}, sessions: map[string]*sandbox.Session{}}
	r.prepare()
	begun := time.Now()
	if !slices.ContainsFunc(one.Do, func(s *step) bool { return s.Run.it == true || s.Verify }) {
		r.opened, r.failed = r.open(ctx)
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
	one.Do[len(one.Do)-1].Expect = one.Expect
	for i, step := range one.Do {
		r.stdout.Reset()
		r.stderr.Reset()
		start := time.Now()
		if i == 0 && r.failed != nil {
			start = start.Add(-opening)
		}
		got, err := r.perform(ctx, step)
		if step.Expect != nil {
			err = step.Expect.check(got, err, time.Since(start))
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	// What no runner knows is a mistake.
	decoder.DisallowUnknownFields()
	must(t, decoder.Decode(into))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
