package digest

import (
	"cmp"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Counts reports whether records of a kind are part of an account: what people write.
// What the program writes of itself moves while nobody works.
func Counts(k *schema.Kind) bool { return !k.System && k.Sort != schema.Derived }

// SaidOf reports whether a record is an event about somebody or something that a unit holds,
// or about the unit, whoever has written it. holder is whom a record was given to, "" for its
// maker.
func SaidOf(k *schema.Kind, r *merge.Record, unit change.UnitID, holder func(kind string, id change.RecordID) change.UnitID) bool {
	if k.Sort != schema.Event {
		return false
	}
	f, ok := k.Field(k.Subject)
	if !ok {
		return false
	}
	switch id := change.RecordID(r.Value(k.Subject).Text()); f.About() {
	case schema.UnitSubject:
		return change.UnitID(id) == unit
	case "person", "household", "certificate":
		maker, _ := id.Maker()
		return cmp.Or(holder(f.About(), id), maker) == unit
	}
	return k.To != "" && change.UnitID(r.Value(k.To).Text()) == unit
}
