package syncer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// later seals a batch of version 3 after another.
func (d device) later(tb testing.TB, in change.Stream, after change.Mark) *change.Batch {
	tb.Helper()
	b, err := change.Seal(change.BatchColumns, d.Key, in, after, [][]byte{[]byte("later")}, 7)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// TestWithholdsWhatThePeerDoesNotRead: an older program would cut the link at a
// batch of a later version. It is not sent one: the stream stops there, both ends are
// told, and the other streams go on.
func TestWithholdsWhatThePeerDoesNotRead(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")
	b = append(b, clerk.later(t, b[0].Stream, b[0].End()))
	of := clerk.Stream(first)
	of.Incarnation = 2
	other := clerk.chain(t, of, "a")
	for _, reads := range []uint8{0, change.BatchRows, change.BatchColumns} {
		s := fresh(t, false)
		s.Step(syncer.Opened{Local: []syncer.Entry{entryOf(first, b...), entryOf(first, other...)}})
		h := hello(false)
		h.Batch = reads
		hear(s, h)
		hear(s, syncer.Marks{Last: true})
		got := s.Step(loaded(b...))
		refuse := syncer.Refuse{Stream: b[0].Stream, Kind: fault.Unsupported}
		want := []syncer.Effect{syncer.Send{Message: syncer.Author{Certificate: clerk.Certificate()}}, syncer.Send{Message: syncer.Batch{Sealed: b[0].Bytes()}}}
		if reads < change.BatchColumns {
			want = append(want, syncer.Send{Message: refuse}, syncer.Stopped{Refuse: refuse}, load(other[0], 600))
		} else {
			want = append(want, syncer.Send{Message: syncer.Batch{Sealed: b[1].Bytes()}}, load(other[0], 600))
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(syncer.Refuse{}, "Reason")); diff != "" {
			t.Errorf("the peer reads %d (-want +got)\n%s", reads, diff)
		}
		if reads == change.BatchColumns {
			continue
		}
		s.Step(loaded(other...))
		wantEffects(t, hear(s, syncer.Ack{Have: []syncer.Have{have(b[0])}}), syncer.Acked{Have: have(b[0])})
		hear(s, syncer.Ack{Have: []syncer.Have{have(other[0])}})
		if !s.Idle() {
			t.Error("still waits for the stream that it has stopped")
		}
	}
}
