package wire

// The binary form itself: tags, sizes and numbers, and what does not stand in it. Which value becomes what is not
// decided here.

import (
	"encoding/binary"
	"math/big"
	"slices"
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

// Large byte strings are not written into the binary form: there they are left empty, and stand apart where they were.
const large = 16 << 10

// Encoded is a value in its binary form.
type Encoded struct {
	Bytes []byte
	// Apart are the large byte strings, in order.
	Apart []Apart
}

// Apart is a byte string with the number of those that come before it in the value.
type Apart struct {
	Place int
	Bytes []byte
}

type encoder struct {
	out   []byte
	apart []Apart
	// strings counts the byte strings until here.
	strings int
}

// whole writes a number of the ordinary kind where it fits.
func (e *encoder) whole(v *big.Int) {
	if v.IsInt64() {
		e.fixed(tagInt, uint64(v.Int64()))
	} else {
		e.big(v)
	}
}

func (e *encoder) big(v *big.Int) {
	if v == nil {
		e.tag(tagNull)
		return
	}
	e.tag(tagBig)
	if v.Sign() < 0 {
		e.tag(1)
	} else {
		e.tag(0)
	}
	magnitude := v.Bytes()
	slices.Reverse(magnitude)
	e.out = append(binary.LittleEndian.AppendUint32(e.out, uint32(len(magnitude))), magnitude...)
}

func (e *encoder) bytes(v []byte) {
	if len(v) >= large {
		e.apart = append(e.apart, Apart{e.strings, v})
		v = nil
	}
	e.strings++
	e.sized(tagBytes, len(v))
	e.out = append(e.out, v...)
}

func (e *encoder) tag(tag byte) { e.out = append(e.out, tag) }

func (e *encoder) fixed(tag byte, bits uint64) {
	e.out = binary.LittleEndian.AppendUint64(append(e.out, tag), bits)
}

func (e *encoder) sized(tag byte, length int) {
	e.out = binary.LittleEndian.AppendUint32(append(e.out, tag), uint32(length))
}
