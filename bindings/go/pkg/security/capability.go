package security

import (
	"fmt"
	"strings"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
)

// Capability is one thing that a guest may do beyond what its policy's preset grants.
type Capability interface {
	// Type is what it grants: network_access, filesystem_access, environment_access.
	Type() string

	// Validate says what is wrong with it.
	Validate() error
}

// capability is made by the native code when it is used.
type capability struct {
	operation, first string
	options          any
}

func (c capability) Type() string {
	_, name, _ := strings.Cut(c.operation, ".")
	return strings.ToLower(strings.Replace(name, "Access", "_access", 1))
}

func (c capability) Validate() error {
	return StrictPolicy().WithCapability(c).Err()
}

// Crossing is the capability as the native code takes it.
func (c capability) Crossing() (any, error) {
	options := core.Fields(c.options)
	params := core.Params{c.first: options[c.first]}
	delete(options, c.first)
	for demanded, by := range loosened {
		if loose, known := options[by]; known {
			options[demanded] = loose == false
			delete(options, by)
		}
	}
	if params[c.first] == nil {
		params[c.first] = []string{}
	}
	if len(options) > 0 {
		params["options"] = options
	}
	return ask[any](c.operation, params)
}

// Event is one decision that was recorded.
type Event struct {
	// Type is the capability that was asked for, or the limit that was reached.
	Type string `json:"type"`

	// Description says it in a sentence.
	Description string `json:"description"`

	Timestamp time.Time `json:"timestamp"`

	// Sandbox is the sandbox's instance id.
	Sandbox string `json:"sandbox"`

	// Kind is access, limit or call.
	Kind string `json:"kind"`

	// Target is what was asked for: a host name, a path, a function's name.
	Target string `json:"target"`

	// Rule is what decided, as a path into the policy.
	Rule string `json:"rule"`

	// Outcome is allowed or denied.
	Outcome string `json:"outcome"`
}

// Violation is a decision whose outcome was a denial.
type Violation = Event

// Assign takes an event in the native code's form.
func (e *Event) Assign(value any) error {
	type document struct {
		Time                                             float64
		Sandbox, Kind, Capability, Target, Rule, Outcome string
	}
	entries, _ := value.(map[string]any)
	named := make(map[string]any, len(entries))
	for key, entry := range entries {
		named[strings.ToUpper(key[:1])+key[1:]] = entry
	}
	d, err := core.Convert[document](named)
	*e = Event{
		Type: d.Capability, Timestamp: time.UnixMilli(int64(d.Time)), Sandbox: d.Sandbox, Kind: d.Kind,
		Target: d.Target, Rule: d.Rule, Outcome: d.Outcome,
		Description: strings.TrimSpace(fmt.Sprintf("%s %s %s", d.Capability, d.Outcome, d.Target)),
	}
	return err
}

// ViolationError is what happens when a guest asks for something that its policy does not grant.
type ViolationError struct {
	// Type is the capability: network_access, filesystem_access, environment_access, host_function.
	Type string

	// Code is access_denied.
	Code string

	// Message is for people.
	Message string

	// Details has the capability, the target and the rule that refused it.
	Details map[string]any

	base error
}

// Error is the message.
func (e *ViolationError) Error() string { return e.Message }

// Unwrap gives the same as a *sandbox.Error.
func (e *ViolationError) Unwrap() error { return e.base }

// Refused is for the package sandbox: the error of a denial.
func Refused(code, message string, details map[string]any, base error) *ViolationError {
	kind, _ := details["capability"].(string)
	return &ViolationError{Type: kind, Code: code, Message: message, Details: details, base: base}
}
