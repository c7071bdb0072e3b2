package webtest

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/syncer/streams"
)

// MustAsk has the street ask the community for a correction of a person, as tongbu correct
// ask writes it: the values are JSON objects.
func MustAsk(tb testing.TB, w *kit.Tiers, person change.RecordID, name, wanted, was, reason string) change.RecordID {
	tb.Helper()
	day, err := w.Node.Day()
	if err != nil {
		tb.Fatal(err)
	}
	id := change.NumberedRecordID(kit.Street.ID, schema.CorrectionRequest, wanted)
	fields := map[string]change.Value{"of_kind": change.Text("person"), "record": change.Text(string(person)), facts.ForUnit: change.Text(string(kit.First.ID)), "name": change.Text(name),
		"reason": change.Text(reason), "asked_on": change.Text(day), "wanted": change.Text(wanted), "was": change.Text(was)}
	err = w.Street.Streams.Write(tb.Context(), func(s *streams.Writer) error {
		own, err := s.Own(kit.First.ID)
		if err == nil {
			_, err = w.Street.Records.Put(s.Tx, own, kit.Street.ID, records.Edit{Kind: schema.CorrectionRequest, ID: id, Fields: fields, Actor: "li"})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return id
}
