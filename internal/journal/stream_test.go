package journal_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

func TestBatchesComeBackAsTheyWere(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	chain := d.chain(t, 3, 1, 5)
	mustAppend(t, s, d.unit, chain...)
	mustView(t, s, func(tx *journal.Tx) error {
		for after, from := range map[uint64]int{0: 0, 2: 0, 3: 1, 4: 2, 8: 2, 9: 3, 99: 3} {
			got, err := tx.Batches(d.stream, after, 1<<20)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(hashes(chain[from:]), hashes(got)); diff != "" {
				t.Errorf("after %d: %s", after, diff)
			}
		}
		got, err := tx.Batches(d.stream, 0, 1)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].Bytes(), chain[0].Bytes()) {
			t.Errorf("a small limit gives %d batches, %v; want the first", len(got), err)
		}
		info, ok, err := tx.Stream(d.stream)
		want := journal.StreamInfo{Stream: d.stream, Author: d.unit, Sealed: chain[2].End(), Head: 9}
		if diff := cmp.Diff(want, info); diff != "" || !ok {
			t.Error(diff)
		}
		return err
	})
	if report := mustVerify(t, s); report.Batches != 3 || report.Changes != 9 || report.Arrivals != 3 {
		t.Errorf("verify counts %+v", report)
	}
}

func hashes(batches []*change.Batch) []change.Hash {
	list := []change.Hash{}
	for _, b := range batches {
		list = append(list, b.Hash())
	}
	return list
}

func TestOutcomes(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	chain := d.chain(t, 3, 2, 2)
	other := d.batch(t, change.Mark{}, 3, "other")
	longer := d.batch(t, change.Mark{}, 5, "a")
	beside := d.batch(t, chain[1].End(), 2, "other")
	wrongPrev := d.batch(t, change.Mark{Seq: 5, Hash: other.Hash()}, 1, "x")
	steps := []struct {
		name  string
		batch *change.Batch
		want  journal.Outcome
	}{
		{"second of an unknown stream", chain[1], journal.Gap},
		{"first", chain[0], journal.Stored},
		{"first again", chain[0], journal.Known},
		{"third before second", chain[2], journal.Gap},
		{"second", chain[1], journal.Stored},
		{"other content", other, journal.Fork},
		{"other boundary", longer, journal.Fork},
		{"other predecessor", wrongPrev, journal.Fork},
		{"third on a parked stream", chain[2], journal.Stored},
		{"beside the third", beside, journal.Fork},
		{"second again", chain[1], journal.Known},
	}
	for _, step := range steps {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			got, err := tx.Append(d.unit, step.batch)
			if got != step.want {
				t.Errorf("%s: got %v, want %v", step.name, got, step.want)
			}
			return err
		})
	}
	mustView(t, s, func(tx *journal.Tx) error {
		info, _, err := tx.Stream(d.stream)
		if !info.Parked || info.Sealed != chain[2].End() {
			t.Errorf("after forks the stream is %+v", info)
		}
		kept := map[change.Hash]bool{}
		if err := tx.Forks(d.stream, func(e journal.Evidence) error { kept[e.Batch.Hash()] = true; return nil }); err != nil {
			return err
		}
		for _, b := range []*change.Batch{other, longer, wrongPrev, beside} {
			if !kept[b.Hash()] {
				t.Errorf("no evidence of the fork at %d", b.First)
			}
		}
		return err
	})
	mustVerify(t, s)
}

func TestForksAreBounded(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	mustAppend(t, s, d.unit, d.chain(t, 1)...)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for i := range 40 {
			if _, err := tx.Append(d.unit, d.batch(t, change.Mark{}, 1, fmt.Sprint("fork", i))); err != nil {
				return err
			}
		}
		return nil
	})
	if report := mustVerify(t, s); report.Forks != 16 {
		t.Errorf("%d pieces of evidence, want 16", report.Forks)
	}
}

// The largest changes that do not compress must still fit into batches.
func TestBadInputIsInvalid(t *testing.T) {
	s, d, other := newStore(t), newDevice(1), newDevice(2)
	tries := map[string]func(tx *journal.Tx) error{
		"empty change":   func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, nil); return err },
		"long change":    func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, make([]byte, 1<<17)); return err },
		"bad author":     func(tx *journal.Tx) error { _, err := tx.Add(d.stream, "x", []byte{1}); return err },
		"bad stream":     func(tx *journal.Tx) error { _, err := tx.Add(change.Stream{}, d.unit, []byte{1}); return err },
		"author of b":    func(tx *journal.Tx) error { _, err := tx.Append("x", d.chain(t, 1)[0]); return err },
		"other's key":    func(tx *journal.Tx) error { _, err := tx.Seal(change.BatchRows, d.stream, other.key, 1); return err },
		"no key":         func(tx *journal.Tx) error { _, err := tx.Seal(change.BatchRows, d.stream, nil, 1); return err },
		"cursor name":    func(tx *journal.Tx) error { return tx.SetCursor("", 1) },
		"device":         func(tx *journal.Tx) error { return tx.PutAuthor("", nil) },
		"table name":     func(tx *journal.Tx) error { return tx.Table("").Put([]byte("k"), nil) },
		"table key":      func(tx *journal.Tx) error { return tx.Table("t").Put(nil, nil) },
		"long table key": func(tx *journal.Tx) error { return tx.Table("t").Put(make([]byte, 1<<20), nil) },
		"table value":    func(tx *journal.Tx) error { return tx.Table("t").Put([]byte("k"), make([]byte, 5<<20)) },
	}
	for name, try := range tries {
		t.Run(name, func(t *testing.T) { wantKind(t, s.Update(t.Context(), try), fault.Invalid) })
	}
	mustView(t, s, func(tx *journal.Tx) error {
		wantKind(t, tx.SetCursor("c", 1), fault.Internal)
		return nil
	})
}

// An unsealed change under the same number is another history, too.
func TestBoundaries(t *testing.T) {
	s, d, next := newStore(t), newDevice(1), newDevice(2)
	chain := d.chain(t, 3, 2, 4)
	mustAppend(t, s, d.unit, chain...)
	mustAppend(t, s, next.unit, next.chain(t, 1)...)
	tests := []struct {
		before uint64
		limit  int
		want   []uint64
	}{{0, 10, []uint64{9, 5, 3}}, {0, 2, []uint64{9, 5}}, {9, 10, []uint64{5, 3}}, {6, 1, []uint64{5}},
		{3, 10, nil}, {100, 1, []uint64{9}}, {0, 0, nil}}
	mustView(t, s, func(tx *journal.Tx) error {
		for _, test := range tests {
			marks, err := tx.Boundaries(d.stream, test.before, test.limit)
			if err != nil {
				return err
			}
			var got []uint64
			for _, m := range marks {
				got = append(got, m.Seq)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("before %d: %s", test.before, diff)
			}
		}
		return nil
	})
}

func TestStreamsAreOrdered(t *testing.T) {
	s := newStore(t)
	for n := byte(9); n > 0; n-- {
		mustAppend(t, s, newDevice(n).unit, newDevice(n).chain(t, 1)...)
	}
	var got []change.Stream
	mustView(t, s, func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error { got = append(got, info.Stream); return nil })
	})
	for i := 1; i < len(got); i++ {
		if got[i-1].Compare(got[i]) >= 0 {
			t.Errorf("stream %d is out of order", i)
		}
	}
	if len(got) != 9 {
		t.Errorf("%d streams, want 9", len(got))
	}
}
