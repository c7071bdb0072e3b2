package replica_test

import (
	"testing"

	"tongbu/internal/test/kit"
)

// TestOtherKindsThanBefore: a directory that was served by a build which kept
// other kinds has their records once this one has opened it.
func TestOtherKindsThanBefore(t *testing.T) {
	w := kit.MustTown(t)
	city := w.MustCity(t)
	dir := w.MustJoin(t, kit.FarStreet)
	hub := w.MustOpen(t, dir)
	w.MustCarry(t, city, hub)
	if v := mustVerify(t, hub); !v.OK {
		t.Fatal(v.Problems)
	}
	plant(t, hub, "station.kinds", []byte("kept"), []byte("device"))
	plant(t, hub, "records.state", []byte("unit\x00"+string(kit.Street.ID)), nil)
	if v := mustVerify(t, hub); v.OK {
		t.Fatal("the record that was never kept is not missed")
	}
	if err := hub.Close(); err != nil {
		t.Fatal(err)
	}
	again := w.MustOpen(t, dir)
	if v := mustVerify(t, again); !v.OK || v.Records != len(kit.Units()) {
		t.Errorf("%d records, want the %d units: %v", v.Records, len(kit.Units()), v.Problems)
	}
}
