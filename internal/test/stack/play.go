package stack

import (
	"crypto/ed25519"
	"sync"
	"testing"
	"testing/synctest"

	"tongbu/internal/change"
)

// Play founds a network in a bubble of its own, with a running device for each
// unit, and plays a story. All that runs is stopped and joined at its end.
func Play(t *testing.T, opts Options, story func(*World)) {
	t.Helper()
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		w := MustFound(t, opts)
		w.MustPopulate()
		story(w)
		w.StopAll()
	})
}

var warmed sync.Once

// warm has the compressor, which all batches share, make its channels outside
// any bubble: channels made in one cannot be used in others.
func warm(tb testing.TB) {
	tb.Helper()
	warmed.Do(func() {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			tb.Fatal(err)
		}
		in := change.Stream{Device: change.DeviceOf(key.Public().(ed25519.PublicKey)), Incarnation: 1, Audience: unitID(0)}
		b, err := change.Seal(change.BatchRows, key, in, change.Mark{}, [][]byte{make([]byte, 64<<10)}, 0)
		if err == nil {
			_, err = b.Raw()
		}
		if err != nil {
			tb.Fatal(err)
		}
	})
}
