package facts

import (
	"context"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Holding gathers the valid records that a unit holds, and the events about them, into
// families.
type Holding struct {
	book  *Book
	unit  change.UnitID
	level func(change.UnitID) int

	households map[change.RecordID]Entry
	persons    map[change.RecordID]Entry
	events     map[change.RecordID][]Entry // by their subjects
	others     []Entry                     // subjects of their own that have a record
	named      map[change.RecordID][]Entry // events by what else they tell of (Bears)
}

// NewHolding gathers for a unit. level is that of a unit that is this one or stands above
// it, and 0 for others: what they say of its people has no effect.
func (b *Book) NewHolding(unit change.UnitID, level func(change.UnitID) int) *Holding {
	return &Holding{book: b, unit: unit, level: level, households: map[change.RecordID]Entry{}, persons: map[change.RecordID]Entry{}, events: map[change.RecordID][]Entry{}, named: map[change.RecordID][]Entry{}}
}

// Reads lists the kinds of which a Holding takes records.
func (b *Book) Reads() []string {
	var kinds []string
	for name, k := range b.kinds {
		if b.reads(k) {
			kinds = append(kinds, name)
		}
	}
	slices.Sort(kinds)
	return kinds
}

func (b *Book) reads(k *schema.Kind) bool {
	switch {
	case k.System:
		return false
	case k.Name == "household", k.Name == "person", IsSubject(k.Name):
		return true
	case !Tells(k):
		return false
	}
	subject, _ := k.Field(k.Subject)
	about := subject.About()
	return about == "person" || about == "household" || Carries(about) || IsSubject(about)
}

// Add takes a valid record that a unit holds or made.
func (h *Holding) Add(e Entry, of change.UnitID) {
	k := h.book.kinds[e.Kind]
	switch {
	case k == nil || !h.book.reads(k):
	case Tells(k):
		subject, _ := k.Field(k.Subject)
		if e.Level = h.level(of); e.Level > 0 && (of == h.unit || !OwnAlone(subject.About())) {
			about := change.RecordID(e.text(k.Subject)).Of(subject.About(), h.unit)
			h.events[about] = append(h.events[about], e)
			if field, _ := Bears(k.Name); field != "" {
				named := change.RecordID(e.ref(field))
				h.named[named] = append(h.named[named], e)
			}
		}
	case IsSubject(k.Name):
		if e.Level = h.level(of); e.Level > 0 && HolderOf(k.Name, e.value, of) == h.unit {
			h.others = append(h.others, e)
		}
	case of != h.unit:
	case e.Kind == "household":
		h.households[e.ID] = e
	case e.Kind == "person":
		h.persons[e.ID] = e
	}
}

// isAbove reports whether a unit is the one that holds these, or stands above it.
func (h *Holding) isAbove(unit change.UnitID) bool { return h.level(unit) > 0 }

// Each calls tell with the rows of each family and record for a day, in no order.
func (h *Holding) Each(day string, tell func(Rows) error) error {
	for _, family := range h.families() {
		if err := tell(h.book.OfFamily(family, day)); err != nil {
			return err
		}
	}
	for _, s := range h.subjects() {
		if err := tell(h.book.OfRecord(s, day)); err != nil {
			return err
		}
	}
	return nil
}

// subjects are those of their own: what has a record, and the unit itself.
func (h *Holding) subjects() (all []Subject) {
	add := func(e Entry) {
		s := Subject{Entry: e, Unit: h.unit, Level: h.level(h.unit), Events: slices.Clip(h.events[e.ID])}
		for _, named := range h.named[e.ID] {
			s.Events = append(append(s.Events, named), h.named[named.ID]...)
		}
		all = append(all, s)
	}
	for _, e := range h.others {
		add(e)
	}
	if id := change.RecordID(h.unit); len(h.events[id]) > 0 {
		add(Entry{Kind: schema.UnitSubject, ID: id})
	}
	return all
}

// Count adds the rows of each family for a day to the parts of figures.
func (h *Holding) Count(ctx context.Context, day string, parts map[string]int64) error {
	for _, family := range h.families() {
		if err := ctx.Err(); err != nil {
			return fault.Wrap("count", err)
		}
		h.book.CountsOfFamily(family, day).AddTo(parts)
	}
	return nil
}

// families are the households with their members, and the persons of none that is
// held here.
func (h *Holding) families() []Family {
	members := map[change.RecordID][]Person{}
	var families []Family
	for id, e := range h.persons {
		p := Person{Entry: e, Events: h.about(id)}
		of := change.RecordID(e.text("household")).Of("household", h.unit)
		if _, here := h.households[of]; here {
			members[of] = append(members[of], p)
		} else {
			families = append(families, Family{Members: []Person{p}, Unit: h.unit, Above: h.isAbove})
		}
	}
	for id, e := range h.households {
		families = append(families, Family{Household: &e, Events: h.events[id], Members: members[id], Unit: h.unit, Above: h.isAbove})
	}
	return families
}

// about are the events and records about a person, with the events about those records.
func (h *Holding) about(person change.RecordID) []Entry {
	all := h.events[person]
	for _, e := range h.events[person] {
		if Carries(e.Kind) {
			all = append(slices.Clip(all), h.events[e.ID]...)
		}
	}
	return all
}

// SortRows puts rows in the order of lists, by kind and id.
func SortRows(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		if a.Kind != b.Kind {
			return strings.Compare(a.Kind, b.Kind)
		}
		return compareIDs(a.ID, b.ID)
	})
}
