package change

import (
	"encoding/binary"

	"tongbu/internal/fault"
)

// Pack makes bytes smaller that are to be kept beside what was signed: a batch of some
// hundred bytes unpacks to half a million, and who keeps that unpacked has a disk
// filled by whoever sends it. It is for what can be made again: nothing that is
// hashed, signed or sent has this form.
func Pack(raw []byte) []byte {
	packed := make([]byte, 0, len(raw)/4)
	for len(raw) > 0 {
		part := raw[:min(len(raw), MaxPayload)]
		small := encoding().packed.EncodeAll(part, nil)
		packed = binary.AppendUvarint(binary.AppendUvarint(packed, uint64(len(part))), uint64(len(small)))
		packed, raw = append(packed, small...), raw[len(part):]
	}
	return packed
}

// Unpack is the inverse of Pack; it returns Damaged for what Pack has not made.
func Unpack(packed []byte) (raw []byte, err error) {
	for len(packed) > 0 {
		size, n := binary.Uvarint(packed)
		packed = packed[max(n, 0):]
		small, m := binary.Uvarint(packed)
		packed = packed[max(m, 0):]
		if n <= 0 || m <= 0 || size > MaxPayload || small > uint64(len(packed)) {
			return nil, fault.New(fault.Damaged, "packed bytes are malformed")
		}
		part, err := decompress(packed[:small], uint32(size))
		if err != nil {
			return nil, err
		}
		raw, packed = append(raw, part...), packed[small:]
	}
	return raw, nil
}
