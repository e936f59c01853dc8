package sandbox

import (
	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

// Error is every error of this library: errors.As finds it in those of all families, which have types of their own
// (*security.ViolationError, *ResourceError, *ExecutionError, *UsageError, *LifecycleError). The family `internal`, a
// defect of ours, has none.
type Error struct {
	// Code says what went wrong; the same in every language.
	Code string

	// Family is the code's family.
	Family string

	// Message is for people.
	Message string

	// Details are facts for programs; which ones depends on the code.
	Details map[string]any

	// Result is what a failed run had produced; nil when there is none.
	Result *RunResult

	cause error
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the error of the context that ended the call, if one did.
func (e *Error) Unwrap() error { return e.cause }

func init() { core.NewError = newError }

func newError(failure *core.Failure) error {
	e := &Error{
		Code: failure.Code, Family: failure.Family, Message: failure.Message, Details: failure.Details, cause: failure.Cause,
	}
	e.Result, _ = core.Convert[*RunResult](failure.Result)
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	if e.Family == "security" {
		return security.Refused(e.Code, e.Message, e.Details, e)
	}
	return e.ofFamily(e.Family)
}
