package journal_test

import (
	"bytes"
	"crypto/ed25519"
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

func TestSealMovesTheTail(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	const count = change.MaxBatchChanges + 10
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for i := range count {
			seq, err := tx.Add(d.stream, d.unit, edit(t, fmt.Sprint(i)))
			if err != nil || seq != uint64(i+1) {
				return fmt.Errorf("add %d: %d, %w", i, seq, err)
			}
		}
		return nil
	})
	var sealed []*change.Batch
	for range 3 {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			b, err := tx.Seal(d.stream, d.key, 5)
			if b != nil {
				sealed = append(sealed, b)
			}
			return err
		})
	}
	if len(sealed) != 2 || sealed[0].Count != change.MaxBatchChanges || sealed[1].Count != 10 || !sealed[1].Follows(sealed[0].End()) {
		t.Fatalf("%d batches sealed", len(sealed))
	}
	mustUpdate(t, s, func(tx *journal.Tx) error {
		_, err := tx.Add(d.stream, d.unit, edit(t, "last"))
		return err
	})
	mustView(t, s, func(tx *journal.Tx) error {
		info, _, err := tx.Stream(d.stream)
		if info.Head != count+1 || info.Sealed != sealed[1].End() {
			t.Errorf("stream is %+v", info)
		}
		for seq, text := range map[uint64]string{1: "0", 1000: "999", 1001: "1000", count + 1: "last"} {
			got, err := tx.Change(d.stream, seq)
			if err != nil || !bytes.Equal(got, edit(t, text)) {
				t.Errorf("change %d: %v", seq, err)
			}
		}
		for _, seq := range []uint64{0, count + 2} {
			_, err := tx.Change(d.stream, seq)
			wantKind(t, err, fault.NotFound)
		}
		return err
	})
	if report := mustVerify(t, s); report.Changes != count || report.Unsealed != 1 {
		t.Errorf("verify counts %+v", report)
	}
}

// The largest changes that do not compress must still fit into batches.
func TestSealKeepsToTheLimits(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	raw := make([]byte, change.MaxChange)
	for i := range raw {
		raw[i] = byte(i*i>>3) ^ byte(i*131)
	}
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for range 20 {
			if _, err := tx.Add(d.stream, d.unit, raw); err != nil {
				return err
			}
		}
		return nil
	})
	total := 0
	for total < 20 {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			b, err := tx.Seal(d.stream, d.key, 5)
			if err != nil || b == nil {
				return fmt.Errorf("seal: %w", err)
			}
			total += int(b.Count)
			return nil
		})
	}
}

func TestBadInputIsInvalid(t *testing.T) {
	s, d, other := newStore(t), newDevice(1), newDevice(2)
	tries := map[string]func(tx *journal.Tx) error{
		"empty change":   func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, nil); return err },
		"long change":    func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, make([]byte, 1<<17)); return err },
		"bad author":     func(tx *journal.Tx) error { _, err := tx.Add(d.stream, "x", []byte{1}); return err },
		"bad stream":     func(tx *journal.Tx) error { _, err := tx.Add(change.Stream{}, d.unit, []byte{1}); return err },
		"author of b":    func(tx *journal.Tx) error { _, err := tx.Append("x", d.chain(t, 1)[0]); return err },
		"other's key":    func(tx *journal.Tx) error { _, err := tx.Seal(d.stream, other.key, 1); return err },
		"no key":         func(tx *journal.Tx) error { _, err := tx.Seal(d.stream, nil, 1); return err },
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

