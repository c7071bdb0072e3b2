package replica_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/syncer"
)

// TestOlderContacts: of what an older build saved of contacts, devices that nobody
// admitted are dropped, from the file too, and of the others only what can be true
// is believed.
func TestOlderContacts(t *testing.T) {
	town := kit.MustTown(t)
	city := town.MustCity(t)
	f := town.MustForger(t, kit.First)
	enrolled := town.Clock.Now().Add(-time.Hour).UnixMilli()
	kit.MustAdmit(t, city, identity.Device{ID: f.Peer().Device, Unit: kit.First.ID, Key: make([]byte, 32), Enrolled: enrolled})
	save := func(p syncer.Peer) {
		raw, err := json.Marshal(syncer.DeviceReach{Peer: p, Connected: true, Heads: []syncer.Head{{Stream: f.Stream(kit.First), Seq: 1 << 61}}})
		if err != nil {
			t.Fatal(err)
		}
		plant(t, city, "station.reach", []byte(p.Device), raw)
	}
	save(f.Peer())
	for n := range byte(100) {
		save(syncer.Peer{Unit: kit.First.ID, Device: change.DeviceOf([]byte{1, n})})
	}
	if err := city.Close(); err != nil {
		t.Fatal(err)
	}
	city = town.MustOpen(t, town.RootDir)
	want := []syncer.DeviceReach{{Peer: f.Peer(), Heard: enrolled}}
	if diff := cmp.Diff(want, city.Contact.All()); diff != "" {
		t.Error(diff)
	}
	rows := 0
	err := city.Journal.View(func(tx *journal.Tx) error {
		return tx.Table("station.reach").Ascend(nil, nil, func(_, _ []byte) error { rows++; return nil })
	})
	if err != nil || rows != 1 {
		t.Errorf("%d rows are left, %v, want 1", rows, err)
	}
}

// TestIncarnationOfAnOlderBuild: a node whose incarnation an older build counted
// past its end saves again, and says what to do.
func TestIncarnationOfAnOlderBuild(t *testing.T) {
	town := kit.MustTown(t)
	for name, stored := range map[string][]byte{"past the end": {0, 0, 0, 0}, "the end": {255, 255, 255, 255}} {
		t.Run(name, func(t *testing.T) {
			dir := town.MustJoin(t, kit.First)
			s := town.MustOpen(t, dir)
			plant(t, s, "custody.self", []byte("incarnation"), stored)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = town.MustOpen(t, dir)
			kit.MustPut(t, s, "person", `{"id":"p-1","name":"甲"}`)
			st, err := operate.New(s, operate.Beyond{}).Status(t.Context(), false)
			if err != nil || st.Incarnation == 0 || st.Incarnation > syncer.MaxIncarnation || st.Own.Head != 1 {
				t.Errorf("got %+v, %v", st, err)
			}
		})
	}
}
