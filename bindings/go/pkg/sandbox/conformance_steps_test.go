package sandbox_test

// The steps of conformance cases, by the public API.

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

// running is a case under way.
type running struct {
	*conformanceCase
	options        []sandbox.Option
	stdout, stderr bytes.Buffer
	events         []security.Event
	opened         guest
	failed         error
	language, code string
	// module is a path or bytes; nil for a language.
	module    any
	snapshots map[string][]byte
	sessions  map[string]*sandbox.Session
}

// guest is what sandboxes and sessions have in common.
type guest interface {
	sandbox.Caller
	ResourceStats(ctx context.Context) (*sandbox.ResourceStats, error)
	CollectGarbage(ctx context.Context) (int64, error)
	Reset(ctx context.Context) error
	Close() error
}

var openers = map[string]func(context.Context, ...sandbox.Option) (*sandbox.Session, error){
	"javascript": sandbox.OpenJavaScript, "typescript": sandbox.OpenTypeScript, "python": sandbox.OpenPython,
}

var sources = map[string]func(string) sandbox.Option{
	"javascript": sandbox.JavaScript, "typescript": sandbox.TypeScript, "python": sandbox.Python,
}

func (r *running) prepare() {
	now, later := map[string]sandbox.HostFunc{}, map[string]sandbox.HostFunc{}
	for name, described := range r.Host {
		if described.Async {
			later[name] = described.call
		} else {
			now[name] = described.call
		}
	}
	r.options = append(policy(r.Policy), sandbox.Host(now), sandbox.AsyncHost(later), sandbox.Env(r.Env),
		sandbox.Files(r.Files), sandbox.Config(r.Config), sandbox.Argv(r.Argv...), sandbox.Stdout(&r.stdout),
		sandbox.Stderr(&r.stderr), sandbox.OnAudit(func(event security.Event) { r.events = append(r.events, event) }))
	packages := []any{}
	for _, one := range r.Packages {
		if one.Base64 != nil {
			packages = append(packages, one.Base64)
		} else {
			packages = append(packages, object{"name": one.Name, "files": one.Files})
		}
	}
	if len(packages) > 0 {
		r.options = append(r.options, sandbox.Packages(packages...))
	}
	for kind, given := range r.Source {
		text, _ := given.it.(string)
		switch r.language, r.code = kind, text; kind {
		case "wasm":
			r.module = guestFile(text)
		case "base64":
			r.module = unpacked(text)
		}
	}
}

func policy(document object) []sandbox.Option {
	if document == nil {
		return nil
	}
	return []sandbox.Option{sandbox.Policy(document)}
}

func (h hostCase) call(_ context.Context, args ...any) (any, error) {
	if h.NeverReturns {
		select {}
	}
	time.Sleep(h.SleepsMs.span())
	switch {
	case h.Throws != nil:
		return nil, h.Throws
	case h.Echoes:
		return args, nil
	}
	return h.Returns.it, nil
}

func (r *running) open(ctx context.Context) (guest, error) {
	switch module := r.module.(type) {
	case string:
		return sandbox.FromFile(ctx, module, r.options...)
	case []byte:
		return sandbox.FromBytes(ctx, module, r.options...)
	}
	return openers[r.language](ctx, r.options...)
}

func guestFile(name string) string {
	if _, err := os.Stat(fixtures + "build/" + name); err == nil {
		return fixtures + "build/" + name
	}
	return fixtures + "guests/" + name
}

// options are those of the step's call or run.
func (s *step) options() (options []sandbox.Option) {
	if s.TimeoutMs > 0 {
		options = append(options, sandbox.Timeout(s.TimeoutMs.span()))
	}
	if s.Output != "" {
		options = append(options, sandbox.Output(s.Output))
	}
	if inputs, ok := s.Inputs.it.(object); ok {
		options = append(options, sandbox.Inputs(inputs))
	}
	if s.Function != "" {
		options = append(options, sandbox.Call(s.Function), sandbox.Args(s.Args.list()...))
	}
	if s.Key != "" {
		options = append(options, sandbox.SnapshotKey(s.Key))
	}
	return options
}