func TestTruncate(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	chain := d.chain(t, 3, 2, 4)
	mustAppend(t, s, d.unit, chain...)
	truncate := func(keep uint64) (moved int, err error) {
		err = s.Update(t.Context(), func(tx *journal.Tx) error { moved, err = tx.Truncate(d.stream, keep); return err })
		return moved, err
	}
	mustUpdate(t, s, func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, edit(t, "tail")); return err })
	for _, keep := range []uint64{1, 4, 10, 99} {
		_, err := truncate(keep)
		wantKind(t, err, fault.Invalid)
	}
	if moved, err := truncate(3); err != nil || moved != 7 {
		t.Fatalf("moved %d, %v; want 7", moved, err)
	}
	mustVerify(t, s)
	forks := 0
	mustView(t, s, func(tx *journal.Tx) error {
		info, _, err := tx.Stream(d.stream)
		if info.Sealed != chain[0].End() || info.Head != 3 {
			t.Errorf("stream is %+v", info)
		}
		if last := tx.LastArrival(); last != 1 {
			t.Errorf("last arrival %d, want 1", last)
		}
		if err := tx.Forks(d.stream, func(journal.Evidence) error { forks++; return nil }); err != nil {
			return err
		}
		return err
	})
	if forks != 3 {
		t.Errorf("%d pieces of evidence, want 3", forks)
	}
	mustAppend(t, s, d.unit, d.batch(t, chain[0].End(), 2, "winner"))
	mustView(t, s, func(tx *journal.Tx) error {
		got, err := tx.Arrivals(1, 10)
		if len(got) != 1 || got[0].No != 4 || got[0].First != 4 || got[0].Last != 5 {
			t.Errorf("arrivals %+v: numbers must not be used again", got)
		}
		return err
	})
	if _, err := truncate(0); err != nil {
		t.Error(err)
	}
	mustVerify(t, s)
}

// An unsealed change under the same number is another history, too.
func TestForkOfTheTail(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	mustUpdate(t, s, func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, edit(t, "mine")); return err })
	mustUpdate(t, s, func(tx *journal.Tx) error {
		got, err := tx.Append(d.unit, d.chain(t, 1)[0])
		if got != journal.Fork {
			t.Errorf("got %v, want a fork", got)
		}
		return err
	})
}

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

func TestArrivalsAndCursors(t *testing.T) {
	s, a, b := newStore(t), newDevice(1), newDevice(2)
	chain := a.chain(t, 3, 2)
	mustAppend(t, s, a.unit, chain[0])
	mustAppend(t, s, b.unit, b.chain(t, 1)...)
	mustAppend(t, s, a.unit, chain[1])
	at := start.UnixMilli()
	want := []journal.Arrival{
		{No: 2, Stream: b.stream, First: 1, Last: 1, Author: b.unit, At: at},
		{No: 3, Stream: a.stream, First: 4, Last: 5, Author: a.unit, At: at},
	}
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.SetCursor("view", 1) })
	mustView(t, s, func(tx *journal.Tx) error {
		from, err := tx.Cursor("view")
		if err != nil {
			return err
		}
		got, err := tx.Arrivals(from, 10)
		if diff := cmp.Diff(want, got); diff != "" || tx.LastArrival() != 3 {
			t.Error(diff, tx.LastArrival())
		}
		if none, err := tx.Cursor("other"); none != 0 || err != nil {
			t.Errorf("an unknown cursor is at %d, %v", none, err)
		}
		return err
	})
}

func TestReceiptsAndAuthors(t *testing.T) {
	s, d, city := newStore(t), newDevice(1), newDevice(9)
	receipt := func(seq, epoch uint64) *change.SignedReceipt {
		r, err := change.Receipt{City: city.stream.Device, Stream: d.stream, Seq: seq, Epoch: epoch}.Sign(city.key)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, step := range []struct {
		seq, epoch uint64
		want       bool
	}{{5, 1, true}, {5, 1, false}, {4, 1, false}, {6, 1, true}, {2, 2, true}, {9, 1, false}} {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			got, err := tx.PutReceipt(receipt(step.seq, step.epoch))
			if got != step.want {
				t.Errorf("receipt %+v: stored %v", step, got)
			}
			return err
		})
	}
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.PutAuthor(d.stream.Device, []byte("der")) })
	mustView(t, s, func(tx *journal.Tx) error {
		got, err := tx.Receipt(d.stream)
		if err != nil || got.Seq != 2 || got.Verify(city.key.Public().(ed25519.PublicKey)) != nil {
			t.Errorf("receipt %+v, %v", got, err)
		}
		if none, err := tx.Receipt(city.stream); none != nil || err != nil {
			t.Errorf("a receipt from nowhere: %v", err)
		}
		count := 0
		if err := tx.Receipts(func(*change.SignedReceipt) error { count++; return nil }); err != nil || count != 1 {
			t.Errorf("%d receipts, %v", count, err)
		}
		der, err := tx.Author(d.stream.Device)
		if string(der) != "der" {
			t.Errorf("author %q", der)
		}
		if none, err := tx.Author(city.stream.Device); none != nil || err != nil {
			t.Errorf("an author from nowhere: %v", err)
		}
		return err
	})
	mustVerify(t, s)
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
