package system

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// PublicationKind is the kind of the records in which the city publishes additions to
// the schema, or withdraws them.
const PublicationKind = "publication"

const (
	maxPieces = 10   // of a document: fields text_1 and so on
	pieceLen  = 4000 // characters of one: a field of a text takes no more
)

// Publication is one of them.
type Publication struct {
	Number    uint64
	On        int64  // Unix milliseconds
	Document  string // "": a withdrawal
	Withdraws string // name of what is no longer offered; "": a document
	Reason    string // of the withdrawal
}

// ID names the publication by what it says: the same said twice is one, whatever its
// number, and two cities of one past never mean two by one name.
func (p Publication) ID() change.RecordID {
	sum := sha256.Sum256([]byte(p.Withdraws + "\n" + p.Document))
	return change.RecordID(hex.EncodeToString(sum[:20]))
}

// PublicationFrom reads a merged record; false for one that does not say what its id
// names: it says nothing.
func PublicationFrom(r *merge.Record) (Publication, bool) {
	p := Publication{Number: number(r.Value("number")), On: r.Value("on").Int(), Withdraws: r.Value("withdraws").Text(), Reason: r.Value("reason").Text()}
	for i := 1; i <= maxPieces; i++ {
		p.Document += r.Value(pieceName(i)).Text()
	}
	return p, r.Kind() == PublicationKind && p.ID() == r.ID() && !r.Void()
}

// Fields are those of the change that says it.
func (p Publication) Fields() map[string]change.Value {
	fields := map[string]change.Value{"number": change.Int(int64(p.Number)), "on": change.Int(p.On)}
	if p.Withdraws != "" {
		fields["withdraws"] = change.Text(p.Withdraws)
	}
	if p.Reason != "" {
		fields["reason"] = change.Text(p.Reason)
	}
	rest := p.Document
	for i := 1; rest != "" && i <= maxPieces; i++ {
		end := cutAfter(rest, pieceLen)
		fields[pieceName(i)], rest = change.Text(rest[:end]), rest[end:]
	}
	return fields
}

func pieceName(i int) string { return "text_" + strconv.Itoa(i) }

// cutAfter is the offset behind so many characters of a text, or its end.
func cutAfter(text string, characters int) (at int) {
	for ; characters > 0 && at < len(text); characters-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}
