package custody_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/system"
)

func newJournal(t *testing.T) *journal.Store {
	t.Helper()
	s, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), journal.Options{Key: [32]byte{1}, Now: func() time.Time { return time.Unix(0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func update(t *testing.T, s *journal.Store, fn func(tx *journal.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// lineOf is a stream of a device of a unit.
func lineOf(device, audience byte) change.Stream {
	return change.Stream{Device: change.DeviceOf([]byte{device, 31: 0}), Incarnation: 1, Audience: unit(audience)}
}

func edit(t *testing.T, name string) []byte {
	t.Helper()
	c := &change.Change{Kind: "person", Record: "p-1", Actor: "clerk", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(name)})}
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestWordsAreKept: words are those of their own record, and a word that is taken out, or
// all that are forgotten, leave nothing.
func TestWordsAreKept(t *testing.T) {
	s, made := newJournal(t), change.NewRecordID(unit(1), [16]byte{1})
	first, second := word(1, 1, 2, 7), word(2, 2, 3, 7)
	other := word(1, 1, 4, 7)
	first.Record, second.Record, other.Record = made, made, made+"-1"
	holder := func(want byte, some bool) {
		t.Helper()
		update(t, s, func(tx *journal.Tx) error {
			h, err := custody.Of(tx, "person", made)
			if err != nil || h.Unit != unit(want) {
				t.Errorf("got %+v, %v, want %d", h, err, want)
			}
			if foreign, err := custody.Of(tx, "household", made); err != nil || foreign.Moved() {
				t.Errorf("a record of another kind: %+v, %v", foreign, err)
			}
			any, err := custody.Any(tx)
			if any != some || err != nil {
				t.Errorf("any word: %v, %v, want %v", any, err, some)
			}
			return nil
		})
	}
	put := func(words ...system.Custody) {
		update(t, s, func(tx *journal.Tx) (err error) {
			for _, w := range words {
				err = errors.Join(err, custody.Put(tx, w))
			}
			return err
		})
	}
	holder(1, false)
	put(other)
	holder(1, true)
	put(second, first, first)
	holder(3, true)
	update(t, s, func(tx *journal.Tx) error { return custody.Drop(tx, second) })
	holder(2, true)
	update(t, s, custody.Clear)
	holder(1, false)
}

// TestPlaces: a change is at its place in its stream, or where the city says it again; who
// made it is told by either, and what was said again is said to one unit.
func TestPlaces(t *testing.T) {
	s, own, city := newJournal(t), lineOf(1, 1), lineOf(9, 2)
	away := lineOf(3, 3)
	said := change.Forward{Stream: away, Seq: 5, Author: unit(3), To: unit(2), Raw: edit(t, "away")}
	update(t, s, func(tx *journal.Tx) error {
		_, err := tx.Add(own, unit(1), edit(t, "here"))
		entry, failed := said.Entry("city", 0)
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		raw, err := entry.Encode()
		if err != nil {
			return err
		}
		seq, err := tx.Add(city, unit(9), raw)
		return errors.Join(err, custody.PutForward(tx, &said, city, seq))
	})
	places := custody.Places{Journal: s}
	for name, c := range map[string]struct {
		in     change.Stream
		seq    uint64
		author change.UnitID
		here   bool
		raw    []byte
	}{
		"in its stream":         {own, 1, unit(1), true, edit(t, "here")},
		"behind the stream":     {own, 2, unit(1), false, nil},
		"said again":            {away, 5, unit(3), false, edit(t, "away")},
		"the one before it":     {away, 4, "", false, nil},
		"of a stream of nobody": {lineOf(4, 4), 1, "", false, nil},
	} {
		author, here, err := places.Author(c.in, c.seq)
		if author != c.author || here != c.here || err != nil {
			t.Errorf("%s: by %s, here %v, %v; want %s, %v", name, author, here, err, c.author, c.here)
		}
		raw, err := places.Fetch(c.in, c.seq)
		if string(raw) != string(c.raw) || c.raw == nil && fault.Of(err) != fault.NotFound || c.raw != nil && err != nil {
			t.Errorf("%s: %d bytes, %v", name, len(raw), err)
		}
		for to := byte(1); to <= 3; to++ {
			got, err := places.Forwarded(c.in, c.seq, unit(to))
			if want := c.in == away && c.seq == 5 && to == 2; got != want || err != nil {
				t.Errorf("%s: said again to %d: %v, %v, want %v", name, to, got, err, want)
			}
		}
	}
	counts := func(h custody.Holding, in change.Stream, seq uint64, author byte, want bool) {
		t.Helper()
		if err := s.View(func(tx *journal.Tx) error {
			got, err := custody.Counts(tx, h, unit(author), in, seq, unit(9))
			if got != want {
				t.Errorf("%s at %d counts: %v, want %v", in, seq, got, want)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	counts(custody.Holding{Unit: unit(1), At: unit(1), Number: 2}, own, 1, 1, true)
	counts(custody.Holding{Unit: unit(1), At: unit(1), Number: 2}, own, 2, 1, false)
	counts(custody.Holding{Unit: unit(2), At: unit(2), Number: 1}, own, 1, 1, false)
	counts(custody.Holding{Unit: unit(2), At: unit(2), Number: 1}, away, 5, 3, true)
	counts(custody.Holding{Unit: unit(1), At: unit(1), Number: 2}, away, 5, 3, false)
}

// TestDamagedTables: a row that is not in form is damage, and not a record without words or
// a change that nobody has said again.
func TestDamagedTables(t *testing.T) {
	made := change.NewRecordID(unit(1), [16]byte{1})
	full := make([]byte, 16)
	for name, raw := range map[string][]byte{"short": full[:15], "no units": full, "two parts": append(full[:16:16], "a b"...)} {
		s := newJournal(t)
		update(t, s, func(tx *journal.Tx) error {
			return tx.Table("custody.words").Put([]byte("person\x00"+string(made)+"\x00x"), raw)
		})
		if err := s.View(func(tx *journal.Tx) error { _, err := custody.Of(tx, "person", made); return err }); fault.Of(err) != fault.Damaged {
			t.Errorf("%s: want damaged, got %v", name, err)
		}
	}
	in := lineOf(3, 3)
	key := append(append([]byte(in.String()), 0, 0, 0, 0, 0, 0, 0, 0, 5), unit(2)...)
	for name, raw := range map[string][]byte{
		"no place": []byte(in.String()), "a short place": append([]byte(in.String()), 0, 1, 2, 3, 4, 5, 6, 7), "no stream": append([]byte("x"), make([]byte, 9)...),
	} {
		s := newJournal(t)
		update(t, s, func(tx *journal.Tx) error { return tx.Table("custody.forward").Put(key, raw) })
		places := custody.Places{Journal: s}
		if _, _, err := places.Author(in, 5); fault.Of(err) != fault.Damaged {
			t.Errorf("%s: author: want damaged, got %v", name, err)
		}
		if _, err := places.Fetch(in, 5); fault.Of(err) != fault.Damaged {
			t.Errorf("%s: change: want damaged, got %v", name, err)
		}
	}
}
