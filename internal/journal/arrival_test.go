package journal_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

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

// TestArrivedAfter: when what follows a place came, by the clock here.
func TestArrivedAfter(t *testing.T) {
	s, a := newStore(t), newDevice(1)
	mustAppend(t, s, a.unit, a.chain(t, 3, 2)...)
	mustView(t, s, func(tx *journal.Tx) error {
		for seq, want := range map[uint64]bool{0: true, 2: true, 3: true, 4: true, 5: false, 9: false} {
			at, some, err := tx.ArrivedAfter(a.stream, seq)
			if err != nil || some != want || some && at != start.UnixMilli() {
				t.Errorf("after %d: got %d, %v, %v, want %v", seq, at, some, err, want)
			}
		}
		if _, some, err := tx.ArrivedAfter(newDevice(2).stream, 0); some || err != nil {
			t.Errorf("an unknown stream: got %v, %v", some, err)
		}
		return nil
	})
	if commits, times := s.Stats().Commits, s.Times(); times.Commit.Read().Count != commits || times.Sync.Read().Count != commits || times.Sync.Read().Sum <= 0 {
		t.Errorf("got %+v and %+v, want the times of %d commits", times.Commit.Read(), times.Sync.Read(), commits)
	}
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
