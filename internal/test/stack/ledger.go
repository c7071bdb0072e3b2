package stack

import (
	"encoding/json"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// Entry is one write that a clerk was told is saved.
type Entry struct {
	Device string // name
	Unit   change.UnitID
	Record change.RecordID
	Mark   string // in the remark, of this write alone
}

// Ledger is what all clerks were told.
type Ledger struct{ Entries []Entry }

// Kind of the records that clerks write here.
const Kind = "household"

// MustPut writes a record like a clerk and remembers that it was saved.
func (d *Device) MustPut(record string) Entry {
	d.World.TB.Helper()
	e, err := d.Put(record)
	if err != nil {
		d.World.TB.Fatalf("%s: put %s: %v", d.Name, record, err)
	}
	return e
}

// Put writes a record; a mark that no other write has goes into its remark.
func (d *Device) Put(record string) (Entry, error) {
	l := &d.World.Ledger
	e := Entry{Device: d.Name, Unit: d.Unit.ID, Record: change.NumberedRecordID(d.Unit.ID, Kind, record), Mark: fmt.Sprintf("mark %d", len(l.Entries)+1)}
	raw, err := json.Marshal(map[string]any{"id": record, "address": "made up lane", "remark": e.Mark})
	if err != nil {
		return e, fault.As(fault.Internal, "make a record", err)
	}
	err = desk.New(d.Replica).Put(d.World.TB.Context(), Kind, []desk.Item{{Line: 1, JSON: raw}}, "clerk", func(desk.Written) error { return nil })
	if err == nil {
		l.Entries = append(l.Entries, e)
	}
	return e, err
}

// MustPutBefore is MustPut under an id that names no unit, as programs wrote before
// ids did: any unit may have chosen the same.
func (d *Device) MustPutBefore(id change.RecordID) Entry {
	d.World.TB.Helper()
	l := &d.World.Ledger
	e := Entry{Device: d.Name, Unit: d.Unit.ID, Record: id.Of(Kind, d.Unit.ID), Mark: fmt.Sprintf("mark %d", len(l.Entries)+1)}
	kit.MustWrite(d.World.TB, d.Replica, &change.Change{Kind: Kind, Record: id, Actor: "clerk", At: d.Now().UnixMilli(),
		Fields: change.FieldsOf(map[string]change.Value{"address": change.Text("made up lane"), "remark": change.Text(e.Mark)})})
	l.Entries = append(l.Entries, e)
	return e
}

// MustFill writes n new records in one go, as an import does.
func (d *Device) MustFill(n int) {
	d.World.TB.Helper()
	l := &d.World.Ledger
	var items []desk.Item
	var entries []Entry
	for i := range n {
		e := Entry{Device: d.Name, Unit: d.Unit.ID, Mark: fmt.Sprintf("mark %d", len(l.Entries)+1+i)}
		number := fmt.Sprintf("%s-%d", d.Unit.Code, len(l.Entries)+i)
		e.Record = change.NumberedRecordID(d.Unit.ID, Kind, number)
		raw, err := json.Marshal(map[string]any{"id": number, "address": "made up lane", "remark": e.Mark})
		if err != nil {
			d.World.TB.Fatal(err)
		}
		items, entries = append(items, desk.Item{Line: i + 1, JSON: raw}), append(entries, e)
	}
	if err := desk.New(d.Replica).Put(d.World.TB.Context(), Kind, items, "clerk", func(desk.Written) error { return nil }); err != nil {
		d.World.TB.Fatalf("%s: fill: %v", d.Name, err)
	}
	l.Entries = append(l.Entries, entries...)
}
