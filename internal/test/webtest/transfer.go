package webtest

import (
	"maps"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/syncer/streams"
)

// MustOffered has the city tell the node that another community offers it a household.
func MustOffered(tb testing.TB, w *kit.Tiers, name string, more map[string]change.Value) {
	tb.Helper()
	day, err := w.Node.Day()
	if err != nil {
		tb.Fatal(err)
	}
	fields := map[string]change.Value{"transfer": change.Text(name), "for_unit": change.Text(string(kit.First.ID)), "side": change.Text("to"), "of_kind": change.Text("household"),
		"from_unit": change.Text(string(kit.Second.ID)), "to_unit": change.Text(string(kit.First.ID)), "on": change.Text(day), "due_on": change.Text("2027-01-30"), "state": change.Text("1"),
		"reason": change.Text("已搬到湖滨路"), "form_no": change.Text("0212"), "head_name": change.Text("钱志远"), "address": change.Text("书院街12号"), "persons": change.Int(3)}
	maps.Copy(fields, more)
	mustSay(tb, w, records.Edit{Kind: schema.Transfer, ID: change.NumberedRecordID(kit.City.ID, schema.Transfer, name), Fields: fields, Actor: "city"})
}

// MustGive has the city say that a record of the node is another community's from a day on.
func MustGive(tb testing.TB, w *kit.Tiers, kind string, id change.RecordID, day string) {
	tb.Helper()
	word := system.Custody{Kind: kind, Record: id, Number: 1, From: kit.First.ID, To: kit.Second.ID, At: kit.Second.ID, Transfer: "t-1", Day: day, Epoch: 1}
	mustSay(tb, w, records.Edit{Kind: system.CustodyKind, ID: word.ID(), Fields: word.Fields(), Actor: "city"})
}

// MustHold has another community change a record that the node has, and the city hold that
// for the node. It returns the word.
func MustHold(tb testing.TB, w *kit.Tiers, kind string, id change.RecordID, fields map[string]change.Value) (word change.RecordID) {
	tb.Helper()
	kit.MustPublish(tb, w.City, system.Readable)
	second := w.MustReplica(tb, w.City, kit.Second)
	err := second.Streams.Write(tb.Context(), func(s *streams.Writer) error {
		own, err := s.Own(kit.Second.ID)
		if err == nil {
			_, err = records.Add(s.Tx, own, kit.Second.ID, &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(fields), Context: change.Vector{}, Actor: "cao", At: second.Now().UnixMilli()})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	w.MustCarry(tb, second, w.City)
	at := records.Place{Location: records.Location{Stream: w.Stream(second), Seq: 1}, Author: kit.Second.ID}
	word = system.WordID(at.Stream, at.Seq)
	mustSay(tb, w, records.Edit{Kind: system.RefusalKind, ID: word, Actor: "city", Fields: map[string]change.Value{"stream": change.Text(at.Stream.String()), "seq": change.Int(1), "count": change.Int(1),
		"kind": change.Text(kind), "record": change.Text(string(id)), "rule": change.Text(system.MovedAway), "unit": change.Text(string(kit.Second.ID))}})
	err = w.City.Streams.Write(tb.Context(), func(s *streams.Writer) error {
		own, err := s.Own(kit.First.ID)
		if err == nil {
			_, err = w.City.Records.SayAgain(s.Tx, own, at, w.City.Now().UnixMilli())
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	bring(tb, w)
	return word
}

// mustSay has the city write a record to the node.
func mustSay(tb testing.TB, w *kit.Tiers, e records.Edit) {
	tb.Helper()
	err := w.City.Streams.Write(tb.Context(), func(s *streams.Writer) error {
		own, err := s.Own(kit.First.ID)
		if err == nil {
			_, err = w.City.Records.Put(s.Tx, own, kit.City.ID, e)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	bring(tb, w)
}

func bring(tb testing.TB, w *kit.Tiers) {
	tb.Helper()
	w.MustCarry(tb, w.City, w.Street)
	w.MustCarry(tb, w.Street, w.Node)
}
