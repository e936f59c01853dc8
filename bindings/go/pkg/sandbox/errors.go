package sandbox

import (
	"encoding/base64"
	"encoding/json"

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
		Code: failure.Code, Family: failure.Family, Message: failure.Message, Details: failure.Details,
		Result: resultOf(failure.Result), cause: failure.Cause,
	}
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	if e.Family == "security" {
		return security.Refused(e.Code, e.Message, e.Details, e)
	}
	return e.ofFamily(e.Family)
}

// resultOf reads what a failed run had produced: output as text, and as base64 where it is no UTF-8.
func resultOf(document json.RawMessage) *RunResult {
	if len(document) == 0 || string(document) == "null" {
		return nil
	}
	var read struct {
		Stdout, Stderr             string
		StdoutBase64, StderrBase64 *string
		Truncated                  bool
		ExitCode                   *int
		Files                      map[string]string
	}
	if json.Unmarshal(document, &read) != nil {
		return nil
	}
	result := &RunResult{
		Stdout: read.Stdout, Stderr: read.Stderr, Truncated: read.Truncated, ExitCode: read.ExitCode,
		StdoutBytes: bytesOf(read.Stdout, read.StdoutBase64), StderrBytes: bytesOf(read.Stderr, read.StderrBase64),
		Files: map[string][]byte{},
	}
	for path, text := range read.Files {
		result.Files[path] = bytesOf("", &text)
	}
	if whole, ok := core.PlainJSON(document).(map[string]any); ok {
		result.Usage, _ = core.Convert[Usage](whole["usage"])
	}
	return result
}

func bytesOf(text string, packed *string) []byte {
	if packed == nil {
		return []byte(text)
	}
	unpacked, _ := base64.StdEncoding.DecodeString(*packed)
	return unpacked
}
