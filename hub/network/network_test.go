package network_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/network"
	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/merge"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// world is a city with two devices in use: one of a street, one of a community.
type world struct {
	*kit.Town
	city          *replica.Replica
	keeper        *network.Keeper
	street, first *kit.Forger
	asked         *atomic.Int64 // questions to the view
}

// counted is a view that counts what it is asked.
type counted struct {
	network.View
	asked *atomic.Int64
}

func (c counted) Record(ctx context.Context, kind string, id change.RecordID) (*merge.Record, error) {
	c.asked.Add(1)
	return c.View.Record(ctx, kind, id)
}

func mustWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Town: kit.MustTown(t), asked: new(atomic.Int64)}
	w.city = w.MustCity(t)
	w.street, w.first = w.MustForger(t, kit.Street), w.MustForger(t, kit.First)
	for _, f := range []*kit.Forger{w.street, w.first} {
		m := f.Member()
		kit.MustAdmit(t, w.city, identity.Device{ID: m.Device, Unit: m.Unit, Key: make([]byte, 32), Enrolled: w.Clock.Now().UnixMilli()})
	}
	v := kit.MustView(t, w.city)
	w.keeper = network.New(network.Config{Streams: w.city.Streams, Records: w.city.Records, Members: w.city.Members, View: counted{v, w.asked}, Device: w.city.Keys.Device(),
		Await: kit.Follower(w.city, v).AwaitArrival, Now: w.Clock.Now, Log: slog.New(slog.DiscardHandler)})
	return w
}

// says has a device say what it reads.
func (w *world) says(t *testing.T, f *kit.Forger, reads system.Formats) {
	t.Helper()
	id := change.RecordID(f.Member().Device)
	state := system.DeviceState{Program: "1.0", Reads: reads}
	f.MustSay(t, w.city, f.Unit, &change.Change{Kind: system.DeviceStateKind, Record: id, Fields: change.FieldsOf(state.Fields()), Actor: "program"})
}

func (w *world) mustSurvey(t *testing.T) network.Survey {
	t.Helper()
	s, err := w.keeper.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) wantPublished(t *testing.T, n uint64, want system.Formats) {
	t.Helper()
	if s := w.mustSurvey(t); s.Publication != n || s.Published != want {
		t.Errorf("published: got %d %+v, want %d %+v", s.Publication, s.Published, n, want)
	}
}

