package digest

import (
	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Counts reports whether records of a kind are part of an account: what people write.
// What the program writes of itself moves while nobody works.
func Counts(k *schema.Kind) bool { return !k.System && k.Sort != schema.Derived }

// SaidOf reports whether a record is an event about a person, a household or a certificate
// that a unit holds, whoever has written it.
func SaidOf(k *schema.Kind, r *merge.Record, unit change.UnitID) bool {
	if k.Sort != schema.Event {
		return false
	}
	f, ok := k.Field(k.Subject)
	if !ok || f.Ref != "person" && f.Ref != "household" && f.Ref != "certificate" {
		return false
	}
	maker, _ := change.RecordID(r.Value(k.Subject).Text()).Maker()
	return maker == unit
}
