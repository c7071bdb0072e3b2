package link_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/inproc"
	"tongbu/syncer/link"
)

// counting counts what is read to be sent.
type counting struct {
	link.Streams
	bytes int
}

func (c *counting) Load(of change.Stream, after change.Mark, limit int) ([]*change.Batch, []byte, error) {
	batches, certificate, err := c.Streams.Load(of, after, limit)
	for _, b := range batches {
		c.bytes += len(b.Bytes())
	}
	return batches, certificate, err
}

// noise is a text that cannot be compressed much.
func noise(seed int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	text := make([]byte, 4000)
	for i := range text {
		text[i] = byte(' ' + r.IntN(90))
	}
	return string(text)
}

// TestSlowPeer: what waits for a peer that does not read is bounded by the
// window, however much there is to say and however long it takes.
func TestSlowPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const window = 20_000
		p := newPair(t)
		w := p.clerk.World
		for n := range 40 {
			p.clerk.MustSeal(t, p.clerk.MustWrite(t, w.Community, noise(n)))
		}
		up, down := inproc.Pair()
		loads := &counting{Streams: p.clerk.Device}
		p.clerk.store = loads
		cfg := p.clerk.config(p.street, false)
		cfg.Session.Window, cfg.Session.Chunk = window, window/2
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- link.Run(ctx, up, cfg) }()
		say := []syncer.Message{syncer.Hello{Version: syncer.Version, Network: "n", Peer: p.street.Config.Self}, syncer.Marks{Last: true}}
		for range 30 { // it is alive, and reads nothing
			say = append(say, syncer.Reach{})
		}
		for _, m := range say {
			if err := down.Send(m); err != nil {
				t.Fatal(err)
			}
			<-time.After(10 * time.Second)
		}
		if loads.bytes == 0 || loads.bytes > window+5000 {
			t.Errorf("%d bytes read for a peer that takes nothing, the window is %d", loads.bytes, window)
		}
		if told := p.clerk.watch.told; told > 5 {
			t.Errorf("%d beats wait to be sent", told)
		}
		cancel()
		<-done //nolint:errcheck // the end was asked for
	})
}

// TestAskingPeer: a peer whose questions are smaller than the answers, and that
// reads none of them, does not fill the memory: its link ends.
func TestAskingPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		w := p.clerk.World
		var own change.Stream
		for n := range 60 {
			own = p.street.MustWrite(t, w.Community, noise(n))
			p.street.MustSeal(t, own)
		}
		up, down := inproc.Pair()
		cfg := p.street.config(p.clerk, true)
		cfg.Session.Named = 1
		ended := make(chan error, 1)
		go func() { ended <- link.Run(t.Context(), down, cfg) }()
		say := []syncer.Message{syncer.Hello{Version: syncer.Version, Network: "n", Peer: p.clerk.Config.Self}, syncer.Marks{Last: true}}
		for range 3000 {
			say = append(say, syncer.Trace{Stream: own})
		}
		for _, m := range say {
			if up.Send(m) != nil {
				break
			}
			synctest.Wait()
		}
		up.Close(nil)
		if err := <-ended; fault.Of(err) != fault.Exhausted {
			t.Errorf("got %v, want the link ended", err)
		}
	})
}
