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
