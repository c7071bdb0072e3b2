package change

import "tongbu/internal/fault"

// Versions of a batch. From the second on the payload is compressed against a
// dictionary, which a build of the first has not; in the third its values may stand
// by column, and the header counts the entries that say again what another stream
// holds.
const (
	BatchRows    = 2
	BatchColumns = 3
	batchOldest  = 1
	batchDomain  = "tongbu/batch/1\n"
)

// Header is what relays read of a batch: its place in its stream, and what
// seals it.
type Header struct {
	_         struct{} `cbor:",toarray"`
	Version   uint8
	Stream    Stream
	First     uint64 // sequence of the first change
	Count     uint32 // changes in the batch
	Prev      Hash   // hash of the batch before; zero for the first
	Size      uint32 // the list of the changes before compression, in bytes
	Payload   Hash   // SHA-256 of the payload
	Sealed    int64  // the device's clock, Unix milliseconds
	Forwarded uint32 `cbor:"-"` // entries that say a change of another stream again: none before version 3
}

// countedHeader is a header from version 3 on.
type countedHeader struct {
	_         struct{} `cbor:",toarray"`
	Version   uint8
	Stream    Stream
	First     uint64
	Count     uint32
	Prev      Hash
	Size      uint32
	Payload   Hash
	Sealed    int64
	Forwarded uint32
}

// Last is the sequence of the last change.
func (h *Header) Last() uint64 { return h.First + uint64(h.Count) - 1 }

// encode returns the header as it is signed.
func (h *Header) encode() ([]byte, error) {
	if h.Version < BatchColumns {
		return encMode.Marshal(*h)
	}
	return encMode.Marshal(countedHeader{Version: h.Version, Stream: h.Stream, First: h.First, Count: h.Count, Prev: h.Prev,
		Size: h.Size, Payload: h.Payload, Sealed: h.Sealed, Forwarded: h.Forwarded})
}

// decode reads the header as it is signed. It returns Damaged, or Unsupported for a
// later version and for what this build does not know of its own.
func (h *Header) decode(signed []byte) error {
	version, ok := versionOf(signed)
	switch {
	case !ok:
		return fault.New(fault.Damaged, "a batch header is not in canonical form")
	case version < batchOldest || version > BatchColumns:
		return fault.New(fault.Unsupported, "batch of version %d", version).WithHint("upgrade this program")
	}
	return h.decodeAs(version, signed)
}

func (h *Header) decodeAs(version uint64, signed []byte) error {
	var err error
	if version < BatchColumns {
		err = decMode.Unmarshal(signed, h)
	} else {
		var c countedHeader
		err = decMode.Unmarshal(signed, &c)
		*h = Header{Version: c.Version, Stream: c.Stream, First: c.First, Count: c.Count, Prev: c.Prev, Size: c.Size, Payload: c.Payload, Sealed: c.Sealed, Forwarded: c.Forwarded}
	}
	if err != nil {
		return fault.As(fault.Damaged, "decode a batch header", err)
	}
	return nil
}

// StreamOf is the stream of a sealed batch of a version that this build does not
// read, by the beginning that headers of all versions have in common; false for
// what does not begin so. Nothing of it is checked.
func StreamOf(raw []byte) (Stream, bool) {
	form, ok := readEnvelope(raw)
	if !ok || len(raw) > MaxBatch {
		return Stream{}, false
	}
	r := reader{in: string(form.Header)}
	fields := r.head(majorArray)
	r.head(majorUint)
	s := r.stream()
	return s, fields > 2 && !r.bad && s.Validate() == nil
}

// versionOf is the version that a header begins with.
func versionOf(signed []byte) (version uint64, ok bool) {
	r := reader{in: string(signed[:min(len(signed), 12)])}
	r.head(majorArray)
	version = r.head(majorUint)
	return version, !r.bad
}
