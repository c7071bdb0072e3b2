package sim

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// Books are the states of records as a device keeps them: merged by package
// merge, without what the city refused.
type Books struct {
	city     change.UnitID
	arrival  bool // flaw: the state depends on the order of arrival
	newest   bool // flaw: it depends on clocks
	anybody  bool // flaw: anybody changes a record
	accounts map[records.Key]*account
}

type account struct {
	state   *merge.Record
	placed  []merge.Placed
	refused map[change.Dot]bool
	refuses system.Refused // of a refusal that stands
}

// NewBooks makes empty ones. city is whose refusals count.
func NewBooks(city change.UnitID) *Books {
	return &Books{city: city, accounts: map[records.Key]*account{}}
}

func keyOf(c *change.Change) records.Key { return records.Key{Kind: c.Kind, ID: c.Record} }

// makerIn is the unit that an id names; false for an id that names none.
func makerIn(id change.RecordID) (change.UnitID, bool) {
	unit, _, named := strings.Cut(string(id), ".")
	return change.UnitID(unit), named
}

// recordOf is the record that a change is of, and whether the change may have an
// effect on it: an id that names a unit is of that unit's record, which nobody
// else changes but the city; one that names none is of a record of the author's
// own, whoever else uses the same. Refusals are the city's.
func (b *Books) recordOf(author change.UnitID, c *change.Change) (k records.Key, has bool) {
	k = keyOf(c)
	if c.Kind == system.RefusalKind {
		return k, author == b.city
	}
	maker, named := makerIn(c.Record)
	if !named {
		k.ID = change.RecordID(author) + "." + c.Record
		return k, true
	}
	return k, author == maker || author == b.city || b.anybody
}

func (b *Books) accountOf(k records.Key) *account {
	a := b.accounts[k]
	if a == nil {
		a = &account{state: merge.New(k.Kind, k.ID)}
		b.accounts[k] = a
	}
	return a
}

// applyBatch takes in the changes of a batch; one that cannot be read has none.
func (b *Books) applyBatch(author change.UnitID, x *reading) {
	changes, _ := x.read()
	for _, c := range changes {
		b.Apply(author, x.Stream, c)
	}
}

// Apply takes in one change of a device of the author unit.
func (b *Books) Apply(author change.UnitID, in change.Stream, c *change.Change) {
	key, has := b.recordOf(author, c)
	if !has {
		return
	}
	a, c := b.accountOf(key), c.Named(key.ID)
	a.placed = append(a.placed, merge.Placed{Stream: in, Change: c})
	if !a.refused[c.Dot(in)] {
		a.state.Apply(in, b.withFlaw(a, c))
	}
	if c.Kind == system.RefusalKind {
		b.applyRefusal(a)
	}
}

// withFlaw is the change as books with a flaw take it.
func (b *Books) withFlaw(a *account, c *change.Change) *change.Change {
	after := len(a.placed) > 1 && a.placed[len(a.placed)-2].Change.At <= c.At
	if b.arrival || b.newest && after {
		last := *c
		last.Context = a.state.Context()
		return &last
	}
	return c
}

// applyRefusal makes the refused changes what the refusal refuses now: nothing,
// when it was taken back.
func (b *Books) applyRefusal(by *account) {
	of, stands := system.RefusalFrom(by.state).Names()
	if stands == (by.refuses != system.Refused{}) {
		return
	}
	if !stands {
		of = by.refuses
	}
	a := b.accountOf(records.Key{Kind: of.Kind, ID: of.Record})
	if by.refuses = (system.Refused{}); stands {
		by.refuses = of
	}
	if a.refused == nil {
		a.refused = map[change.Dot]bool{}
	}
	a.refused[of.Dot] = stands
	a.state = merge.Build(of.Kind, of.Record, a.placed, a.refused)
}

// Context is all that a device knows of a record: of what was refused to itself,
// the name.
func (b *Books) Context(own change.DeviceID, k records.Key) change.Vector {
	a := b.accounts[k]
	if a == nil {
		return nil
	}
	seen := a.state.Context()
	for _, p := range a.placed {
		if dot := p.Change.Dot(p.Stream); a.refused[dot] && p.Stream.Device == own {
			seen.Add(dot)
		}
	}
	return seen
}

// Digest sums the states of all records of which something stands.
func (b *Books) Digest() (change.Hash, error) {
	keys := slices.SortedFunc(maps.Keys(b.accounts), func(x, y records.Key) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID))
	})
	sum := merge.NewDigest()
	for _, k := range keys {
		a := b.accounts[k]
		if !a.anyStands() {
			continue
		}
		if err := sum.Add(k.Kind, k.ID, a.state.Encode()); err != nil {
			return change.Hash{}, err
		}
	}
	return sum.Sum(), nil
}

func (a *account) anyStands() bool {
	return slices.ContainsFunc(a.placed, func(p merge.Placed) bool { return !a.refused[p.Change.Dot(p.Stream)] })
}

// Books are the device's, made of its disk when they were not kept.
func (s *Directory) Books() *Books {
	if s.books == nil {
		s.books = s.emptyBooks()
		for _, a := range s.log {
			s.books.applyBatch(a.author, a.reading)
		}
		for _, of := range s.streamNames() {
			for _, x := range s.streams[of].tail {
				if x.c != nil {
					s.books.Apply(s.Unit, of, x.c)
				}
			}
		}
	}
	return s.books
}

func (s *Directory) emptyBooks() *Books {
	b := NewBooks(s.w.root())
	b.arrival, b.newest, b.anybody = s.w.flaw(ArrivalDecides, s), s.w.flaw(ClockDecides, s), s.w.flaw(AnyAuthor, s)
	return b
}