// look has the keeper look once, as it does at its start.
func (w *world) look(t *testing.T) {
	t.Helper()
	if err := w.keeper.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestPublishesWhatAllRead: the city publishes a format by itself once every
// device in use has said that it reads it and none has joined for a day, and not
// before; a revoked device holds nothing back.
func TestPublishesWhatAllRead(t *testing.T) {
	w := mustWorld(t)
	w.says(t, w.street, system.Readable)
	w.look(t)
	w.Clock.Advance(25 * time.Hour)
	w.look(t)
	w.wantPublished(t, 0, system.Before)
	w.says(t, w.first, system.Before.With("receipts", 2))
	w.look(t)
	w.wantPublished(t, 1, system.Before.With("receipts", 2))
	w.look(t)
	w.wantPublished(t, 1, system.Before.With("receipts", 2))
	r, err := root.Open(w.city)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Revoke(t.Context(), w.first.Member().Device, "lost"); err != nil {
		t.Fatal(err)
	}
	w.look(t)
	w.wantPublished(t, 2, system.Readable)
}

// TestWaitsForCalm: while devices join, the next may have an older program.
func TestWaitsForCalm(t *testing.T) {
	w := mustWorld(t)
	w.says(t, w.street, system.Readable)
	w.says(t, w.first, system.Readable)
	w.look(t)
	w.wantPublished(t, 0, system.Before)
	w.Clock.Advance(25 * time.Hour)
	w.look(t)
	w.wantPublished(t, 1, system.Readable)
}

// TestCalmOverAClockSetBack: devices that joined while the clock was ahead hold
// nothing back when it has been set back.
func TestCalmOverAClockSetBack(t *testing.T) {
	w := mustWorld(t)
	w.says(t, w.street, system.Readable)
	w.says(t, w.first, system.Readable)
	w.Clock.Advance(-61 * 24 * time.Hour)
	w.look(t)
	w.wantPublished(t, 1, system.Readable)
}

// TestRunLooksWhenWoken: at its start, and whenever it is woken.
func TestRunLooksWhenWoken(t *testing.T) {
	w := mustWorld(t)
	w.Clock.Advance(25 * time.Hour)
	w.says(t, w.street, system.Readable)
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error)
	go func() { over <- w.keeper.Run(ctx) }()
	w.says(t, w.first, system.Readable)
	w.keeper.Wake()
	kit.MustAwait(t, "it is published", func() bool { return w.mustSurvey(t).Publication == 1 })
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

// TestRunLooksAfterCalm: without a word from anybody it is published when no device has
// joined for a day; then nobody is asked until there is news.
func TestRunLooksAfterCalm(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		w := mustWorld(t)
		w.says(t, w.street, system.Readable)
		w.says(t, w.first, system.Readable)
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan error)
		go func() { over <- w.keeper.Run(ctx) }()
		pass := func(d time.Duration) {
			w.Clock.Advance(d)
			<-time.After(time.Hour) // as long as it takes to look again, whatever the clock says
			synctest.Wait()
		}
		pass(23 * time.Hour)
		w.wantPublished(t, 0, system.Before)
		pass(2 * time.Hour)
		w.wantPublished(t, 1, system.Readable)
		asked := w.asked.Load()
		pass(24 * time.Hour)
		if got := w.asked.Load(); got != asked {
			t.Errorf("without news the view was asked %d times", got-asked)
		}
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
}

// TestPublishByOrder: a person publishes what all read, or by force what they do
// not; never what is not a format, nor what this program does not read, nor less
// than is published.
func TestPublishByOrder(t *testing.T) {
	w := mustWorld(t)
	w.says(t, w.street, system.Readable)
	order := func(name string, version uint64, force bool) error {
		_, err := w.keeper.Publish(t.Context(), network.Order{Formats: map[string]uint64{name: version}, Force: force})
		return err
	}
	kit.WantKind(t, order("receipts", 2, false), fault.Denied)
	kit.WantKind(t, order("receipts", 3, true), fault.Invalid)
	kit.WantKind(t, order("letters", 2, true), fault.Invalid)
	w.wantPublished(t, 0, system.Before)
	if err := order("receipts", 2, true); err != nil {
		t.Fatal(err)
	}
	w.wantPublished(t, 1, system.Before.With("receipts", 2))
	kit.WantKind(t, order("receipts", 1, true), fault.Invalid)
	w.says(t, w.first, system.Readable)
	if err := order("words", 2, false); err != nil {
		t.Fatal(err)
	}
	w.wantPublished(t, 2, system.Readable.With("batch", system.Before.Batch))
	if err := order("batch", system.ColumnBatches, false); err != nil {
		t.Fatal(err)
	}
	w.wantPublished(t, 3, system.Readable)
}

// TestSurvey: who is in use, and what each reads; who has said nothing reads what
// every program reads.
func TestSurvey(t *testing.T) {
	w := mustWorld(t)
	w.says(t, w.street, system.Readable)
	got := w.mustSurvey(t)
	want := map[change.DeviceID]network.Device{
		w.street.Member().Device: {ID: w.street.Member().Device, Unit: kit.Street.Code, Tier: "street", Said: true, Program: "1.0", Reads: system.Readable},
		w.first.Member().Device:  {ID: w.first.Member().Device, Unit: kit.First.Code, Tier: "community", Reads: system.Before},
	}
	devices := map[change.DeviceID]network.Device{}
	for _, d := range got.Devices {
		devices[d.ID] = d
	}
	if diff := cmp.Diff(want, devices); diff != "" {
		t.Error(diff)
	}
	if got.Read != system.Before || got.Readable != system.Readable {
		t.Errorf("got %+v", got)
	}
}
