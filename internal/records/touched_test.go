package records_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/records"
)

// now is the number of the newest commit.
func (f *fixture) now() (number int) {
	f.Helper()
	f.view(func(tx *journal.Tx) error {
		number = tx.Number()
		return nil
	})
	return number
}

// wantTouched wants records of persons to be touched since.
func (f *fixture) wantTouched(since int, ids ...change.RecordID) {
	f.Helper()
	keys, ok := f.store.TouchedSince(since)
	var got []change.RecordID
	for _, k := range keys {
		if k.Kind == "person" {
			got = append(got, k.ID)
		}
	}
	for i := range ids {
		ids[i] = named(ids[i])
	}
	slices.Sort(got)
	if diff := cmp.Diff(ids, got); diff != "" || !ok {
		f.Errorf("touched since %d: known %v, %s", since, ok, diff)
	}
}

// TestTouched: whoever keeps a copy of records learns of every one that is another.
func TestTouched(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"phone": change.Text("1")})
	first := f.now()
	f.put("p-2", fields{"phone": change.Text("1")})
	f.put("p-2", fields{"phone": change.Text("2")})
	second := f.now()
	f.wantTouched(first, "p-2")
	f.wantTouched(second)

	r := refusal("r-1", f.past("p-1", 0), clerk)
	f.receive(decree, cityUnit, r) // it makes p-1 again, and leaves nothing of it
	f.wantTouched(second, "p-1")
	third := f.now()
	f.receive(decree, cityUnit, takenBack(r, decree))
	f.wantTouched(third, "p-1")

	// a transaction that is not committed costs a look
	fourth, stop := f.now(), errors.New("no")
	err := f.journal.Update(t.Context(), func(tx *journal.Tx) error {
		_, err := f.store.Put(tx, device(1, east), east, records.Edit{Kind: "person", ID: named("p-3"), Fields: fields{"phone": change.Text("3")}})
		return errors.Join(err, stop)
	})
	if !errors.Is(err, stop) || f.now() != fourth {
		t.Fatalf("%v, and the newest commit is %d, not %d", err, f.now(), fourth)
	}
	f.put("p-4", fields{"phone": change.Text("4")})
	f.wantTouched(fourth, "p-3", "p-4")

	f.update(func(tx *journal.Tx) error { return f.store.Clear(tx) })
	if _, ok := f.store.TouchedSince(fourth); ok {
		t.Error("all records are gone, and it is said which")
	}
	f.wantTouched(f.now())
}

// TestTouchedWithinATransaction: a record is known to be touched before those who read
// can see it.
func TestTouchedWithinATransaction(t *testing.T) {
	f := open(t, nil)
	before := f.now()
	f.update(func(tx *journal.Tx) error {
		_, err := f.store.Put(tx, device(1, east), east, records.Edit{Kind: "person", ID: named("p-1"), Fields: fields{"phone": change.Text("1")}})
		f.wantTouched(before, "p-1")
		return err
	})
	f.wantTouched(before, "p-1")
	f.wantTouched(f.now())
}

// TestTouchedIsBounded: of many the oldest are forgotten, and it is said so.
func TestTouchedIsBounded(t *testing.T) {
	f := open(t, nil)
	first := f.now()
	var last int
	for range 9 {
		last = f.now()
		f.update(func(tx *journal.Tx) error {
			for i := range 1000 {
				e := records.Edit{Kind: "person", ID: named(change.RecordID(fmt.Sprint("p-", i))), Fields: fields{"phone": change.Text(fmt.Sprint(last))}}
				if _, err := f.store.Put(tx, device(1, east), east, e); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if _, ok := f.store.TouchedSince(first); ok {
		t.Error("9,000 are remembered")
	}
	if keys, ok := f.store.TouchedSince(last); !ok || len(keys) != 1000 {
		t.Errorf("of the last 1,000: %d, %v", len(keys), ok)
	}
}
