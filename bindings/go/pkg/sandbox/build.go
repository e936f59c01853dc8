package sandbox

import (
	"context"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
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

// given is the policy and the limits among the steps, for what is fetched under them.
func (b *Builder) given() map[string]any {
	found := map[string]any{}
	for _, one := range b.list {
		if policy, ok := one.params["policy"].(*security.Policy); ok && policy != nil {
			found["policy"] = policy
		}
		if limits, ok := one.params["limits"]; ok {
			found["limits"] = limits
		}
	}
	return found
}

// AsyncHost gives functions whose answers are promises in JavaScript.
func (b *Builder) AsyncHost(functions map[string]HostFunc) *Builder {
	return b.with(AsyncHost(functions))
}

// Build reads, checks and instantiates the module; an address is fetched first.
func (b *Builder) Build(ctx context.Context) (Sandbox, error) {
	list := make([]any, 0, len(b.list))
	for _, one := range b.list {
		given := core.Params{}
		for name, value := range one.params {
			given[name] = value
		}
		if one.name == "source" {
			content, err := fetched(ctx, given["source"], b.given(), one.options)
			if err != nil {
				return nil, err
			}
			given["source"] = content
		}
		list = append(list, []any{one.name, map[string]any(given)})
	}
	r := read(b.options)
	guest, err := core.Open(ctx, nil, "SandboxBuilder.build", core.Params{"steps": list}, &r.host)
	if err != nil {
		return nil, err
	}
	return &module{guest}, nil
}
