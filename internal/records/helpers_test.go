package records_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// A town: the city, and two communities. Most records are of devices of east.
var (
	cityUnit = change.NewUnitID([10]byte{2})
	east     = change.NewUnitID([10]byte{51})
	west     = change.NewUnitID([10]byte{52})
)

// named is the name of a record of east, by an id of before.
func named(id change.RecordID) change.RecordID { return id.Of("person", east) }

func device(n byte, audience change.UnitID) change.Stream {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
	return change.Stream{Device: change.DeviceOf(key.Public().(ed25519.PublicKey)), Incarnation: 1, Audience: audience}
}

// fixture is a store beside a journal.
type fixture struct {
	testing.TB
	journal *journal.Store
	store   *records.Records
}

type tb interface {
	testing.TB
}

func open(t tb, keep func(string) bool) *fixture {
	t.Helper()
	dir, err := os.MkdirTemp("", "records")
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{Key: [32]byte{1}, Now: func() time.Time { return time.UnixMilli(1700000000000) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = j.Close()
		_ = os.RemoveAll(dir)
	})
	return &fixture{TB: t, journal: j, store: records.New(cityUnit, keep)}
}

func (f *fixture) update(fn func(*journal.Tx) error) {
	f.Helper()
	if err := f.journal.Update(f.Context(), fn); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) view(fn func(*journal.Tx) error) {
	f.Helper()
	if err := f.journal.View(fn); err != nil {
		f.Fatal(err)
	}
}

type fields = map[string]change.Value

// put writes an edit of this device, in east.
func (f *fixture) put(id change.RecordID, values fields) (seq uint64) {
	f.Helper()
	f.update(func(tx *journal.Tx) (err error) {
		seq, err = f.store.Put(tx, device(1, east), east, records.Edit{Kind: "person", ID: named(id), Fields: values, Actor: "clerk", At: 1})
		return err
	})
	return seq
}

// arrive adds a change to the journal and applies it.
func (f *fixture) arrive(tx *journal.Tx, in change.Stream, author change.UnitID, c *change.Change) (seq uint64, kept bool) {
	f.Helper()
	raw, err := c.Encode()
	if err == nil {
		if seq, err = tx.Add(in, author, raw); err == nil {
			kept, err = f.store.Apply(tx, author, in, seq, c)
		}
	}
	if err != nil {
		f.Fatal(err)
	}
	return seq, kept
}

func (f *fixture) receive(in change.Stream, author change.UnitID, c *change.Change) (seq uint64, kept bool) {
	f.Helper()
	f.update(func(tx *journal.Tx) error {
		seq, kept = f.arrive(tx, in, author, c)
		return nil
	})
	return seq, kept
}

// refusal is the city's first word against a change of the unit that the stream
// speaks to.
func refusal(id change.RecordID, of *change.Change, in change.Stream) *change.Change {
	return &change.Change{Kind: system.RefusalKind, Record: id, Actor: "city", Fields: change.FieldsOf(fields{
		"stream": change.Text(in.String()), "kind": change.Text(of.Kind), "record": change.Text(string(of.Record)),
		"unit": change.Text(string(in.Audience)), "count": change.Int(int64(of.Count())), "rule": change.Text("made_up"),
	})}
}

// takenBack voids a refusal.
func takenBack(r *change.Change, in change.Stream) *change.Change {
	return &change.Change{Kind: r.Kind, Record: r.Record, Fields: change.FieldsOf(fields{merge.VoidField: change.Text("0")}), Context: change.Vector{in: r.Count()}}
}

func (f *fixture) get(kind string, id change.RecordID) (r *merge.Record) {
	f.Helper()
	f.view(func(tx *journal.Tx) (err error) {
		r, err = f.store.Get(tx, kind, id.Of(kind, east))
		return err
	})
	return r
}

func (f *fixture) value(id change.RecordID, field string) string {
	f.Helper()
	r := f.get("person", id)
	if r == nil {
		return "no record"
	}
	return r.Value(field).Text()
}

func (f *fixture) history(id change.RecordID) (past []records.Past) {
	f.Helper()
	f.view(func(tx *journal.Tx) (err error) {
		past, err = f.store.History(tx, "person", named(id))
		return err
	})
	return past
}

// past is the change at a place of a record's history.
func (f *fixture) past(id change.RecordID, i int) *change.Change {
	f.Helper()
	past := f.history(id)
	if i >= len(past) {
		f.Fatalf("the history has %d changes", len(past))
	}
	return past[i].Change
}

func (f *fixture) conflicts() (n int) {
	f.Helper()
	f.view(func(tx *journal.Tx) (err error) {
		n, err = f.store.Conflicts(tx)
		return err
	})
	return n
}

func person(id change.RecordID, field, value string, context change.Vector) *change.Change {
	return &change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(fields{field: change.Text(value)}), Context: context, Actor: "clerk", At: 2}
}
