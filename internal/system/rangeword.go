package system

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// A word that names a range is a refusal of many places of a stream: all between
// two, but for those that stand. Older programs read of it that it names no change.
const (
	fieldFrom  = "from"
	fieldTo    = "to"
	fieldStand = "stand"
)

// RangePrefix begins the ids of the words that name ranges, and of no others.
const RangePrefix = "range-"

const (
	// MaxSpan is how many places a range may span: whoever looks for the ranges that
	// hold a place looks back as far.
	MaxSpan = 1 << 16
	// MaxStand bounds the encoded places of a range that stand, in bytes: the longest
	// value of a field.
	MaxStand = change.MaxValue
	// SlowWords is how many words of a device may stand before the city judges it
	// slowly: many of its changes together.
	SlowWords = 1000
)

// Range is a word of the city that refuses a range of a stream.
type Range struct {
	Stream  change.Stream
	From    uint64 // first place
	To      uint64 // last place
	Count   uint64 // how many it refuses
	Stand   Places // those within that it does not
	Rule    string
	Message string
	Unit    change.UnitID // unit whose device made the changes
	Holder  change.UnitID // unit that holds the records, where that was the reason
	Since   uint64        // epoch of the city in which it took them
}

// Places are runs of a stream's places, ascending, with gaps between them.
type Places []Run

// Run is a run of places, both ends within.
type Run struct{ From, To uint64 }

// Has reports whether a place is among them.
func (p Places) Has(seq uint64) bool {
	_, found := slices.BinarySearchFunc(p, seq, func(r Run, seq uint64) int {
		switch {
		case r.To < seq:
			return -1
		case r.From > seq:
			return 1
		}
		return 0
	})
	return found
}

// Add appends a place behind all others.
func (p *Places) Add(seq uint64) {
	if n := len(*p); n > 0 && (*p)[n-1].To+1 == seq {
		(*p)[n-1].To = seq
		return
	}
	*p = append(*p, Run{seq, seq})
}

// Count is how many places there are.
func (p Places) Count() (n uint64) {
	for _, r := range p {
		n += r.To - r.From + 1
	}
	return n
}

// Text is the places by their distance from one before: "0-3,7".
func (p Places) Text(from uint64) string {
	var b strings.Builder
	for i, r := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(r.From-from, 10))
		if r.To > r.From {
			b.WriteByte('-')
			b.WriteString(strconv.FormatUint(r.To-from, 10))
		}
	}
	return b.String()
}

// ParsePlaces is the inverse of Text, for places not beyond one; false for anything
// else.
func ParsePlaces(text string, from, to uint64) (p Places, ok bool) {
	if text == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRun := strings.Cut(part, "-")
		a, err := strconv.ParseUint(low, 10, 32)
		b := a
		if err == nil && isRun {
			b, err = strconv.ParseUint(high, 10, 32)
		}
		r := Run{from + a, from + b}
		if err != nil || r.To < r.From || r.To > to || len(p) > 0 && r.From <= p[len(p)-1].To+1 {
			return nil, false
		}
		p = append(p, r)
	}
	return p, p.Text(from) == text
}

// ID names the word by what it says: the same range said twice is one word, another
// one another.
func (r Range) ID() change.RecordID {
	said := strings.Join([]string{r.Stream.String(), strconv.FormatUint(r.From, 10), strconv.FormatUint(r.To, 10), r.Rule, r.Stand.Text(r.From),
		string(r.Holder), strconv.FormatUint(r.Since, 10)}, "\n")
	sum := sha256.Sum256([]byte(said))
	return change.RecordID(RangePrefix + hex.EncodeToString(sum[:20]))
}

// Has reports whether the word refuses the place.
func (r Range) Has(seq uint64) bool { return seq >= r.From && seq <= r.To && !r.Stand.Has(seq) }

// RangeFrom reads a range from a merged record. It is false for a word that names no
// range or none that can be, and for one that is void: they have no effect.
func RangeFrom(r *merge.Record) (Range, bool) {
	if r.Void() {
		return Range{}, false
	}
	return RangeNamed(r)
}

// RangeNamed reads the range that a word names, void or not.
func RangeNamed(r *merge.Record) (Range, bool) {
	if r.Kind() != RefusalKind {
		return Range{}, false
	}
	return readRange(r.Value)
}

// RangeIn reads what one change of a word says, void or not.
func RangeIn(c *change.Change) (Range, bool) {
	if c.Kind != RefusalKind {
		return Range{}, false
	}
	return readRange(func(field string) change.Value { return c.Fields.Get(field) })
}

func readRange(value func(field string) change.Value) (r Range, ok bool) {
	if value(fieldFrom).IsNull() {
		return Range{}, false
	}
	said := readRefusal(value)
	r = Range{Stream: said.Stream, From: number(value(fieldFrom)), To: number(value(fieldTo)), Count: said.Count, Rule: said.Rule, Message: said.Message,
		Unit: said.Unit, Holder: said.Holder, Since: said.Since}
	if r.Stream == (change.Stream{}) || r.From == 0 || r.To < r.From || r.To-r.From >= MaxSpan {
		return Range{}, false
	}
	if r.Stand, ok = ParsePlaces(value(fieldStand).Text(), r.From, r.To); !ok || r.Count != r.To-r.From+1-r.Stand.Count() {
		return Range{}, false
	}
	return r, true
}

// Fields are those of the change that says all this.
func (r Range) Fields() map[string]change.Value {
	fields := map[string]change.Value{
		fieldStream: change.Text(r.Stream.String()), fieldFrom: change.Int(int64(r.From)), fieldTo: change.Int(int64(r.To)),
		fieldCount: change.Int(int64(r.Count)), fieldRule: change.Text(r.Rule), fieldUnit: change.Text(string(r.Unit)),
	}
	if len(r.Stand) > 0 {
		fields[fieldStand] = change.Text(r.Stand.Text(r.From))
	}
	if r.Message != "" {
		fields[fieldMessage] = change.Text(r.Message)
	}
	if r.Holder != "" {
		fields[fieldHolder], fields[fieldSince] = change.Text(string(r.Holder)), change.Int(int64(r.Since))
	}
	return fields
}

// Ranges makes words of the places of a stream that one rule refuses, ascending and
// without repeats, by the form of a word: each within its span, and what stands
// within each short enough.
func Ranges(form Range, refused []uint64) (all []Range) {
	for len(refused) > 0 {
		r := form
		r.From, r.To, r.Count = refused[0], refused[0], 1
		rest := refused[1:]
		room := MaxStand - 3 // the head of a text of that length
		for len(rest) > 0 && rest[0]-r.From < MaxSpan {
			if gap := rest[0] - r.To - 1; gap > 0 {
				stand := Places{{r.To + 1, rest[0] - 1}}
				if room -= len(stand.Text(r.From)) + 1; room < 0 {
					break
				}
				r.Stand = append(r.Stand, stand[0])
			}
			r.To, r.Count, rest = rest[0], r.Count+1, rest[1:]
		}
		all, refused = append(all, r), rest
	}
	return all
}

// WordID names the word about one place of a stream: one place, one word, however
// often it is judged. It has change.MaxRecordID bytes at most.
func WordID(in change.Stream, seq uint64) change.RecordID {
	id := make([]byte, 0, change.MaxRecordID)
	id = strconv.AppendUint(append(append(id, in.Device...), '-'), uint64(in.Incarnation), 10)
	id = strconv.AppendUint(append(append(append(id, '-'), in.Audience...), '-'), seq, 10)
	return change.RecordID(id)
}
