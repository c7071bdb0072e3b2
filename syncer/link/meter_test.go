package link_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/syncer/link"
)

// TestMeter: what crosses is counted at both ends, and what the other has is known
// also when the link has ended.
func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		w := p.clerk.World
		p.clerk.meter, p.street.meter = &link.Meter{}, &link.Meter{}
		if _, said := p.clerk.meter.Has(); said {
			t.Error("before any link: it is known what the other has")
		}
		p.street.MustWrite(t, w.Community, "from above", "from above too")
		p.start(t, nil)
		synctest.Wait()
		p.clerk.MustWrite(t, w.Community, "one")
		synctest.Wait()
		p.clerk.MustWrite(t, w.Community, "two")
		synctest.Wait()
		_ = p.stop()
		up, down := p.clerk.meter.Traffic(), p.street.meter.Traffic()
		if up.SentBatches < 2 || up.ReceivedBatches == 0 || up.SentBytes == 0 {
			t.Errorf("got %+v, want batches both ways", up)
		}
		if diff := cmp.Diff(link.Traffic{ReceivedBatches: up.SentBatches, ReceivedBytes: up.SentBytes, SentBatches: up.ReceivedBatches, SentBytes: up.ReceivedBytes}, down); diff != "" {
			t.Error(diff)
		}
		wantHas(t, p.clerk.meter, p.clerk, p.clerk.Config.Self.Device, 2)
		wantHas(t, p.street.meter, p.street, p.street.Config.Self.Device, 2)

		p.street.MustWrite(t, w.Community, "while it is away")
		wantHas(t, p.street.meter, p.street, p.street.Config.Self.Device, 2)
		p.start(t, nil) // another link says it all again
		synctest.Wait()
		_ = p.stop()
		wantHas(t, p.street.meter, p.street, p.street.Config.Self.Device, 3)
	})
}

// wantHas wants the other to have so much of the streams of a device.
func wantHas(t *testing.T, m *link.Meter, at *side, of change.DeviceID, want uint64) {
	t.Helper()
	has, said := m.Has()
	got := uint64(0)
	entries, _ := at.Entries()
	for _, e := range entries {
		if e.Stream.Device == of {
			got += has[e.Stream]
		}
	}
	if !said || got != want {
		t.Errorf("got %d, %v, want the other to have %d", got, said, want)
	}
}
