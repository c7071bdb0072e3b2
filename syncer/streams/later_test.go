package streams_test

import (
	"bytes"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/streams/streamstest"
)

// laterOf is a batch as a program of later might seal it.
func laterOf(b *change.Batch) []byte {
	const version = 4 // where it stands: behind the heads of the batch, the header and its list
	raw := bytes.Clone(b.Bytes())
	raw[version] = 4
	return raw
}

// TestLaterVersionStopsItsStream: a batch of a version that this build does not read
// is refused, and nothing else that comes with it.
func TestLaterVersionStopsItsStream(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, street, clerk)
	own := clerk.MustWrite(t, w.Community, "one")
	b := clerk.MustSeal(t, own)[0]
	of := own
	of.Incarnation = 2
	unread, err := change.Seal(change.BatchColumns, clerk.Keys.Key(), of, change.Mark{}, [][]byte{streamstest.Edit(t, "two")}, 7)
	if err != nil {
		t.Fatal(err)
	}
	got, err := street.Append(t.Context(), below(clerk), [][]byte{laterOf(unread), b.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Outcome != syncer.Refused || got[0].Fault != fault.Unsupported || got[0].Stream != of {
		t.Errorf("got %+v, want it refused as unsupported", got[0])
	}
	wantKept(t, got[1:])
	wantTexts(t, street, "one")
	if _, known := street.Entry(of); known {
		t.Error("a stream of which nothing was read is known")
	}
	if _, err := street.Append(t.Context(), below(clerk), [][]byte{{0x83, 0x43, 0x88, 0x04, 0x83, 0x40, 0x40}}); fault.Of(err) == fault.OK {
		t.Error("what names no stream is no reason to end the link")
	}
}
