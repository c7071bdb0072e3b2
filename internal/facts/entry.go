package facts

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// Entry is a valid record or event as it stands.
type Entry struct {
	Kind  string
	ID    change.RecordID
	Level int // of the unit that wrote it; 0 counts as the lowest

	of   *schema.Kind
	says Says
}

// Says is what a record says: the value of each field, Null where there is none. It must
// not change while rows are made of it.
type Says interface {
	Value(field string) change.Value
}

// Values are what a record says, by the names of fields.
type Values map[string]change.Value

// Value implements Says.
func (v Values) Value(field string) change.Value { return v[field] }

// EntryOf is a valid record of a kind.
func EntryOf(k *schema.Kind, id change.RecordID, says Says) Entry {
	return Entry{Kind: k.Name, ID: id, of: k, says: says}
}

// Value is what the record says in a field; where it says nothing, what its ID number gives.
func (e Entry) Value(field string) change.Value { return e.value(field) }

// Says reports whether there is a record: the entry of one that is void or gone only names it.
func (e Entry) Says() bool { return e.says != nil }

// Same reports whether two entries of a kind say the same.
func (e Entry) Same(o Entry) bool {
	if e.says == nil || o.says == nil {
		return e.says == nil && o.says == nil
	}
	return !slices.ContainsFunc(e.of.Fields, func(f *schema.Field) bool { return e.value(f.Name) != o.value(f.Name) })
}

func (e *Entry) value(field string) change.Value {
	if e == nil || e.says == nil {
		return change.Null
	}
	if value := e.says.Value(field); !value.IsNull() {
		return value
	}
	return e.of.Follows(field, e.says.Value)
}

func (e *Entry) text(field string) string { return e.value(field).Text() }
func (e *Entry) has(field string) bool    { return !e.value(field).IsNull() }
func (e *Entry) yes(field string) bool    { return e.value(field).Bool() }

// ref is the record that a field names, as every tier keeps it; "" for none.
func (e *Entry) ref(field string) string {
	id := change.RecordID(e.text(field))
	if unit, named := e.ID.Maker(); named && id != "" {
		id = id.Of("", unit)
	}
	return string(id)
}

// date is a day of the entry; "" where there is none that the calendar has.
func (e *Entry) date(field string) string {
	if day := e.text(field); calendar.Valid(day) {
		return day
	}
	return ""
}

// is reports whether the code of a field is one of some.
func (e *Entry) is(field string, codes ...string) bool {
	return slices.Contains(codes, e.text(field))
}

// event is an entry with its day.
type event struct {
	*Entry
	kind *schema.Kind
	on   string
}

// inOrder puts events in their order: by day, the rank of the kind and the id. When
// they were entered and when they arrived order nothing. Those of a day that has not
// come are left out.
func (b *Book) inOrder(entries []Entry, days *span) []event {
	var events []event
	for i := range entries {
		e := &entries[i]
		kind := b.kinds[e.Kind]
		if kind == nil || kind.Sort != schema.Event {
			continue
		}
		on := e.date(kind.Day)
		if on != "" && days.reached(on) {
			events = append(events, event{Entry: e, kind: kind, on: on})
		}
	}
	slices.SortFunc(events, func(a, b event) int {
		return cmp.Or(strings.Compare(a.on, b.on), a.kind.Rank-b.kind.Rank, strings.Compare(string(a.ID), string(b.ID)))
	})
	return events
}

// records are the entries that are no events, by id.
func (b *Book) records(entries []Entry) (records []Entry) {
	for _, e := range entries {
		if kind := b.kinds[e.Kind]; kind != nil && kind.Sort != schema.Event {
			records = append(records, e)
		}
	}
	slices.SortFunc(records, func(a, b Entry) int { return compareIDs(a.ID, b.ID) })
	return records
}

// last is the last event that passes, nil for none.
func last(events []event, passes func(event) bool) *event {
	for i := len(events) - 1; i >= 0; i-- {
		if passes(events[i]) {
			return &events[i]
		}
	}
	return nil
}

// of passes events of some kinds.
func of(kinds ...string) func(event) bool {
	return func(e event) bool { return slices.Contains(kinds, e.Kind) }
}

// within passes events of a kind from one day on and before another; "" for no end.
func within(from, before string, kinds ...string) func(event) bool {
	return func(e event) bool {
		return slices.Contains(kinds, e.Kind) && e.on >= from && (before == "" || e.on < before)
	}
}

func (e *event) day() string {
	if e == nil {
		return ""
	}
	return e.on
}

// entry is the event's record, nil for no event.
func (e *event) entry() *Entry {
	if e == nil {
		return nil
	}
	return e.Entry
}
