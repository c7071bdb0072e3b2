package records_test

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"

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
				for _, key := range index.Keys(r.Value(field.Name)) {
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
// changes and taking it back, the indexes list them as they are.
func TestIndexesFollow(t *testing.T) {
	f := openIndexed(t)
	rapid.Check(t, func(t *rapid.T) {
		wipe(t, f)
		run(t, f, rapid.IntRange(0, 40).Draw(t, "steps"))
		if wrong := f.wrongIndexes("person"); wrong != "" {
			t.Fatal(wrong)
		}
		if wrong := f.wrongIndexes(system.RefusalKind); wrong != "" {
			t.Fatal(wrong)
		}
	})
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

func numbered(i int) change.RecordID {
	return change.RecordID(fmt.Sprintf("0190f6a2-0000-7000-8000-%012d", i))
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
		return tx.Table("records.index").Ascend(nil, nil, func(key, _ []byte) error {
			names = append(names, key)
			return nil
		})
	})
	return names
}

// TestNamesOfBlocksSayNothing: what the file has in the clear is a kind, a
// field and numbers, whatever the values are.
func TestNamesOfBlocksSayNothing(t *testing.T) {
	f := openIndexed(t)
	for i := range 300 {
		f.put(numbered(i), fields{"name": change.Text("王建国"), "id_number": change.Text("11010519491231002X"), "birth_date": change.Text("1949-12-31")})
	}
	for _, name := range f.blocks() {
		for _, value := range []string{"王建国", "11010519491231002X", "1949", string(numbered(7))[30:]} {
			if bytes.Contains(name, []byte(value)) {
				t.Errorf("a block is named %q", name)
			}
		}
	}
	if n := len(f.blocks()); n < 40 {
		t.Errorf("%d blocks, too few to tell", n)
	}
}
