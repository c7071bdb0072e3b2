package operate_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/test/kit"
	"tongbu/syncer/carry"
)

// TestVeryManyReaders: where a file would have too many readers, those of a unit that
// joined last stay, and no unit is left without one.
func TestVeryManyReaders(t *testing.T) {
	w := kit.MustTiers(t)
	w.MustAdmit(t, w.Street)
	for n := range carry.MaxReaders + 20 {
		seed := sha256.Sum256([]byte{byte(n), byte(n >> 8)})
		key, ok := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
		if !ok {
			t.Fatal("no key")
		}
		device := identity.Device{ID: change.DeviceOf(key), Unit: kit.First.ID, Key: key, Enrolled: int64(n)}
		kit.MustAdmit(t, w.City, device)
	}
	w.MustAdmit(t, w.Node)
	var file bytes.Buffer
	sum, err := at(w.City).CarryOut(t.Context(), &file, kit.First.Code, true)
	if err != nil || sum.Readers != carry.MaxReaders || sum.LeftOut != 22 {
		t.Fatalf("got %+v, %v, want %d readers and 22 left out", sum, err, carry.MaxReaders)
	}
	mustIn(t, w.Street, bytes.NewBuffer(bytes.Clone(file.Bytes())))
	mustIn(t, w.Node, &file)
}
