package core

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

// Failure is an error of the native code, before it becomes an error of the family's type.
type Failure struct {
	Code    string         `json:"code"`
	Family  string         `json:"family"`
	Message string         `json:"message"`
	Details map[string]any `json:"details"`
	// Result is what a failed run had produced, as its answer would have it; nil when there is none.
	Result any `json:"result"`
	// Cause is why the caller's context ended, where that ended the operation.
	Cause error `json:"-"`
}

// NewError makes the error that callers see. The package sandbox sets it: the types of most families are its own.
var NewError func(*Failure) error = func(failure *Failure) error { return errors.New(failure.Message) }

func failureOf(ctx context.Context, document any) error {
	failure, err := Convert[Failure](document)
	if err != nil {
		failure = Failure{Code: "internal", Family: "internal", Message: "internal error: " + err.Error()}
	}
	return failure.err(ctx)
}

func (f *Failure) err(ctx context.Context) error {
	f.Message = lowered(f.Message)
	if f.Code == "cancelled" && ctx.Err() != nil {
		f.Cause = context.Cause(ctx)
		if !errors.Is(f.Cause, ctx.Err()) {
			f.Cause = errors.Join(ctx.Err(), f.Cause)
		}
	}
	return NewError(f)
}

// Usage makes the error of a caller's mistake.
func Usage(code, path, message string) error {
	return NewError(&Failure{Code: code, Family: "usage", Message: message, Details: map[string]any{"path": path}})
}

// Refused makes the error of a value that cannot cross.
func Refused(err error) error {
	var refusal *wire.Refusal
	if errors.As(err, &refusal) {
		return Usage("invalid_argument", refusal.Path, "invalid argument: "+refusal.Error())
	}
	return err
}

// Cancelled is the error of a context that has ended.
func Cancelled(ctx context.Context) error {
	failure := Failure{Code: "cancelled", Family: "lifecycle", Message: "cancelled: the context has ended"}
	return failure.err(ctx)
}

// lowered begins a message with a lower-case letter, as Go's errors do, unless it begins with an acronym.
func lowered(message string) string {
	letters := []rune(message)
	if len(letters) > 1 && unicode.IsUpper(letters[0]) && !unicode.IsUpper(letters[1]) {
		return strings.ToLower(string(letters[0])) + string(letters[1:])
	}
	return message
}
