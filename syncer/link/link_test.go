package link_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
	"tongbu/syncer/inproc"
	"tongbu/syncer/link"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

func wantTexts(t *testing.T, s *side, want ...string) {
	t.Helper()
	got := s.Texts(t)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("texts (-want +got)\n%s", diff)
	}
}

func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		w := p.clerk.World
		p.clerk.MustWrite(t, w.Community, "offline one", "offline two")
		p.street.MustWrite(t, w.Community, "from above")
		p.start(t, nil)
		synctest.Wait()
		p.clerk.MustWrite(t, w.Community, "online")
		synctest.Wait()
		wantTexts(t, p.clerk, "offline one", "offline two", "from above", "online")
		wantTexts(t, p.street, "offline one", "offline two", "from above", "online")
		if n := len(p.clerk.watch.acked); n != 2 {
			t.Errorf("%d words from the parent, want 2", n)
		}
		if got := p.stop(); fault.Of(got) != fault.Canceled {
			t.Errorf("got %v, want canceled", got)
		}
	})
}

// TestAckAfterStore: nothing is acknowledged before it is on the disk.
func TestAckAfterStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		g := &gate{Streams: p.street.Device, reached: make(chan struct{}), open: make(chan struct{})}
		p.street.store = g
		p.clerk.MustWrite(t, p.clerk.World.Community, "one")
		p.start(t, nil)
		<-g.reached
		synctest.Wait()
		p.clerk.watch.note(func() {
			if len(p.clerk.watch.acked) != 0 {
				t.Error("acknowledged before it was stored")
			}
		})
		close(g.open)
		synctest.Wait()
		p.clerk.watch.note(func() {
			if len(p.clerk.watch.acked) != 1 {
				t.Error("not acknowledged after it was stored")
			}
		})
		_ = p.stop()
	})
}

// TestCutAnywhere cuts the line after every message there is and links again:
// nothing is lost, nothing comes twice.
func TestCutAnywhere(t *testing.T) {
	want := []string{"c1", "c2", "c3", "s1", "s2"}
	for n := range 24 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t)
				w := p.clerk.World
				own := p.clerk.MustWrite(t, w.Community, "c1")
				p.clerk.MustSeal(t, own)
				p.clerk.MustWrite(t, w.Community, "c2", "c3")
				p.street.MustWrite(t, w.Street, "s1")
				p.street.MustWrite(t, w.Community, "s2")
				p.start(t, cutAfter(n))
				synctest.Wait()
				_ = p.stop()
				p.start(t, nil)
				synctest.Wait()
				_ = p.stop()
				wantTexts(t, p.clerk, slices.Clone(want)...)
				wantTexts(t, p.street, slices.Clone(want)...)
			})
		})
	}
}

// TestForkHeals: the clerk's copy links while the original has said more.
func TestForkHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		w := p.clerk.World
		own := p.clerk.Own(w.Community)
		ours := streamstest.MustBatch(t, p.clerk.Config.Key, own, change.Mark{}, "a1")
		if err := p.street.Learn(t.Context(), p.clerk.Keys.Certificate().Raw); err != nil {
			t.Fatal(err)
		}
		from := streams.Sender{Peer: p.clerk.Config.Self}
		if _, err := p.street.Append(t.Context(), from, [][]byte{ours.Bytes()}); err != nil {
			t.Fatal(err)
		}
		p.clerk.MustWrite(t, w.Community, "b1")
		p.clerk.MustSeal(t, own)
		p.start(t, nil)
		if err := p.wait(); !strings.Contains(err.Error(), "is opened again") {
			t.Errorf("got %v, want the link to be opened again", err)
		}
		p.start(t, nil)
		synctest.Wait()
		_ = p.stop()
		wantTexts(t, p.clerk, "a1", "b1")
		wantTexts(t, p.street, "a1", "b1")
	})
}

// TestBadCertificate: one device's certificate of another network stops
// nothing but that device's batches.
func TestBadCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		a, b := inproc.Pair()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- link.Run(ctx, b, p.street.config(p.clerk, true)) }()
		own := p.clerk.Own(p.clerk.World.Community)
		batch := streamstest.MustBatch(t, p.clerk.Config.Key, own, change.Mark{}, "x")
		got := talk(t, a, syncer.Hello{Version: syncer.Version, Network: "n", Peer: p.clerk.Config.Self},
			syncer.Marks{Last: true}, syncer.Author{Certificate: []byte("none")}, syncer.Batch{Sealed: batch.Bytes()},
			syncer.Author{Certificate: p.clerk.Keys.Certificate().Raw}, syncer.Batch{Sealed: batch.Bytes()})
		var refused, acked int
		for _, m := range got {
			switch m.(type) {
			case syncer.Refuse:
				refused++
			case syncer.Ack:
				acked++
			}
		}
		if refused != 1 || acked != 1 {
			t.Errorf("%d refused and %d acknowledged, want 1 and 1", refused, acked)
		}
		cancel()
		<-done //nolint:errcheck // the end was asked for
	})
}

