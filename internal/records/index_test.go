package records_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/index"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

var loadSchema = sync.OnceValues(schema.Load)

func mustSchema(t tb) *schema.Schema {
	t.Helper()
	s, err := loadSchema()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openIndexed opens a store with indexes that are ready.
func openIndexed(t tb) *fixture {
	t.Helper()
	f := open(t, nil)
	f.store.Indexed(mustSchema(t))
	f.build()
	return f
}

// build makes the indexes from the records, and returns in how many steps.
func (f *fixture) build() (steps int) {
	f.Helper()
	f.update(f.store.StartIndex)
	for done := false; !done; steps++ {
		f.update(func(tx *journal.Tx) (err error) {
			done, err = f.store.BuildIndex(tx)
			return err
		})
	}
	return steps
}

// wrongIndexes compares the indexes of a kind with its records.
func (f *fixture) wrongIndexes(kind string) (wrong string) {
	f.Helper()
	k, _ := mustSchema(f).Kind(kind)
	f.view(func(tx *journal.Tx) error {
		for _, field := range k.Fields {
			if !field.Index {
				continue
			}
			var want []string
			err := f.store.Each(tx, kind, "", func(r *merge.Record) error {
				for _, key := range index.Keys(records.ValueOf(r, field.Name)) {
					want = append(want, string(key)+" "+string(r.ID()))
				}
				return nil
			})
			if err != nil {
				return err
			}
			got, err := f.store.Listed(tx, kind, field.Name)
			if err != nil {
				return err
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				wrong += field.Name + ": " + diff
			}
		}
		return nil
	})
	return wrong
}

// TestIndexesFollow: whatever happens to records, with the city refusing
// changes and taking it back, the indexes list them as they are: in one
// transaction or several, with what waits brought into the blocks in between,
// and transactions that come to nothing.
func TestIndexesFollow(t *testing.T) {
	f := openIndexed(t)
	rapid.Check(t, func(t *rapid.T) {
		wipe(t, f)
		h := newHistory(t, f, nil)
		for range rapid.IntRange(1, 5).Draw(t, "transactions") {
			f.lost(t, rapid.IntRange(0, 3).Draw(t, "lost"))
			err := f.journal.Update(t.Context(), func(tx *journal.Tx) error {
				h.tx = tx
				for range rapid.IntRange(0, 12).Draw(t, "steps") {
					h.step()
					if rapid.IntRange(0, 9).Draw(t, "fold") == 0 {
						if err := f.store.Fold(tx); err != nil {
							return err
						}
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, kind := range []string{"person", system.RefusalKind} {
			if wrong := f.wrongIndexes(kind); wrong != "" {
				t.Fatal(wrong)
			}
		}
		if misled, err := f.store.Misled(t.Context(), f.journal); err != nil || len(misled) > 0 {
			t.Fatalf("got %v, %v, want the indexes right", misled, err)
		}
	})
}

// lost writes n persons and brings all that waits into the blocks, in a
// transaction that is never committed.
func (f *fixture) lost(t *rapid.T, n int) {
	undo := errors.New("undo")
	err := f.journal.Update(t.Context(), func(tx *journal.Tx) error {
		for i := range n {
			edit := records.Edit{Kind: "person", ID: change.RecordID(fmt.Sprint("p-", i)), Fields: savedFields(i), Actor: "clerk"}
			if _, err := f.store.Put(tx, device(1, east), east, edit); err != nil {
				return err
			}
		}
		if err := f.store.Fold(tx); err != nil {
			return err
		}
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
}

// TestRecentLinesAreFew: however records are saved, what waits beside the
// indexes is soon brought into them.
func TestRecentLinesAreFew(t *testing.T) {
	f := openIndexed(t)
	for n := 0; n < 700; n++ {
		f.save(n, 1, nil)
	}
	f.save(700, 1300, nil)
	f.save(0, 2000, fields{"status": change.Text("99")})
	waiting := 0
	f.view(func(tx *journal.Tx) error {
		return tx.Table("records.recent").Ascend(nil, nil, func(_, _ []byte) error { waiting++; return nil })
	})
	if waiting > 16 {
		t.Errorf("%d blocks wait, more than a page can look through", waiting)
	}
	if wrong := f.wrongIndexes("person"); wrong != "" {
		t.Error(wrong)
	}
}

// TestSaveIsCheap: the indexes take few allocations of a save, those of its
// commit and of bringing lines into the blocks included.
func TestSaveIsCheap(t *testing.T) {
	var costs [2]cost
	for i, f := range []*fixture{open(t, nil), openIndexed(t)} {
		f.people(3000)
		if i == 1 {
			f.build()
		}
		costs[i].measure(func() {
			for n := range 400 {
				f.save(3000+n, 1, nil)
			}
		})
	}
	if plain, indexed := costs[0], costs[1]; 2*indexed.mallocs > 3*plain.mallocs || indexed.bytes > 2*plain.bytes {
		t.Errorf("400 saves: %d allocations of %d bytes, without indexes %d of %d", indexed.mallocs, indexed.bytes, plain.mallocs, plain.bytes)
	}
}

// TestMisled: an index that does not list a record as it is, one that lists
// what is not there, and lines that are lost.
func TestMisled(t *testing.T) {
	f := openIndexed(t)
	for _, id := range []change.RecordID{"p-1", "p-2", "p-3"} {
		f.put(id, fields{"name": change.Text("甲")})
	}
	f.update(f.store.Fold)
	plain := records.New(cityUnit, nil) // a program that does not keep the indexes
	f.update(func(tx *journal.Tx) error {
		_, err := plain.Put(tx, device(1, east), east, records.Edit{Kind: "person", ID: "p-2", Fields: fields{"name": change.Text("乙")}, Actor: "clerk"})
		if err != nil {
			return err
		}
		return tx.Table("records.state").Delete([]byte("person\x00" + named("p-3")))
	})
	f.put("p-4", fields{"name": change.Text("丙")})
	f.update(func(tx *journal.Tx) error { return tx.Table("records.recent").Delete([]byte{0, 0, 0, 1}) })
	got, err := f.store.Misled(t.Context(), f.journal)
	want := []records.Key{{Kind: "person", ID: named("p-2")}, {Kind: "person", ID: named("p-3")}, {Kind: "person", ID: named("p-4")}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	f.build()
	if got, err := f.store.Misled(t.Context(), f.journal); err != nil || len(got) > 0 {
		t.Errorf("made again: got %v, %v, want all right", got, err)
	}
}

// TestMisledBesideABuild: an index that is being made misleads nobody, and whoever
// checks comes to an end.
func TestMisledBesideABuild(t *testing.T) {
	f := openIndexed(t)
	f.put("p-1", fields{"name": change.Text("甲")})
	f.update(f.store.StartIndex)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	if got, err := f.store.Misled(ctx, f.journal); err != nil || len(got) > 0 {
		t.Errorf("got %v, %v, want none", got, err)
	}
}

// people puts n persons into the records, as a program without indexes does.
func (f *fixture) people(n int) {
	f.Helper()
	plain, in := records.New(cityUnit, nil), device(1, east)
	for first := 0; first < n; first += 500 {
		f.update(func(tx *journal.Tx) error {
			for i := first; i < min(first+500, n); i++ {
				edit := records.Edit{Kind: "person", ID: numbered(i), Fields: fields{
					"name": change.Text(fmt.Sprintf("名%d", i*7919%n)), "status": change.Text(fmt.Sprint(i % 10)),
					"birth_date": change.Text(fmt.Sprintf("%d-0%d-11", 1950+i%60, 1+i%9)), "unit": change.Text(string(east)),
				}, Actor: "clerk"}
				if _, err := plain.Put(tx, in, east, edit); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// numbered is the name of the person of a number.
func numbered(i int) change.RecordID {
	return named(change.RecordID(fmt.Sprintf("0190f6a2-0000-7000-8000-%012d", i)))
}

// TestBuildGoesOn: the indexes of a directory that had none are made in short
// transactions; each may be the last of its process, and what is written in
// between is listed once.
func TestBuildGoesOn(t *testing.T) {
	f := open(t, nil)
	f.people(2300)
	f.store.Indexed(mustSchema(t))
	f.update(f.store.StartIndex)
	steps := 0
	for done := false; !done; steps++ {
		f.store = records.New(cityUnit, nil).Indexed(mustSchema(t)) // another process
		f.update(func(tx *journal.Tx) (err error) {
			if ready, err := f.store.IndexReady(tx); ready || err != nil {
				t.Errorf("ready before it is done, %v", err)
			}
			done, err = f.store.BuildIndex(tx)
			return err
		})
		f.put(numbered(100), fields{"name": change.Text(fmt.Sprint("改", steps))})
		f.put(numbered(2200), fields{"status": change.Text("99"), "id_number": change.Text(fmt.Sprint(steps))})
		f.put(change.RecordID(fmt.Sprint("z-", steps)), fields{"name": change.Text("新")})
	}
	if steps != 5 {
		t.Errorf("%d steps, want 5 of at most 500 records", steps)
	}
	if wrong := f.wrongIndexes("person"); wrong != "" {
		t.Error(wrong)
	}
}

// TestOtherShape: where the schema marks other fields the indexes are made
// again, and nothing is left of the others.
func TestOtherShape(t *testing.T) {
	f := openIndexed(t)
	f.put("p-1", fields{"name": change.Text("甲"), "phone": change.Text("1")})
	was := f.blocks()
	later, err := mustSchema(t).Extend([]byte("kinds:\n  - name: person\n    extends: true\n    fields:\n      - {name: pet, label: {zh: 宠物}, type: text, index: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	first := f.store
	f.store = records.New(cityUnit, nil).Indexed(later)
	if f.store.Shape() == first.Shape() {
		t.Fatal("another set of fields has the same shape")
	}
	f.put("p-2", fields{"name": change.Text("乙")}) // before they are made: those of before are no more
	f.view(func(tx *journal.Tx) error {
		if ready, err := first.IndexReady(tx); ready || err != nil {
			t.Errorf("what does not list p-2 is ready, %v", err)
		}
		return nil
	})
	f.build()
	if wrong := f.wrongIndexes("person"); wrong != "" {
		t.Error(wrong)
	}
	for _, name := range was {
		if slices.ContainsFunc(f.blocks(), func(b []byte) bool { return len(b) > 1 && bytes.Equal(b, name) }) {
			t.Errorf("block %x of the indexes of before is left", name)
		}
	}
}

// blocks are the names of what the indexes store.
func (f *fixture) blocks() (names [][]byte) {
	f.Helper()
	f.view(func(tx *journal.Tx) error {
		for _, table := range []string{"records.index", "records.recent"} {
			err := tx.Table(table).Ascend(nil, nil, func(key, _ []byte) error {
				names = append(names, key)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return names
}

// TestNamesOfBlocksSayNothing: what the file has in the clear is a kind, a
// field and numbers, whatever the values are.
func TestNamesOfBlocksSayNothing(t *testing.T) {
	f := openIndexed(t)
	for i := range 700 {
		f.put(numbered(i), fields{"name": change.Text("王建国"), "id_number": change.Text("11010519491231002X"), "birth_date": change.Text("1949-12-31")})
	}
	for _, name := range f.blocks() {
		for _, value := range []string{"王建国", "11010519491231002X", "1949", string(named("0190f6a2-0000")), string(numbered(7))[47:]} {
			if bytes.Contains(name, []byte(value)) {
				t.Errorf("a block is named %q", name)
			}
		}
	}
	if n := len(f.blocks()); n < 40 {
		t.Errorf("%d blocks, too few to tell", n)
	}
}

// TestReindexWhileInUse: a store in use takes up the indexes of another schema; lists do
// without until they are made, what is written meanwhile is listed, and a transaction
// that fails leaves nothing that misleads.
func TestReindexWhileInUse(t *testing.T) {
	f := openIndexed(t)
	f.put("p-1", fields{"name": change.Text("甲"), "x.pet": change.Text("1"), "x.vet": change.Text("王 医生")})
	later, _, problems := mustSchema(t).Publish(1, []byte("kinds:\n  - name: person\n    extends: true\n    fields:\n"+
		"      - {name: x.pet, label: {zh: 宠物}, type: text, index: true}\n      - {name: x.vet, label: {zh: 兽医}, type: text, person_name: true, index: true}\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	if f.store.IsIndexed(later) || !f.store.IsIndexed(mustSchema(t)) {
		t.Fatal("the indexes are of another schema than the store's")
	}
	failed := errors.New("the disk is full")
	err := f.journal.Update(t.Context(), func(tx *journal.Tx) error { return errors.Join(f.store.Reindex(tx, later), failed) })
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	f.put("p-2", fields{"name": change.Text("乙"), "x.pet": change.Text("2")})
	ready := func() (ready bool) {
		f.view(func(tx *journal.Tx) (err error) {
			ready, err = f.store.IndexReady(tx)
			return err
		})
		return ready
	}
	f.update(func(tx *journal.Tx) error { return f.store.Reindex(tx, later) })
	if ready() {
		t.Error("indexes that are not made are ready")
	}
	f.put("p-3", fields{"name": change.Text("丙"), "x.pet": change.Text("2")})
	for done := false; !done; {
		f.update(func(tx *journal.Tx) (err error) {
			done, err = f.store.BuildIndex(tx)
			return err
		})
	}
	if !ready() || !f.store.IsIndexed(later) {
		t.Error("the indexes are not made")
	}
	f.view(func(tx *journal.Tx) error {
		lines, err := f.store.Listed(tx, "person", "x.pet")
		if len(lines) != 3 {
			t.Errorf("got %q, %v", lines, err)
		}
		return err
	})
	f.update(func(tx *journal.Tx) error { return f.store.Reindex(tx, later) })
	if !ready() {
		t.Error("the same indexes are made again")
	}
	if wrong, err := f.store.Misled(t.Context(), f.journal); err != nil || len(wrong) > 0 {
		t.Errorf("got %v, %v", wrong, err)
	}
}
