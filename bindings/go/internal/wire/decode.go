package wire

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"slices"
	"time"
)

var errMalformed = errors.New("the native code sent a value that is not well formed")

// Decode reads one value out of all of a form, of which it keeps nothing. It gives int, uint64 or *big.Int for integers
// by their size, float64, string, []byte, []any, map[string]any, Pairs where a key is no string, time.Time.
func Decode(form Encoded) (any, error) {
	d := decoder{rest: form.Bytes, apart: form.Apart}
	value := d.value(0)
	if d.bad || len(d.rest)+len(d.apart) != 0 {
		return nil, errMalformed
	}
	return value, nil
}

type decoder struct {
	rest  []byte
	apart []Apart
	// strings counts the byte strings until here.
	strings int
	bad     bool
}

func (d *decoder) take(length int) []byte {
	if length > len(d.rest) {
		d.bad, d.rest = true, nil
		return make([]byte, min(length, 8))
	}
	head := d.rest[:length]
	d.rest = d.rest[length:]
	return head
}

func (d *decoder) size() int {
	size := int(binary.LittleEndian.Uint32(d.take(4)))
	if size > len(d.rest) {
		d.bad = true
		return 0
	}
	return size
}

func (d *decoder) bits() uint64 { return binary.LittleEndian.Uint64(d.take(8)) }

func (d *decoder) value(depth int) any {
	if depth > deepest+20 || d.bad {
		d.bad = true
		return nil
	}
	switch d.take(1)[0] {
	case tagNull:
		return nil
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagInt:
		return int(int64(d.bits()))
	case tagBig:
		return d.big()
	case tagFloat:
		return math.Float64frombits(d.bits())
	case tagString:
		return string(d.take(d.size()))
	case tagBytes:
		return append([]byte{}, d.bytes()...)
	case tagList:
		count := d.size()
		items := make([]any, count)
		for i := range items {
			items[i] = d.value(depth + 1)
		}
		return items
	case tagMap:
		return d.pairs(depth)
	case tagTime:
		at := time.UnixMicro(int64(d.bits()))
		offset := int(int16(binary.LittleEndian.Uint16(d.take(2))))
		if offset == 0 {
			return at.UTC()
		}
		return at.In(time.FixedZone("", offset*60))
	}
	d.bad = true
	return nil
}

// bytes gives a byte string where it lies.
func (d *decoder) bytes() []byte {
	here := d.take(d.size())
	if len(d.apart) > 0 && d.apart[0].Place == d.strings {
		here, d.apart = d.apart[0].Bytes, d.apart[1:]
	}
	d.strings++
	return here
}

func (d *decoder) pairs(depth int) any {
	pairs, named := make(Pairs, d.size()), true
	for i := range pairs {
		pairs[i] = Entry{d.value(depth + 1), d.value(depth + 1)}
		_, text := pairs[i].Key.(string)
		named = named && text
	}
	if !named {
		return pairs
	}
	entries := make(map[string]any, len(pairs))
	for _, pair := range pairs {
		entries[pair.Key.(string)] = pair.Value
	}
	return entries
}

func (d *decoder) big() any {
	negative := d.take(1)[0] == 1
	magnitude := slices.Clone(d.take(d.size()))
	slices.Reverse(magnitude)
	whole := new(big.Int).SetBytes(magnitude)
	if negative {
		whole.Neg(whole)
	}
	switch {
	case whole.IsInt64():
		return int(whole.Int64())
	case whole.IsUint64():
		return whole.Uint64()
	}
	return whole
}
