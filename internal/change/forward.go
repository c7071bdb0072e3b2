package change

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"tongbu/internal/fault"
)

// ForwardKind is the kind of an entry in which the city says a change of another
// stream again, to a unit whose line does not carry that stream.
const ForwardKind = "forward"

// MaxForward is the longest change that can be said again, encoded, in bytes: the
// entry that holds it is a change itself.
const MaxForward = 45_000

// Forward is a change of another stream with where it stands there. It is that
// change, wherever it is read: its place, its author and its context are those of
// its origin.
type Forward struct {
	Stream Stream // of its origin
	Seq    uint64 // its place there
	Author UnitID // unit of the device that made it
	Batch  Hash   // of the batch it stands in there
	To     UnitID // unit that it is said to: from there down and on the line above
	Raw    []byte // as its device encoded it
}

// Names of the fields of an entry. The change is cut into parts, since a field is
// short; a field is text, so they are base64 (RFC 4648, section 4, without padding).
const (
	forwardStream = "stream"
	forwardSeq    = "seq"
	forwardAuthor = "unit"
	forwardBatch  = "batch"
	forwardTo     = "to"
	forwardPart   = "change%d"
	partBytes     = 12_000
)

// Entry is the change that says it, of the actor and the time. It returns Invalid for
// a change that is too long.
func (f *Forward) Entry(actor string, at int64) (*Change, error) {
	if len(f.Raw) == 0 || len(f.Raw) > MaxForward {
		return nil, fault.New(fault.Invalid, "a change of %d bytes cannot be said again, which has 1 to %d", len(f.Raw), MaxForward)
	}
	fields := map[string]Value{
		forwardStream: Text(f.Stream.String()), forwardSeq: Int(int64(f.Seq)), forwardAuthor: Text(string(f.Author)),
		forwardBatch: Text(hex.EncodeToString(f.Batch[:])), forwardTo: Text(string(f.To)),
	}
	for n, rest := 0, f.Raw; len(rest) > 0; n++ {
		part := rest[:min(partBytes, len(rest))]
		rest = rest[len(part):]
		fields[fmt.Sprintf(forwardPart, n)] = Text(base64.RawStdEncoding.EncodeToString(part))
	}
	return &Change{Kind: ForwardKind, Record: f.ID(), Fields: FieldsOf(fields), Actor: actor, At: at}, nil
}

// ID names the entry: a place is said again to a unit once.
func (f *Forward) ID() RecordID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", f.Stream, f.Seq, f.To))
	return RecordID(hex.EncodeToString(sum[:20]))
}

// ForwardIn reads an entry. It is false for any other change, and for an entry that
// does not hold a change with its place: such a one has no effect.
func ForwardIn(c *Change) (f Forward, ok bool) {
	if c.Kind != ForwardKind {
		return f, false
	}
	in, err := ParseStream(c.Fields.Get(forwardStream).Text())
	seq := c.Fields.Get(forwardSeq).Int()
	f = Forward{Stream: in, Seq: uint64(seq), Author: UnitID(c.Fields.Get(forwardAuthor).Text()), To: UnitID(c.Fields.Get(forwardTo).Text())}
	batch, failed := hex.DecodeString(c.Fields.Get(forwardBatch).Text())
	if err != nil || failed != nil || len(batch) != len(f.Batch) || seq <= 0 || f.Author.Validate() != nil || f.To.Validate() != nil || c.Record != f.ID() {
		return f, false
	}
	f.Batch = Hash(batch)
	for n := 0; ; n++ {
		part := c.Fields.Get(fmt.Sprintf(forwardPart, n))
		if part.IsNull() {
			return f, len(f.Raw) > 0 && len(f.Raw) <= MaxForward
		}
		if f.Raw, err = base64.RawStdEncoding.AppendDecode(f.Raw, []byte(part.Text())); err != nil {
			return f, false
		}
	}
}

// Change is the change that is said again; nil for one that cannot be read, and for
// one that says another again: the city never says that.
func (f *Forward) Change() *Change {
	c, err := Decode(f.Raw)
	if err != nil || c.Kind == ForwardKind {
		return nil
	}
	return c
}

// countForwards counts the entries among encoded changes.
func countForwards(changes [][]byte) (n uint32) {
	for _, raw := range changes {
		if string(raw[:min(len(raw), len(forwardHead))]) == forwardHead {
			n++
		}
	}
	return n
}

// forwardHead is how an entry begins: a list of six, and the kind.
var forwardHead = string(appendText(appendHead(nil, majorArray, 6), ForwardKind))
