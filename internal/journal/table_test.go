package journal_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

func TestTable(t *testing.T) {
	s := newStore(t)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		table := tx.Table("records")
		for _, key := range []string{"a/1", "a/2", "b/1", "b/2", "c"} {
			if err := table.Put([]byte(key), []byte("of "+key)); err != nil {
				return err
			}
		}
		if err := table.Put([]byte("empty"), nil); err != nil {
			return err
		}
		return table.Delete([]byte("absent"))
	})
	keys := func(from, prefix string) (got []string) {
		mustView(t, s, func(tx *journal.Tx) error {
			return tx.Table("records").Ascend([]byte(from), []byte(prefix), func(key, value []byte) error {
				got = append(got, string(key))
				if len(got) == 4 {
					return journal.ErrStop
				}
				return nil
			})
		})
		return got
	}
	for _, test := range []struct {
		from, prefix string
		want         []string
	}{{"", "", []string{"a/1", "a/2", "b/1", "b/2"}}, {"", "b/", []string{"b/1", "b/2"}},
		{"b/2", "b/", []string{"b/2"}}, {"b/3", "b/", nil}, {"c", "", []string{"c", "empty"}}} {
		if diff := cmp.Diff(test.want, keys(test.from, test.prefix)); diff != "" {
			t.Errorf("from %q, prefix %q: %s", test.from, test.prefix, diff)
		}
	}
	mustView(t, s, func(tx *journal.Tx) error {
		for name, want := range map[string][]byte{"a/1": []byte("of a/1"), "absent": nil, "empty": {}} {
			got, err := tx.Table("records").Get([]byte(name))
			if err != nil || (got == nil) != (want == nil) || string(got) != string(want) {
				t.Errorf("%s is %q, %v", name, got, err)
			}
		}
		none, err := tx.Table("none").Get([]byte("k"))
		if none != nil {
			t.Error("a table that is not there has a value")
		}
		return err
	})
}

// A loop may change what it walks over: nothing is skipped or met twice.
func TestAscendWhileChanging(t *testing.T) {
	s := newStore(t)
	const count = 500
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for i := range count {
			if err := tx.Table("t").Put(fmt.Appendf(nil, "%04d", i), make([]byte, 100)); err != nil {
				return err
			}
		}
		return nil
	})
	met := 0
	mustUpdate(t, s, func(tx *journal.Tx) error {
		met = 0
		table := tx.Table("t")
		return table.Ascend(nil, nil, func(key, _ []byte) error {
			if want := fmt.Sprintf("%04d", met); string(key) != want {
				t.Fatalf("met %s, want %s", key, want)
			}
			met++
			if err := table.Put(append([]byte("+"), key...), []byte("before all")); err != nil {
				return err
			}
			return table.Delete(key)
		})
	})
	if met != count {
		t.Errorf("met %d of %d", met, count)
	}
}

func TestFlippedByteIsDamaged(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	chain := d.chain(t, 2, 2)
	mustAppend(t, s, d.unit, chain...)
	mustUpdate(t, s, putKey("k"))
	mustUpdate(t, s, func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, edit(t, "tail")); return err })
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.SetCursor("view", 1) })
	reads := map[string]func(tx *journal.Tx) error{
		"table/t": func(tx *journal.Tx) error { _, err := tx.Table("t").Get([]byte("k")); return err },
		"batches": func(tx *journal.Tx) error { _, err := tx.Batches(d.stream, 0, 1); return err },
		"streams": func(tx *journal.Tx) error { _, _, err := tx.Stream(d.stream); return err },
		"tails":   func(tx *journal.Tx) error { _, err := tx.Change(d.stream, 5); return err },
		"cursors": func(tx *journal.Tx) error { _, err := tx.Cursor("view"); return err },
		"numbers": func(tx *journal.Tx) error { _, err := tx.Arrivals(0, 1); return err },
		"arrivals": func(tx *journal.Tx) error {
			_, err := tx.Arrivals(0, 1)
			return err
		},
	}
	for bucket, read := range reads {
		t.Run(bucket, func(t *testing.T) {
			var key, good []byte
			mustView(t, s, func(tx *journal.Tx) error { _, key, good = tx.Raw(bucket); return nil })
			for _, at := range []int{0, 4, len(good) / 2, len(good) - 1} {
				bad := append([]byte(nil), good...)
				bad[at] ^= 4
				mustUpdate(t, s, func(tx *journal.Tx) error { return tx.PutRaw(bucket, key, bad) })
				wantKind(t, s.View(read), fault.Damaged)
				report, err := s.Verify(t.Context(), nil)
				if err != nil || report.Found == 0 {
					t.Errorf("verify found nothing at byte %d: %v", at, err)
				}
			}
			mustUpdate(t, s, func(tx *journal.Tx) error { return tx.PutRaw(bucket, key, good) })
			mustView(t, s, read)
		})
	}
	mustVerify(t, s)
}