// talk says the messages one after the other and returns what comes back.
func talk(t *testing.T, conn *inproc.Conn, say ...syncer.Message) []syncer.Message {
	t.Helper()
	var got []syncer.Message
	heard, over := make(chan syncer.Message, 100), make(chan struct{})
	go func() {
		defer close(over)
		for {
			m, err := conn.Recv()
			if err != nil {
				return
			}
			heard <- m
		}
	}()
	for _, m := range say {
		if err := conn.Send(m); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
	}
	conn.Close(nil)
	<-over
	for len(heard) > 0 {
		got = append(got, <-heard)
	}
	return got
}

// TestSilentPeer: the line is up and nobody speaks.
func TestSilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		a, b := inproc.Pair()
		go func() {
			for { // the machine takes what is sent, the program says nothing
				if _, err := a.Recv(); err != nil {
					return
				}
			}
		}()
		begin := time.Now()
		err := link.Run(t.Context(), b, p.street.config(p.clerk, true))
		if fault.Of(err) != fault.Unavailable {
			t.Errorf("got %v, want unavailable", err)
		}
		if took := time.Since(begin); took < 30*time.Second || took > 2*time.Minute {
			t.Errorf("noticed after %v", took)
		}
	})
}

// TestBeatsKeepALinkUp: a link with nothing to say is not a silent one.
func TestBeatsKeepALinkUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.start(t, nil)
		timer := time.NewTimer(time.Hour)
		select {
		case err := <-p.errs:
			t.Fatalf("the link ended: %v", err)
		case <-timer.C:
		}
		_ = p.stop()
		if p.clerk.watch.met != 1 || p.street.watch.told < 300 {
			t.Errorf("met %d times, %d beats", p.clerk.watch.met, p.street.watch.told)
		}
	})
}

// TestNews does not wait for the beat.
func TestNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.clerk.watch.news = make(chan struct{})
		p.start(t, nil)
		synctest.Wait()
		before := 0
		p.street.watch.note(func() { before = len(p.street.watch.heard) })
		p.clerk.watch.publish()
		synctest.Wait()
		p.street.watch.note(func() {
			if got := len(p.street.watch.heard); got == before {
				t.Error("the news waits")
			}
		})
		_ = p.stop()
	})
}

// TestReachIsSplit: a large city fits into messages of limited size.
func TestReachIsSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		heads := make([]syncer.Head, 700)
		p.clerk.watch.reach = syncer.Reach{Devices: slices.Repeat([]syncer.DeviceReach{{Heads: heads}}, 9), Now: 5}
		p.start(t, nil)
		synctest.Wait()
		_ = p.stop()
		devices := 0
		for _, r := range p.street.watch.heard {
			devices += len(r.Devices)
			if n := len(r.Devices); n > 3 || r.Now != 5 {
				t.Errorf("%d devices in one message", n)
			}
		}
		if devices != 9 {
			t.Errorf("%d devices arrived, want 9", devices)
		}
	})
}

// older is the connection of a program that says nothing of batches and reads only
// those of before.
type older struct{ link.Conn }

func (c older) Send(m syncer.Message) error {
	if h, ok := m.(syncer.Hello); ok {
		h.Batch = 0
		m = h
	}
	return c.Conn.Send(m)
}

// TestOlderProgramAbove: an older program above one that seals in version 3. What is
// sealed before goes over; then the stream stops with Unsupported at both ends, and
// the line and the other streams go on.
func TestOlderProgramAbove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		w, version := p.clerk.World, uint8(change.BatchRows)
		p.clerk.Config.Batch = func(*journal.Tx) (uint8, error) { return version, nil }
		p.clerk.MustClose(t)
		p.clerk.MustReopen(t)
		p.clerk.MustWrite(t, w.Community, "one")
		p.startBetween(t, nil, func(c link.Conn) link.Conn { return older{Conn: c} })
		synctest.Wait()
		wantTexts(t, p.street, "one")
		version = change.BatchColumns
		p.clerk.MustWrite(t, w.Community, "two")
		synctest.Wait()
		p.street.MustWrite(t, w.Community, "from above")
		synctest.Wait()
		wantTexts(t, p.street, "one", "from above")
		wantTexts(t, p.clerk, "one", "two", "from above")
		for name, end := range map[string]*side{"below": p.clerk, "above": p.street} {
			if got := end.watch.stopped; len(got) != 1 || got[0].Kind != fault.Unsupported || got[0].Stream != p.clerk.Own(w.Community) {
				t.Errorf("%s: got %+v", name, got)
			}
		}
		if got := p.stop(); fault.Of(got) != fault.Canceled {
			t.Errorf("got %v, want canceled", got)
		}
		p.start(t, nil) // the one above is upgraded
		synctest.Wait()
		wantTexts(t, p.street, "one", "two", "from above")
		p.stop() //nolint:errcheck // the end was asked for
	})
}
