// Package wire turns Go values into the binary form in which values cross to the native code, and back.
// It knows nothing of operations; what it refuses is told with its place.
package wire

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	tagNull = iota
	tagFalse
	tagTrue
	tagInt
	tagBig
	tagFloat
	tagString
	tagBytes
	tagList
	tagMap
	tagTime
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

// Encode appends the value's binary form to out.
func Encode(out []byte, value any) ([]byte, error) { return encode(out, value, "$", 0) }

func encode(out []byte, value any, path string, depth int) ([]byte, error) {
	if depth > deepest {
		return nil, &Refusal{short(path), "this is nested too deeply, or holds itself"}
	}
	switch v := value.(type) {
	case nil:
		return append(out, tagNull), nil
	case bool:
		if v {
			return append(out, tagTrue), nil
		}
		return append(out, tagFalse), nil
	case int:
		return fixed(out, tagInt, uint64(v)), nil
	case float64:
		return fixed(out, tagFloat, math.Float64bits(v)), nil
	case string:
		if !utf8.ValidString(v) {
			return nil, &Refusal{path, "this text is not UTF-8"}
		}
		return append(sized(out, tagString, len(v)), v...), nil
	case []byte:
		return append(sized(out, tagBytes, len(v)), v...), nil
	case []any:
		return list(out, len(v), func(i int) any { return v[i] }, path, depth)
	case map[string]any:
		return object(out, v, path, depth)
	case Pairs:
		out = sized(out, tagMap, len(v))
		var err error
		for i, entry := range v {
			place := fmt.Sprintf("%s[%d]", path, i)
			if out, err = encode(out, entry.Key, place, depth+1); err != nil {
				return nil, err
			}
			if out, err = encode(out, entry.Value, place, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case time.Time:
		if v.Year() < -200000 || v.Year() > 200000 {
			return nil, &Refusal{path, "this time is too far away"}
		}
		_, offset := v.Zone()
		out = fixed(out, tagTime, uint64(v.UnixMicro()))
		return binary.LittleEndian.AppendUint16(out, uint16(int16(offset/60))), nil
	case *big.Int:
		if v == nil {
			return append(out, tagNull), nil
		}
		return integer(out, v), nil
	case big.Int:
		return integer(out, &v), nil
	case json.Number:
		return number(out, v, path)
	case Crosser:
		own, err := v.Crossing()
		if err != nil {
			return nil, err
		}
		return encode(out, own, path, depth+1)
	}
	return reflected(out, reflect.ValueOf(value), path, depth)
}

func reflected(out []byte, v reflect.Value, path string, depth int) ([]byte, error) {
	switch v.Kind() {
	case reflect.Bool:
		return encode(out, v.Bool(), path, depth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return fixed(out, tagInt, uint64(v.Int())), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() <= math.MaxInt64 {
			return fixed(out, tagInt, v.Uint()), nil
		}
		return integer(out, new(big.Int).SetUint64(v.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return fixed(out, tagFloat, math.Float64bits(v.Float())), nil
	case reflect.String:
		return encode(out, v.String(), path, depth)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return append(out, tagNull), nil
		}
		return encode(out, v.Elem().Interface(), path, depth+1)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			bytes := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(bytes), v)
			return encode(out, bytes, path, depth)
		}
		return list(out, v.Len(), func(i int) any { return v.Index(i).Interface() }, path, depth)
	case reflect.Map:
		return mapped(out, v, path, depth)
	case reflect.Struct:
		fields, err := fieldsOf(v)
		if err != nil {
			return nil, &Refusal{path, err.Error()}
		}
		return object(out, fields, path, depth)
	}
	return nil, &Refusal{path, fmt.Sprintf("a %s cannot cross", v.Type())}
}

func list(out []byte, count int, at func(int) any, path string, depth int) ([]byte, error) {
	out = sized(out, tagList, count)
	var err error
	for i := range count {
		// The path is made only where it is needed: lists are long.
		if out, err = encode(out, at(i), "", depth+1); err != nil {
			return nil, within(err, fmt.Sprintf("%s[%d]", path, i))
		}
	}
	return out, nil
}

func object(out []byte, entries map[string]any, path string, depth int) ([]byte, error) {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	out = sized(out, tagMap, len(keys))
	var err error
	for _, key := range keys {
		if out, err = encode(out, key, path, depth+1); err != nil {
			return nil, err
		}
		if out, err = encode(out, entries[key], "", depth+1); err != nil {
			return nil, within(err, path+"."+key)
		}
	}
	return out, nil
}

func mapped(out []byte, v reflect.Value, path string, depth int) ([]byte, error) {
	if v.Type().Key().Kind() == reflect.String {
		entries := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			entries[key.String()] = v.MapIndex(key).Interface()
		}
		return object(out, entries, path, depth)
	}
	pairs := make(Pairs, 0, v.Len())
	for _, key := range v.MapKeys() {
		pairs = append(pairs, Entry{key.Interface(), v.MapIndex(key).Interface()})
	}
	return encode(out, pairs, path, depth)
}

// fieldsOf gives a struct's exported fields by the names that their json tags say.
func fieldsOf(v reflect.Value) (map[string]any, error) {
	fields := make(map[string]any)
	for _, field := range reflect.VisibleFields(v.Type()) {
		tag, rest, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || tag == "-" || field.Anonymous && tag == "" {
			continue
		}
		inner, err := v.FieldByIndexErr(field.Index)
		if err != nil || strings.Contains(rest, "omitempty") && inner.IsZero() {
			continue
		}
		if tag == "" {
			tag = field.Name
		}
		fields[tag] = inner.Interface()
	}
	if len(fields) == 0 && v.NumField() > 0 {
		return nil, fmt.Errorf("a %s has no exported fields and cannot cross", v.Type())
	}
	return fields, nil
}

func number(out []byte, text json.Number, path string) ([]byte, error) {
	if whole, ok := new(big.Int).SetString(string(text), 10); ok {
		if whole.IsInt64() {
			return fixed(out, tagInt, uint64(whole.Int64())), nil
		}
		return integer(out, whole), nil
	}
	float, err := text.Float64()
	if err != nil {
		return nil, &Refusal{path, "this is no number"}
	}
	return fixed(out, tagFloat, math.Float64bits(float)), nil
}

func integer(out []byte, v *big.Int) []byte {
	sign := byte(0)
	if v.Sign() < 0 {
		sign = 1
	}
	magnitude := v.Bytes()
	slices.Reverse(magnitude)
	out = append(out, tagBig, sign)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(magnitude))), magnitude...)
}

func fixed(out []byte, tag byte, bits uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(out, tag), bits)
}

func sized(out []byte, tag byte, length int) []byte {
	return binary.LittleEndian.AppendUint32(append(out, tag), uint32(length))
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
