package change

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"tongbu/internal/fault"
)

// MaxVersion is the length of the longest text that ParseVersion reads, in bytes:
// above that of a full context.
const MaxVersion = 24 << 10

const versionForm = 1

// versionText is what a version holds: a context, and which record's it is, so that
// it is taken for no other's.
type versionText struct {
	_       struct{} `cbor:",toarray"`
	Form    int
	Of      []byte
	Context []contextEntry
}

// Version names what has been seen of a record: the base64 of the context's
// canonical bytes. Who edits the record gives it back, so that what others wrote
// meanwhile is not taken for seen.
func (v Vector) Version(kind string, of RecordID) string {
	text := versionText{Form: versionForm, Of: versionTag(kind, of), Context: v.entries()}
	raw, err := encMode.Marshal(text)
	if err != nil {
		return "" // texts and numbers only: cannot happen
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParseVersion is the inverse of Version. It returns Invalid for what is no version,
// or that of another record.
func ParseVersion(text, kind string, of RecordID) (Vector, error) {
	var read versionText
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if len(text) > MaxVersion || err != nil || decMode.Unmarshal(raw, &read) != nil || read.Form != versionForm {
		return nil, errNoVersion
	}
	if !slices.Equal(read.Of, versionTag(kind, of)) {
		return nil, fault.New(fault.Invalid, "the version is that of another record").WithHint("give the version that tongbu get shows for this record")
	}
	v := make(Vector, len(read.Context))
	for _, e := range read.Context {
		v[e.Stream] = e.Count
	}
	if (&Change{Context: v}).validateContext() != nil || v.Version(kind, of) != text {
		return nil, errNoVersion
	}
	return v, nil
}

var errNoVersion = fault.New(fault.Invalid, "the version is not one that this program gave").
	WithHint("give the version that tongbu get shows, unchanged")

func versionTag(kind string, of RecordID) []byte {
	sum := sha256.Sum256([]byte("tongbu/version/1\n" + kind + "\x00" + string(of)))
	return sum[:8]
}

type contextEntry struct {
	_      struct{} `cbor:",toarray"`
	Stream Stream
	Count  uint64
}

func (v Vector) entries() []contextEntry {
	entries := []contextEntry{}
	for _, d := range v.Dots() {
		entries = append(entries, contextEntry{Stream: d.Stream, Count: d.Count})
	}
	return entries
}
