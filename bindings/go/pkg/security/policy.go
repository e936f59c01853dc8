// Package security says what untrusted code may do: policies, capabilities, and the error of what was denied.
//
// A policy is always complete and checked; what a document means is decided by the native code, the same in every
// language. Everything that is not granted is denied.
package security

import (
	"context"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
)

// NoLimit stands for "no limit" in Limits, where that is allowed.
const NoLimit = -1

// Policy is what untrusted code may do and use. It never changes.
type Policy struct {
	value map[string]any
	err   error
}

// NewPolicyBuilder begins a policy of your own on the strict preset.
func NewPolicyBuilder() *PolicyBuilder { return &PolicyBuilder{steps{preset: "strict"}} }

// NewPolicyBuilderFrom begins one on another preset: strict, moderate or permissive.
func NewPolicyBuilderFrom(preset string) *PolicyBuilder { return &PolicyBuilder{steps{preset: preset}} }

// ParsePolicy checks a document that someone else wrote and cuts it down to a ceiling: the result is what both grant.
func ParsePolicy(document string, ceiling *Policy) (*Policy, error) {
	policy := policyOf("parsePolicy", core.Params{"document": document, "options": map[string]any{"ceiling": ceiling}})
	return policy, policy.err
}

// Err says what is wrong with the policy; a sandbox with it is refused with the same error.
func (p *Policy) Err() error { return p.err }

// MarshalJSON gives the same to encoding/json.
func (p *Policy) MarshalJSON() ([]byte, error) {
	text, err := p.JSON()
	return []byte(text), err
}

// UnmarshalJSON reads a document.
func (p *Policy) UnmarshalJSON(document []byte) error {
	policy, err := PolicyFromJSON(string(document))
	if err == nil {
		*p = *policy
	}
	return err
}

// Crossing is the policy as the native code takes it.
func (p *Policy) Crossing() (any, error) {
	if p == nil {
		return nil, nil
	}
	return p.value, p.err
}

// Crossing is the limits as a policy document has them.
func (l Limits) Crossing() (any, error) {
	out := core.Fields(l)
	for name, value := range out {
		if value == int64(NoLimit) {
			out[name] = nil
		}
	}
	return out, nil
}

// Assign takes limits out of a policy document.
func (l *Limits) Assign(value any) error {
	entries, _ := value.(map[string]any)
	for name, limit := range entries {
		if limit == nil && name != "stack" {
			entries[name] = NoLimit
		}
	}
	type plain Limits
	read, err := core.Convert[plain](entries)
	*l = Limits(read)
	return err
}

// steps is what a builder was told.
type steps struct {
	preset string
	list   []any
}

func (pb *PolicyBuilder) step(name string, params core.Params) *PolicyBuilder {
	pb.list = append(pb.list, []any{name, map[string]any(params)})
	return pb
}

// Build makes the policy. What is wrong with it is told by Err, and by whoever is given it.
func (pb *PolicyBuilder) Build() *Policy {
	list := append([]any{}, pb.list...)
	return policyOf("SecurityPolicyBuilder.build", core.Params{"preset": pb.preset, "steps": list})
}

func policyOf(operation string, params core.Params) *Policy {
	value, err := ask[map[string]any](operation, params)
	return &Policy{value, err}
}

func ask[T any](operation string, params core.Params) (T, error) {
	value, err := core.Invoke(context.Background(), nil, operation, params)
	if err != nil {
		var none T
		return none, err
	}
	return core.Convert[T](value)
}
