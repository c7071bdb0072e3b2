package kit

import (
	"crypto/ed25519"
	"sync"
	"testing"
	"testing/synctest"

	"tongbu/internal/change"
)

// MustBubble runs fn in a bubble of made-up time. The compressor of batches is one
// for the whole process and makes its channels at the first use, which must not
// be in a bubble.
func MustBubble(t *testing.T, fn func(t *testing.T)) {
	t.Helper()
	if err := compressorMade(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, fn)
}

var compressorMade = sync.OnceValue(func() error {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	in := change.Stream{Device: change.DeviceOf(key.Public().(ed25519.PublicKey)), Incarnation: 1, Audience: City.ID}
	raw, err := Person("p-1", "甲").Encode()
	if err != nil {
		return err
	}
	b, err := change.Seal(change.BatchRows, key, in, change.Mark{}, [][]byte{raw}, 1)
	if err != nil {
		return err
	}
	_, err = b.Raw()
	return err
})
