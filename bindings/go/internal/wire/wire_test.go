package wire

import (
	"bytes"
	"reflect"
	"testing"
	"unsafe"
)

type named []byte

// Large byte strings are not copied into the form: they stand apart, and are copied once out of wherever they are.
func TestLargeByteStringsStandApart(t *testing.T) {
	content := bytes.Repeat([]byte{1, 2, 3, 4}, 1<<18)
	value := []any{[]byte("small"), content, []byte{}, map[string]any{"k": named(content)}, []byte("last")}
	form, err := Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	if len(form.Bytes) > 100 || len(form.Apart) != 2 || form.Apart[0].Place != 1 || form.Apart[1].Place != 3 {
		t.Fatalf("%d bytes, apart: %d", len(form.Bytes), len(form.Apart))
	}
	for _, apart := range form.Apart {
		if unsafe.SliceData(apart.Bytes) != unsafe.SliceData(content) {
			t.Fatal("the bytes were copied")
		}
	}
	back, err := Decode(form)
	if err != nil {
		t.Fatal(err)
	}
	value[3] = map[string]any{"k": content}
	if !reflect.DeepEqual(back, value) {
		t.Fatal("the value came back changed")
	}
	for at := range form.Bytes {
		form.Bytes[at] ^= 0xff
	}
	got := back.([]any)
	if unsafe.SliceData(got[1].([]byte)) == unsafe.SliceData(content) || string(got[0].([]byte)) != "small" {
		t.Fatal("what was decoded lies in the form still")
	}
}

// What stands apart has a place in the form.
func TestBytesApartWithoutAPlaceAreMalformed(t *testing.T) {
	form, err := Encode([]any{[]byte("one")})
	if err != nil {
		t.Fatal(err)
	}
	form.Apart = []Apart{{Place: 1, Bytes: []byte("two")}}
	if _, err = Decode(form); err == nil {
		t.Fatal("bytes without a place were taken")
	}
}

// A struct crosses as a map of its exported fields; one of which nobody may see anything does not cross.
func TestStructs(t *testing.T) {
	type Inner struct {
		A int `json:"a"`
	}
	for _, one := range []struct {
		value any
		want  map[string]any
	}{
		{struct {
			*Inner
			B int `json:"b,omitempty"`
			C int `json:"-"`
			d int
		}{nil, 0, 3, 4}, map[string]any{}},
		{struct {
			Inner
			B int `json:"b,omitempty"`
			E string
		}{Inner{1}, 2, "e"}, map[string]any{"a": 1, "b": 2, "E": "e"}},
		{struct{}{}, map[string]any{}},
	} {
		form, err := Encode(one.value)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(form); err != nil || !reflect.DeepEqual(got, one.want) {
			t.Fatal(got, err)
		}
	}
	if _, err := Encode([]any{struct{ a int }{1}}); err == nil || err.Error() != "$[0]: a struct { a int } has no exported fields and cannot cross" {
		t.Fatal(err)
	}
}
