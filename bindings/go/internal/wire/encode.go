// Package wire turns Go values into the binary form in which values cross to the native code, and back.
// It knows nothing of operations; what it refuses is told with its place.
package wire

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// deepest is a little less than what the native code reads.
const deepest = 500

// Entry is one pair of a map whose keys are not all strings.
type Entry struct{ Key, Value any }

// Pairs is such a map, in its order.
type Pairs []Entry

// Refusal says what cannot cross, and where.
type Refusal struct{ Path, Why string }

func (r *Refusal) Error() string { return r.Path + ": " + r.Why }

// Crosser has a form of its own in which it crosses.
type Crosser interface{ Crossing() (any, error) }

// Encode gives a value's binary form, which has the large byte strings of the value itself.
func Encode(value any) (Encoded, error) {
	e := encoder{out: make([]byte, 0, 128)}
	err := e.value(value, "$", 0)
	return Encoded{e.out, e.apart}, err
}

func (e *encoder) value(value any, path string, depth int) error {
	if depth > deepest {
		return &Refusal{short(path), "this is nested too deeply, or holds itself"}
	}
	switch v := value.(type) {
	case nil:
		e.tag(tagNull)
	case bool:
		if v {
			e.tag(tagTrue)
		} else {
			e.tag(tagFalse)
		}
	case int:
		e.fixed(tagInt, uint64(v))
	case float64:
		e.fixed(tagFloat, math.Float64bits(v))
	case string:
		if !utf8.ValidString(v) {
			return &Refusal{path, "this text is not UTF-8"}
		}
		e.sized(tagString, len(v))
		e.out = append(e.out, v...)
	case []byte:
		e.bytes(v)
	case []any:
		return e.list(len(v), func(i int) any { return v[i] }, path, depth)
	case map[string]any:
		return e.object(v, path, depth)
	case Pairs:
		e.sized(tagMap, len(v))
		for i, entry := range v {
			place := fmt.Sprintf("%s[%d]", path, i)
			if err := e.value(entry.Key, place, depth+1); err != nil {
				return err
			}
			if err := e.value(entry.Value, place, depth+1); err != nil {
				return err
			}
		}
	case time.Time:
		if v.Year() < -200000 || v.Year() > 200000 {
			return &Refusal{path, "this time is too far away"}
		}
		_, offset := v.Zone()
		e.fixed(tagTime, uint64(v.UnixMicro()))
		e.out = binary.LittleEndian.AppendUint16(e.out, uint16(int16(offset/60)))
	case *big.Int:
		e.big(v)
	case big.Int:
		e.big(&v)
	case json.Number:
		return e.number(v, path)
	case Crosser:
		own, err := v.Crossing()
		if err != nil {
			return err
		}
		return e.value(own, path, depth+1)
	default:
		return e.reflected(reflect.ValueOf(value), path, depth)
	}
	return nil
}

func (e *encoder) reflected(v reflect.Value, path string, depth int) error {
	switch v.Kind() {
	case reflect.Bool:
		return e.value(v.Bool(), path, depth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.fixed(tagInt, uint64(v.Int()))
		return nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.whole(new(big.Int).SetUint64(v.Uint()))
		return nil
	case reflect.Float32, reflect.Float64:
		return e.value(v.Float(), path, depth)
	case reflect.String:
		return e.value(v.String(), path, depth)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return e.value(nil, path, depth)
		}
		return e.value(v.Elem().Interface(), path, depth+1)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if v.Kind() == reflect.Slice {
				return e.value(v.Bytes(), path, depth)
			}
			bytes := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(bytes), v)
			return e.value(bytes, path, depth)
		}
		return e.list(v.Len(), func(i int) any { return v.Index(i).Interface() }, path, depth)
	case reflect.Map:
		return e.mapped(v, path, depth)
	case reflect.Struct:
		fields, opaque := make(map[string]any), v.NumField() > 0
		for tag, field := range Fields(v) {
			opaque = false
			if !tag.OmitEmpty || !field.IsZero() {
				fields[tag.Name] = field.Interface()
			}
		}
		if opaque {
			return &Refusal{path, fmt.Sprintf("a %s has no exported fields and cannot cross", v.Type())}
		}
		return e.object(fields, path, depth)
	}
	return &Refusal{path, fmt.Sprintf("a %s cannot cross", v.Type())}
}

func (e *encoder) list(count int, at func(int) any, path string, depth int) error {
	e.sized(tagList, count)
	for i := range count {
		// The path is made only where it is needed: lists are long.
		if err := e.value(at(i), "", depth+1); err != nil {
			return within(err, fmt.Sprintf("%s[%d]", path, i))
		}
	}
	return nil
}

func (e *encoder) object(entries map[string]any, path string, depth int) error {
	e.sized(tagMap, len(entries))
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := e.value(key, path, depth+1); err != nil {
			return err
		}
		if err := e.value(entries[key], "", depth+1); err != nil {
			return within(err, path+"."+key)
		}
	}
	return nil
}

func (e *encoder) mapped(v reflect.Value, path string, depth int) error {
	if v.Type().Key().Kind() == reflect.String {
		entries := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			entries[key.String()] = v.MapIndex(key).Interface()
		}
		return e.object(entries, path, depth)
	}
	pairs := make(Pairs, 0, v.Len())
	for _, key := range v.MapKeys() {
		pairs = append(pairs, Entry{key.Interface(), v.MapIndex(key).Interface()})
	}
	return e.value(pairs, path, depth)
}

// Fields gives a struct's exported fields with the names that their json tags say, and whether empty ones are left out.
func Fields(v reflect.Value) iter.Seq2[Tag, reflect.Value] {
	return func(yield func(Tag, reflect.Value) bool) {
		for _, field := range reflect.VisibleFields(v.Type()) {
			name, rest, _ := strings.Cut(field.Tag.Get("json"), ",")
			// What is embedded has its own fields among them, unless it is nil.
			inner, err := v.FieldByIndexErr(field.Index)
			if !field.IsExported() || name == "-" || field.Anonymous && name == "" || err != nil {
				continue
			}
			if !yield(Tag{cmp.Or(name, field.Name), strings.Contains(rest, "omitempty")}, inner) {
				return
			}
		}
	}
}

// Tag is what a field's json tag says.
type Tag struct {
	Name      string
	OmitEmpty bool
}

func (e *encoder) number(text json.Number, path string) error {
	if whole, ok := new(big.Int).SetString(string(text), 10); ok {
		e.whole(whole)
		return nil
	}
	float, err := text.Float64()
	if err != nil {
		return &Refusal{path, "this is no number"}
	}
	e.fixed(tagFloat, math.Float64bits(float))
	return nil
}

func within(err error, place string) error {
	if refusal, ok := err.(*Refusal); ok {
		return &Refusal{short(place + strings.TrimPrefix(refusal.Path, "$")), refusal.Why}
	}
	return err
}

func short(path string) string {
	if len(path) > 200 {
		return path[:200] + "…"
	}
	return path
}
