package carry_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/streams/streamstest"
	"tongbu/syncer/wire"
)

// TestLaterBatch: a batch that only a later program reads is counted as refused, and
// what stands beside it in the file is taken.
func TestLaterBatch(t *testing.T) {
	w, clerk, root, own := site(t)
	of := own
	of.Incarnation = 2
	b, err := change.Seal(change.BatchColumns, clerk.Config.Key, of, change.Mark{}, [][]byte{streamstest.Edit(t, "three")}, 7)
	if err != nil {
		t.Fatal(err)
	}
	later := bytes.Clone(b.Bytes())
	later[4] = 4 // the version
	frames := framed(t, syncer.Author{Certificate: clerk.Keys.Certificate().Raw}, syncer.Batch{Sealed: later})
	for _, b := range clerk.MustSeal(t, own) {
		frames = append(frames, framed(t, syncer.Batch{Sealed: b.Bytes()})...)
	}
	s, _ := mustIn(t, inward(w, root), mustSign(t, outward(w, clerk, w.Community, root), frames))
	if s.Batches != 2 || s.Refused != 1 || s.Changes != 2 || len(s.Problems) != 1 || !strings.Contains(s.Problems[0], "version 4") {
		t.Errorf("taken in: %+v, want one batch refused", s)
	}
	if e, _ := root.Entry(own); e.Sealed.Seq != 2 {
		t.Errorf("what stands beside it goes to %d, want 2", e.Sealed.Seq)
	}
}

// framed are messages as they stand in a file.
func framed(t *testing.T, messages ...syncer.Message) (frames []byte) {
	t.Helper()
	for _, m := range messages {
		raw, err := wire.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		frames = append(binary.BigEndian.AppendUint32(frames, uint32(len(raw))), raw...)
	}
	return frames
}
