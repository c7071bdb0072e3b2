package replica_test

import (
	"context"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// mustServe runs a replica's tasks until it has said something, and ends them.
func mustServe(t *testing.T, r *replica.Replica, said int) {
	t.Helper()
	mustServeUntil(t, r, "the device has said what it is", func() bool { return len(statesOf(t, r)) == said })
}

// mustServeUntil runs the replica's tasks until something holds, and joins them.
func mustServeUntil(t *testing.T, r *replica.Replica, what string, holds func() bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		tasks := r.Tasks()
		done := make(chan error, len(tasks))
		for _, task := range tasks {
			go func() { done <- task(ctx) }()
		}
		for range tasks {
			if err := <-done; fault.Of(err) != fault.OK {
				t.Error(err)
			}
		}
		close(over)
	}()
	kit.MustAwait(t, what, holds)
	stop()
	<-over
}

// statesOf are the changes in which a device says what it is.
func statesOf(t *testing.T, r *replica.Replica) (past []records.Past) {
	t.Helper()
	err := r.Journal.View(func(tx *journal.Tx) (err error) {
		past, err = r.Records.History(tx, system.DeviceStateKind, change.RecordID(r.Keys.Device()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return past
}

// TestADeviceSaysWhatItReads: once, in its own stream, and again at the start after
// something else is to be said.
func TestADeviceSaysWhatItReads(t *testing.T) {
	w := kit.MustTiers(t)
	mustServe(t, w.Node, 1)
	mustServe(t, w.Node, 1) // nothing else is to be said
	said := statesOf(t, w.Node)
	fields := said[0].Change.Fields
	want := system.DeviceState{Device: w.Node.Keys.Device(), Program: "development", Reads: system.Readable}.Fields()
	if said[0].Stream != w.Stream(w.Node) || len(fields) != len(want) {
		t.Errorf("got %v in %v, want %v", fields, said[0].Stream, want)
	}
	for name, value := range want {
		if fields.Get(name) != value {
			t.Errorf("%s: got %v, want %v", name, fields.Get(name), value)
		}
	}
	kit.MustPublish(t, w.City, system.Readable)
	w.MustCarry(t, w.City, w.Node)
	mustServe(t, w.Node, 2)
	if got := statesOf(t, w.Node)[1].Change.Fields.Get("heard"); got != change.Int(1) {
		t.Errorf("heard: got %v, want 1", got)
	}
}

// TestOnlyTheDeviceSaysIt: what another device says of it counts nowhere.
func TestOnlyTheDeviceSaysIt(t *testing.T) {
	w := kit.MustTiers(t)
	victim := w.Node.Keys.Device()
	forger := w.MustForger(t, kit.First)
	forger.MustSay(t, w.City, kit.First, &change.Change{Kind: system.DeviceStateKind, Record: change.RecordID(victim), Fields: change.FieldsOf(system.DeviceState{Program: "forged"}.Fields()), At: 1})
	mustServe(t, w.Node, 1)
	w.MustCarry(t, w.Node, w.City)
	kit.MustJudge(t, w.City)
	w.MustCarry(t, w.City, w.Node)
	v := kit.MustView(t, w.City)
	if err := kit.Follower(w.City, v).AwaitApplied(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := v.Record(t.Context(), system.DeviceStateKind, change.RecordID(victim))
	if err != nil || system.DeviceStateFrom(got).Program != "development" {
		t.Errorf("got %v, %v", got, err)
	}
	err = w.Node.Journal.View(func(tx *journal.Tx) error {
		refusals := 0
		err := w.Node.Records.EachState(tx, system.RefusalKind, "", func(change.RecordID, []byte) error {
			refusals++
			return nil
		})
		if refusals != 1 {
			t.Errorf("%d refusals, want that of the forger's alone", refusals)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSealsWhatIsPublished: a device seals in the version that the city has
// published, from the moment it has heard of it; the batch with the publication is
// still of the version before.
func TestSealsWhatIsPublished(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"name":"甲"}`)
	w.MustExchange(t, w.Node, w.City)
	kit.MustPublish(t, w.City, system.Before.With("batch", system.ColumnBatches))
	kit.MustPut(t, w.Node, "person", `{"name":"乙"}`)
	w.MustExchange(t, w.Node, w.City)
	wantVersion(t, w.City, change.BatchRows)
	wantVersion(t, w.Node, change.BatchRows)
	kit.MustPublish(t, w.City, system.Readable)
	kit.MustPut(t, w.Node, "person", `{"name":"丙"}`)
	w.MustExchange(t, w.Node, w.City)
	wantVersion(t, w.City, change.BatchColumns)
	wantVersion(t, w.Node, change.BatchColumns)
}

// wantVersion wants the last batch that a device has sealed for its own unit to be of
// the version.
func wantVersion(t *testing.T, of *replica.Replica, want uint8) {
	t.Helper()
	own := change.Stream{Device: of.Keys.Device(), Incarnation: 1, Audience: of.Place.Unit}
	batches, _, err := of.Streams.Load(own, change.Mark{}, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if got := batches[len(batches)-1].Version; got != want {
		t.Errorf("got a batch of version %d, want %d", got, want)
	}
}
