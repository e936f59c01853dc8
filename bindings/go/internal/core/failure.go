package core

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

// Failure is an error document of the native code, before it becomes an error of the family's type.
type Failure struct {
	Code, Family, Message string
	Details               map[string]any
	// Result is what a failed run had produced, in the document's form; nil when there is none.
	Result json.RawMessage
	// Cause is why the caller's context ended, where that ended the operation.
	Cause error
}

// NewError makes the error that callers see. The package sandbox sets it: the types of most families are its own.
var NewError func(*Failure) error = func(failure *Failure) error { return errors.New(failure.Message) }

func failureOf(document []byte, ctx context.Context) error {
	var failure Failure
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	if err := decoder.Decode(&failure); err != nil {
		failure = Failure{Code: "internal", Family: "internal", Message: "internal error: " + err.Error()}
	}
	return failure.err(ctx)
}

// FromDocument makes the error of a document that came as a value.
func FromDocument(document map[string]any) error {
	text, _ := json.Marshal(document)
	return failureOf(text, context.Background())
}

func (f *Failure) err(ctx context.Context) error {
	f.Details, _ = Plain(f.Details).(map[string]any)
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

// PlainJSON reads JSON text into plain values.
func PlainJSON(text []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	return Plain(value)
}

// Cancelled is the error of a context that has ended.
func Cancelled(ctx context.Context) error {
	failure := Failure{Code: "cancelled", Family: "lifecycle", Message: "cancelled: the context has ended"}
	return failure.err(ctx)
}

// Plain turns the numbers of decoded JSON into int and float64.
func Plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return int(whole)
		}
		float, _ := v.Float64()
		return float
	case []any:
		for i := range v {
			v[i] = Plain(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = Plain(v[key])
		}
	}
	return value
}

// lowered begins a message with a lower-case letter, as Go's errors do, unless it begins with an acronym.
func lowered(message string) string {
	letters := []rune(message)
	if len(letters) > 1 && unicode.IsUpper(letters[0]) && !unicode.IsUpper(letters[1]) {
		return strings.ToLower(string(letters[0])) + string(letters[1:])
	}
	return message
}
