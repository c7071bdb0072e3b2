package change

import (
	"cmp"
	"strconv"
	"strings"

	"tongbu/internal/fault"
)

// Stream names what one device, in one incarnation, says to one audience.
// The changes of a stream are numbered from 1 without gaps.
type Stream struct {
	_           struct{} `cbor:",toarray"`
	Device      DeviceID
	Incarnation uint32 // from 1; a new one after damage, restore or clone
	Audience    UnitID
}

// String returns the stream's text form: device/incarnation/audience.
func (s Stream) String() string {
	return string(s.appendText(make([]byte, 0, 2*idLength+12)))
}

func (s Stream) appendText(to []byte) []byte {
	to = strconv.AppendUint(append(append(to, s.Device...), '/'), uint64(s.Incarnation), 10)
	return append(append(to, '/'), s.Audience...)
}

// ParseStream is the inverse of String.
func ParseStream(text string) (Stream, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return Stream{}, fault.New(fault.Invalid, "a stream has three parts, not %d", len(parts))
	}
	n, err := strconv.ParseUint(parts[1], 10, 32)
	s := Stream{Device: DeviceID(parts[0]), Incarnation: uint32(n), Audience: UnitID(parts[2])}
	if err != nil || s.String() != text {
		return Stream{}, fault.New(fault.Invalid, "incarnation of a stream is not a number")
	}
	return s, s.Validate()
}

// Validate returns Invalid when a part of the name is malformed.
func (s Stream) Validate() error {
	if s.Incarnation == 0 {
		return fault.New(fault.Invalid, "incarnations count from 1")
	}
	if err := s.Device.Validate(); err != nil {
		return err
	}
	return s.Audience.Validate()
}

// Compare orders streams by device, incarnation, audience.
func (s Stream) Compare(o Stream) int {
	return cmp.Or(cmp.Compare(s.Device, o.Device), cmp.Compare(s.Incarnation, o.Incarnation), cmp.Compare(s.Audience, o.Audience))
}

// asideIncarnation is one that no device writes under and no hub takes.
const asideIncarnation = 1<<31 + 0x51de

// Aside is a stream that nobody writes. A change names it in its context to raise
// its own count above the counts that its device has used up, without a claim to
// have seen what stands there (see DESIGN.md).
func (s Stream) Aside() Stream {
	return Stream{Device: s.Device, Incarnation: asideIncarnation, Audience: s.Audience}
}

// IsAside reports whether Aside made the name.
func (s Stream) IsAside() bool { return s.Incarnation == asideIncarnation }

// Hash is a SHA-256 sum.
type Hash [32]byte

// Mark is how far a stream is known: its last sequence and the hash of the
// batch that ends there. Sequence 0 with the zero hash is the empty stream.
type Mark struct {
	Seq  uint64
	Hash Hash
}
