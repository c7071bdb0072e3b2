package merge

import (
	"slices"

	"github.com/fxamacker/cbor/v2"

	"tongbu/internal/change"
)

const stateVersion = 1

// The encoded state. What a record repeats stands once in a table, sorted and
// without repeats, and is named by its place there: most fields of a record
// were written by one change and share its origin and clocks.
type (
	stateForm struct {
		_       struct{} `cbor:",toarray"`
		Version uint8
		Kind    string
		ID      change.RecordID
		Streams []change.Stream
		Clocks  [][]uint64 // stream, count, stream, count, ...; streams ascending
		Origins []originForm
		Seen    uint64 // clock
		Fields  []fieldForm
	}
	originForm struct {
		_       struct{} `cbor:",toarray"`
		Stream  uint64   // the count follows from the context
		Context uint64   // clock
		Actor   string
		At      int64
	}
	fieldForm struct {
		_       struct{} `cbor:",toarray"`
		Name    string
		Covered uint64 // clock
		Writes  []writeForm
	}
	writeForm struct {
		_      struct{} `cbor:",toarray"`
		Origin uint64
		Value  change.Value
	}
)

// Encode returns the canonical bytes of the state: equal states, equal bytes.
func (r *Record) Encode() []byte {
	t := newTables(r)
	form := stateForm{Version: stateVersion, Kind: r.kind, ID: r.id, Streams: t.streams,
		Clocks: t.clockForms(), Origins: t.originForms(), Seen: t.clockAt[r.seen], Fields: make([]fieldForm, len(r.fields))}
	for i := range r.fields {
		form.Fields[i] = t.fieldForm(&r.fields[i])
	}
	raw, err := encMode.Marshal(&form)
	if err != nil {
		panic("merge: a state does not encode: " + err.Error()) // no type above can fail
	}
	return raw
}

// tables holds what the state refers to by place. Two pointers to equal
// content have the same place.
type tables struct {
	streams  []change.Stream
	clocks   []*clock
	origins  []*origin
	clockAt  map[*clock]uint64
	originAt map[*origin]uint64
}

func newTables(r *Record) *tables {
	t := &tables{clockAt: make(map[*clock]uint64), originAt: make(map[*origin]uint64)}
	t.noteClock(r.seen)
	for i := range r.fields {
		t.noteClock(r.fields[i].covered)
		for _, w := range r.fields[i].writes {
			t.noteOrigin(w.from)
		}
	}
	slices.SortFunc(t.streams, change.Stream.Compare)
	t.streams = slices.Compact(t.streams)
	t.clocks = place(t.clocks, t.clockAt, (*clock).compare)
	t.origins = place(t.origins, t.originAt, (*origin).compare)
	return t
}

func (t *tables) noteClock(c *clock) {
	if _, known := t.clockAt[c]; known {
		return
	}
	t.clockAt[c] = 0
	t.clocks = append(t.clocks, c)
	for _, d := range c.dots {
		t.streams = append(t.streams, d.Stream)
	}
}

func (t *tables) noteOrigin(o *origin) {
	if _, known := t.originAt[o]; known {
		return
	}
	t.originAt[o] = 0
	t.origins = append(t.origins, o)
	t.streams = append(t.streams, o.dot.Stream)
	t.noteClock(o.context)
}

// place sorts the items, writes down the place of each by content, and
// returns them without repeats.
func place[T any](items []*T, at map[*T]uint64, compare func(a, b *T) int) []*T {
	slices.SortFunc(items, compare)
	kept := items[:0:0]
	for _, item := range items {
		if len(kept) == 0 || compare(kept[len(kept)-1], item) != 0 {
			kept = append(kept, item)
		}
		at[item] = uint64(len(kept) - 1)
	}
	return kept
}

func (t *tables) stream(s change.Stream) uint64 {
	i, _ := slices.BinarySearchFunc(t.streams, s, change.Stream.Compare)
	return uint64(i)
}

func (t *tables) clockForms() [][]uint64 {
	forms := make([][]uint64, len(t.clocks))
	for i, c := range t.clocks {
		form := make([]uint64, 0, 2*len(c.dots))
		for _, d := range c.dots {
			form = append(form, t.stream(d.Stream), d.Count)
		}
		forms[i] = form
	}
	return forms
}

func (t *tables) originForms() []originForm {
	forms := make([]originForm, len(t.origins))
	for i, o := range t.origins {
		forms[i] = originForm{Stream: t.stream(o.dot.Stream), Context: t.clockAt[o.context], Actor: o.actor, At: o.at}
	}
	return forms
}

func (t *tables) fieldForm(f *field) fieldForm {
	form := fieldForm{Name: f.name, Covered: t.clockAt[f.covered], Writes: make([]writeForm, len(f.writes))}
	for i, w := range f.writes {
		form.Writes[i] = writeForm{Origin: t.originAt[w.from], Value: w.value}
	}
	return form
}

var encMode = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	return mode
}()
