package core

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/wire"
)

// Milliseconds is a span of time as operations take it: fractions are rounded up.
func Milliseconds(span time.Duration) int {
	return int(math.Ceil(float64(span) / float64(time.Millisecond)))
}

// Convert turns an operation's answer into the type that callers see. Keys of maps are the reference API's names, which
// are those of the fields' json tags in camel case.
func Convert[T any](value any) (T, error) {
	var out T
	err := assign(reflect.ValueOf(&out).Elem(), value)
	return out, err
}

// Assigner takes its own form of a value.
type Assigner interface{ Assign(value any) error }

var errorType = reflect.TypeFor[error]()

func assign(to reflect.Value, value any) error {
	if value == nil {
		to.SetZero()
		return nil
	}
	if to.Type() == errorType {
		to.Set(reflect.ValueOf(failureOf(context.Background(), value)))
		return nil
	}
	if own, ok := to.Addr().Interface().(Assigner); ok {
		return own.Assign(value)
	}
	given := reflect.ValueOf(value)
	if given.Type().AssignableTo(to.Type()) {
		to.Set(given)
		return nil
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return assign(to.Elem(), value)
	case reflect.Struct:
		if entries, ok := value.(map[string]any); ok {
			return fill(to, entries)
		}
	case reflect.Slice:
		if items, ok := value.([]any); ok {
			to.Set(reflect.MakeSlice(to.Type(), len(items), len(items)))
			for i, item := range items {
				if err := assign(to.Index(i), item); err != nil {
					return fmt.Errorf("[%d]: %w", i, err)
				}
			}
			return nil
		}
	case reflect.Map:
		if entries, ok := value.(map[string]any); ok && to.Type().Key().Kind() == reflect.String {
			to.Set(reflect.MakeMapWithSize(to.Type(), len(entries)))
			for key, item := range entries {
				element := reflect.New(to.Type().Elem()).Elem()
				if err := assign(element, item); err != nil {
					return fmt.Errorf("%s: %w", key, err)
				}
				to.SetMapIndex(reflect.ValueOf(key).Convert(to.Type().Key()), element)
			}
			return nil
		}
	case reflect.Float32, reflect.Float64:
		if given.CanInt() || given.CanFloat() {
			to.Set(given.Convert(to.Type()))
			return nil
		}
	}
	return scalarInto(to, given, value)
}

// scalarInto sets numbers that fit, and texts and the like of named types.
func scalarInto(to, given reflect.Value, value any) error {
	refused := fmt.Errorf("%v of type %T is no %s", value, value, to.Type())
	if whole, ok := value.(float64); ok && whole == math.Trunc(whole) && math.Abs(whole) < 1<<53 && (to.CanInt() || to.CanUint()) {
		return scalarInto(to, reflect.ValueOf(int(whole)), int(whole))
	}
	switch {
	case to.CanInt() && given.CanInt() && !to.OverflowInt(given.Int()):
		to.SetInt(given.Int())
	case to.CanUint() && given.CanInt() && given.Int() >= 0 && !to.OverflowUint(uint64(given.Int())):
		to.SetUint(uint64(given.Int()))
	case to.CanUint() && given.CanUint() && !to.OverflowUint(given.Uint()):
		to.SetUint(given.Uint())
	case to.Kind() == given.Kind() && !to.CanInt() && !to.CanUint() && given.CanConvert(to.Type()):
		to.Set(given.Convert(to.Type()))
	default:
		return refused
	}
	return nil
}

func fill(to reflect.Value, entries map[string]any) error {
	for tag, field := range wire.Fields(to) {
		value, there := entries[tag.Name]
		if !there {
			value, there = entries[camel(tag.Name)]
		}
		if !there {
			continue
		}
		if err := assign(field, value); err != nil {
			return fmt.Errorf("%s: %w", tag.Name, err)
		}
	}
	return nil
}

// Fields gives a struct's fields by the reference API's names; zero ones are left out unless they are booleans.
func Fields(options any) map[string]any {
	out := make(map[string]any)
	for tag, field := range wire.Fields(reflect.ValueOf(options)) {
		if !field.IsZero() || field.Kind() == reflect.Bool {
			out[camel(tag.Name)] = crossing(field.Interface())
		}
	}
	return out
}

// crossing gives spans of time as the operations take them.
func crossing(value any) any {
	if span, ok := value.(time.Duration); ok {
		return float64(span) / float64(time.Millisecond)
	}
	return value
}

func camel(tag string) string {
	var out strings.Builder
	up := false
	for _, letter := range tag {
		switch {
		case letter == '_':
			up = true
		case up:
			out.WriteRune(unicode.ToUpper(letter))
			up = false
		default:
			out.WriteRune(letter)
		}
	}
	return out.String()
}
