package wire

import (
	"bytes"
	"testing"
)

func decoded(t *testing.T, value any) (encoded []byte, back any) {
	t.Helper()
	encoded, err := Encode(nil, value)
	if err != nil {
		t.Fatal(err)
	}
	if back, err = Decode(encoded); err != nil {
		t.Fatal(err)
	}
	return encoded, back
}

// Large bytes stay where the native code's answer was copied to; small ones do not keep a large answer alive.
func TestBytesAreCopiedOnlyOutOfWhatIsLarger(t *testing.T) {
	large := bytes.Repeat([]byte{1, 2, 3, 4}, 1<<18)
	encoded, back := decoded(t, large)
	kept := back.([]byte)
	if !bytes.Equal(kept, large) || &kept[0] != &encoded[len(encoded)-len(kept)] {
		t.Fatal("large bytes were copied")
	}
	if cap(kept) != len(kept) {
		t.Fatal("appending to them would write into what follows")
	}
	encoded, back = decoded(t, []any{[]byte("small"), large, []byte{}})
	small := back.([]any)[0].([]byte)
	encoded[10+1] ^= 0xff
	if string(small) != "small" || !bytes.Equal(back.([]any)[1].([]byte), large) || len(back.([]any)[2].([]byte)) != 0 {
		t.Fatal("small bytes were not copied")
	}
}
