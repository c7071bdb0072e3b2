package streams_test

import (
	"testing"

	"github.com/fxamacker/cbor/v2"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/streams/streamstest"
)

// mustLater is a batch as a program of later might seal it: with a version and a
// field more.
func mustLater(t *testing.T, in change.Stream) []byte {
	t.Helper()
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	header, err := mode.Marshal([]any{4, in, 1, 1, make([]byte, 32), 9, make([]byte, 32), 5, 0, "more"})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := mode.Marshal([]any{header, make([]byte, 64), []byte{1}})
	if err != nil {
		t.Fatal(err)
	}
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
	got, err := street.Append(t.Context(), below(clerk), [][]byte{mustLater(t, of), b.Bytes()})
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
