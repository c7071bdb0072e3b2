package desk

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// shelf holds the values that records are found by, one after the other: each search
// walks over all of them, which memory that stands together makes quick.
type shelf struct {
	lines   []line // those of one record together
	gone    int    // lines of records that were removed
	records map[records.Key]*findable
	sounder *sounder
	texts   map[string]string // met while all are read: many have one address or employer; nil afterwards
}

// line is one value that a record is found by.
type line struct {
	of     *findable // nil: it is gone
	text   string
	sounds sounds
	field  uint16 // of the kind
	form   form
	kind   uint8
}

// findable is a record that is found by some lines.
type findable struct {
	kind  *foundKind
	id    change.RecordID
	order string // the key of its name
	first int    // of its lines
	count int
}

func newShelf() *shelf {
	return &shelf{records: map[records.Key]*findable{}, sounder: newSounder()}
}

// size is how many records there are.
func (s *shelf) size() int { return len(s.records) }

// What stands for fields that no kind declares.
const (
	ownNumber = 1<<16 - 1 - iota // the number that an id is
	byID                         // the id
)

// add enters a record that is not there.
func (s *shelf) add(k *foundKind, rec *merge.Record) {
	of := &findable{kind: k, id: rec.ID(), first: len(s.lines)}
	for i, field := range k.fields {
		value := rec.Value(field.Name)
		if value.IsNull() {
			continue
		}
		l := line{of: of, kind: k.number, field: uint16(i), form: field.form, text: s.own(field.form.fold(value.Text()))}
		if field.form == asName || field.form == asTitle {
			key := field.Key(value.Text())
			l.sounds = s.sounder.sounds(key, field.form == asName)
			of.order = cmp.Or(of.order, shared(key, l.text))
		}
		s.lines = append(s.lines, l)
	}
	if !of.id.Formed() { // a number of before ids were formed, which could be an ID number
		number, form := string(of.id.Written()), asNumber
		if schema.HoldsIDNumber(number) {
			form = asID
		}
		s.lines = append(s.lines, line{of: of, kind: k.number, field: ownNumber, form: form, text: form.fold(number)})
	}
	of.count = len(s.lines) - of.first
	s.records[records.Key{Kind: k.Name, ID: of.id}] = of
}

// own is a copy of a text, the same for all that are equal while all are read.
func (s *shelf) own(text string) string {
	if known, met := s.texts[text]; met {
		return known
	}
	copied := strings.Clone(text)
	if s.texts != nil {
		s.texts[copied] = copied
	}
	return copied
}

// filled says that all were read: what was only for that goes.
func (s *shelf) filled() {
	s.texts, s.lines = nil, append(make([]line, 0, len(s.lines)), s.lines...)
}

// shared is a copy of a text, which one that is equal is already.
func shared(text, copied string) string {
	if text == copied {
		return copied
	}
	return strings.Clone(text)
}

// remove takes a record out, if it is there.
func (s *shelf) remove(key records.Key) {
	of := s.records[key]
	if of == nil {
		return
	}
	delete(s.records, key)
	clear(s.lines[of.first:][:of.count])
	if s.gone += of.count; s.gone > len(s.lines)/2 {
		s.close()
	}
}

// close closes the gaps.
func (s *shelf) close() {
	kept := make([]line, 0, len(s.lines)-s.gone)
	for _, l := range s.lines {
		if l.of == nil {
			continue
		}
		if len(kept) == 0 || kept[len(kept)-1].of != l.of {
			l.of.first = len(kept)
		}
		kept = append(kept, l)
	}
	s.lines, s.gone = kept, 0
}

// found is how a record was found.
type found struct {
	*findable
	rank  rank
	field uint16
	heard bool // by the pinyin of a name
}

// fieldName is the name of the field by which.
func (f found) fieldName() string {
	switch f.field {
	case ownNumber:
		return schema.OwnNo
	case byID:
		return "id"
	}
	return f.kind.fields[f.field].Name
}

// find returns the records of the kinds that a text leads to, the best first, at most
// so many.
func (s *shelf) find(kinds []*foundKind, q *lookFor, limit int) []found {
	var wanted uint64
	best := bestFound{limit: limit}
	for _, k := range kinds {
		wanted |= 1 << k.number
		if of := s.records[records.Key{Kind: k.Name, ID: q.id}]; of != nil {
			best.add(found{findable: of, rank: whole, field: byID})
		}
	}
	current := found{rank: unmatched}
	for i := range s.lines {
		l := &s.lines[i]
		if l.of == nil || wanted&(1<<l.kind) == 0 {
			continue
		}
		if l.of != current.findable {
			best.add(current)
			current = found{findable: l.of, rank: unmatched}
		}
		if fits, heard := q.match(l, s.sounder); fits < current.rank {
			current.rank, current.field, current.heard = fits, l.field, heard
		}
	}
	best.add(current)
	return best.sorted()
}

func (f found) compare(o found) int {
	return cmp.Or(cmp.Compare(f.rank, o.rank), cmp.Compare(f.order, o.order), cmp.Compare(f.id, o.id), cmp.Compare(f.kind.Name, o.kind.Name))
}

// bestFound keeps the first so many of what was found.
type bestFound struct {
	limit int
	all   []found
	last  *found // of the best so far, once there are as many; nil: there are not
}

func (b *bestFound) add(f found) {
	if f.rank == unmatched || b.last != nil && f.compare(*b.last) > 0 {
		return
	}
	if b.all = append(b.all, f); len(b.all) >= 2*b.limit {
		b.all = b.sorted()
		last := b.all[len(b.all)-1]
		b.last = &last
	}
}

func (b *bestFound) sorted() []found {
	slices.SortFunc(b.all, found.compare)
	return b.all[:min(len(b.all), b.limit)]
}
