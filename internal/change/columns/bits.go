package columns

import "encoding/binary"

// bitWriter appends numbers of any width, the lowest bits first.
type bitWriter struct {
	out  []byte
	held uint64
	n    uint // bits held, below 8
}

func (w *bitWriter) put(v uint64, width uint) {
	if width > 32 {
		w.put(v&(1<<32-1), 32)
		v, width = v>>32, width-32
	}
	w.held |= v << w.n
	for w.n += width; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.held))
		w.held >>= 8
	}
}

// bytes are all bits, with zeros up to a whole byte.
func (w *bitWriter) bytes() []byte {
	if w.n > 0 {
		return append(w.out, byte(w.held))
	}
	return w.out
}

// bitsAt reads a number of up to 64 bits. What lies behind the end is zero: that
// all bits are there is checked once for a batch.
func bitsAt(in []byte, at uint64, width uint) uint64 {
	i, shift := int(at>>3), uint(at&7)
	var v uint64
	if i+8 < len(in) {
		v = binary.LittleEndian.Uint64(in[i:])>>shift | uint64(in[i+8])<<(64-shift) // a shift by 64 gives 0
	} else {
		for k := 0; k <= 8 && i+k < len(in); k++ {
			if b := uint64(in[i+k]); k < 8 {
				v |= b << (8 * uint(k)) >> shift
			} else {
				v |= b << (64 - shift)
			}
		}
	}
	return v & (1<<width - 1) // 1<<64 is 0
}

// lowest are the lowest bits of a number.
func lowest(v uint64, width uint) uint64 { return v & (1<<width - 1) }

func zigzag(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