func (r *running) perform(ctx context.Context, s *step) (*outcome, error) {
	if s.CancelAfterMs > 0 {
		timed, cancel := context.WithTimeout(ctx, s.CancelAfterMs.span())
		defer cancel()
		ctx = timed
	}
	session, _ := r.opened.(*sandbox.Session)
	switch code, inSession := s.Run.it.(string); {
	case s.Verify:
		report, err := sandbox.Verify(ctx, r.module, policy(r.Policy)...)
		return &outcome{report: report}, err
	case s.Run.it == true:
		source := sandbox.Wasm(r.module)
		if of := sources[r.language]; of != nil {
			source = of(r.code)
		}
		options := append(slices.Clone(r.options), source, sandbox.Stdin(strings.NewReader(r.Stdin)))
		return resulting(sandbox.Run(ctx, append(options, s.options()...)...))
	case r.failed != nil:
		return nil, r.failed
	case inSession:
		return resulting(session.Run(ctx, code, s.options()...))
	case s.Stats:
		usage, err := r.opened.ResourceStats(ctx)
		return &outcome{usage: usage}, err
	case s.Audit:
		events := r.events
		r.events = nil
		return &outcome{RunResult: sandbox.RunResult{Value: events}, events: events}, nil
	}
	value, err := r.act(ctx, s, session)
	return &outcome{RunResult: sandbox.RunResult{Value: value, Stdout: r.stdout.String(), Stderr: r.stderr.String()}}, err
}

func (r *running) act(ctx context.Context, s *step, session *sandbox.Session) (any, error) {
	module, _ := r.opened.(sandbox.Sandbox)
	switch {
	case s.Call != "":
		args := slices.Clone(s.Args.list())
		for _, option := range s.options() {
			args = append(args, option)
		}
		return r.opened.Call(ctx, s.Call, args...)
	case s.Prepare != "":
		prepared, err := module.Prepare(ctx, s.Prepare)
		if err != nil {
			return nil, err
		}
		return prepared.Call(crossed(s.Args.list()).([]any)...)
	case s.Batch != nil:
		var calls []sandbox.FunctionCall
		for _, one := range s.Batch {
			calls = append(calls, sandbox.FunctionCall{Function: one[0].it.(string), Args: one[1].list()})
		}
		return module.CallBatch(ctx, calls, s.options()...)
	case s.Reset:
		return nil, r.opened.Reset(ctx)
	case s.Dispose:
		return nil, r.opened.Close()
	case s.CollectGarbage:
		return r.opened.CollectGarbage(ctx)
	case s.Exports:
		return module.Exports(ctx)
	}
	return nil, r.branch(ctx, s, session)
}

// branch does what has to do with several sessions.
func (r *running) branch(ctx context.Context, s *step, session *sandbox.Session) (err error) {
	if session != nil && r.sessions["main"] == nil {
		r.sessions["main"] = session
	}
	switch {
	case s.Snapshot != "":
		r.snapshots[s.Snapshot], err = session.Snapshot(ctx, s.options()...)
	case s.Restore != "":
		image := slices.Clone(r.snapshots[s.Restore])
		if s.Changed > 0 {
			image[len(image)-s.Changed] ^= 1
		}
		options := append(append(slices.Clone(r.options), policy(s.Policy)...), s.options()...)
		if s.Packages != nil {
			options = append(options, sandbox.Packages())
		}
		if session, err = sandbox.Restore(ctx, image, options...); err == nil {
			r.opened, r.sessions[s.Restore] = session, session
		}
	case s.Fork != "":
		if session, err = session.Fork(ctx); err == nil {
			r.sessions[s.Fork] = session
		}
	case s.Use != "":
		r.opened = r.sessions[s.Use]
	default:
		err = errors.New("a step does something")
	}
	return err
}
