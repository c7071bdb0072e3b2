package webtest

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/records"
	"tongbu/internal/test/kit"
	"tongbu/syncer/streams"
)

// MustDuplicate has the city open a duplicate case c-1 of a person of the node, whom another
// community has too and who counts there, and returns the city's word about it.
func MustDuplicate(tb testing.TB, w *kit.Tiers, person change.RecordID, other change.UnitID) (word change.RecordID) {
	tb.Helper()
	word = change.NumberedRecordID(kit.City.ID, facts.DuplicateCase, "c-1 "+string(person))
	fields := map[string]change.Value{"case": change.Text("c-1"), "person": change.Text(string(person)), "for_unit": change.Text(string(kit.First.ID)), "other_unit": change.Text(string(other)),
		"on": change.Text("2026-01-01"), "due_on": change.Text("2026-01-16"), "state": change.Text(facts.DuplicateOpen), "counts": change.Bool(false), "score": change.Int(100), "side": change.Int(1),
		"reasons": change.Set([]string{"number_same", "name_same"})}
	err := w.City.Streams.Write(tb.Context(), func(s *streams.Writer) error {
		own, err := s.Own(kit.First.ID)
		if err == nil {
			_, err = w.City.Records.Put(s.Tx, own, kit.City.ID, records.Edit{Kind: facts.DuplicateCase, ID: word, Fields: fields, Actor: "city"})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	w.MustCarry(tb, w.City, w.Street)
	w.MustCarry(tb, w.Street, w.Node)
	return word
}
