package sandbox

import (
	"context"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
)

// steps is what a builder was told, in order; callbacks and contexts are not among the steps of the native code.
type steps struct {
	list    []step
	options []Option
}

type step struct {
	name    string
	params  core.Params
	options []Option
}

// NewBuilder begins a sandbox step by step. The order of the steps means nothing.
func NewBuilder() *Builder { return &Builder{} }

func (b *Builder) step(name string, given core.Params, options ...Option) *Builder {
	b.list = append(b.list, step{name, given, options})
	return b
}

func (b *Builder) with(one Option) *Builder {
	b.options = append(b.options, one)
	return b
}

// AsyncHost gives functions whose answers are promises in JavaScript.
func (b *Builder) AsyncHost(functions map[string]HostFunc) *Builder {
	return b.with(AsyncHost(functions))
}

// Build reads, checks and instantiates the module; an address is fetched first.
func (b *Builder) Build(ctx context.Context) (Sandbox, error) {
	list := make([]any, 0, len(b.list)+1)
	var source step
	for _, one := range b.list {
		list = append(list, []any{one.name, map[string]any(one.params)})
		if one.params["source"] != nil {
			source = one
		}
	}
	d, err := read(source.options).download(ctx, core.Params{"source": source.params["source"], "steps": list}, fetching...)
	if err != nil {
		return nil, err
	}
	if d != nil {
		content, err := d.fetch(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, []any{"source", map[string]any{"source": content}})
	}
	guest, err := core.Open(ctx, nil, "SandboxBuilder.build", core.Params{"steps": list}, &read(b.options).host)
	if err != nil {
		return nil, err
	}
	return &module{guest}, nil
}
