package link_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/streams"
)

// mouth is a connection that always has one more batch, or falls silent.
type mouth struct {
	more   chan syncer.Message
	closed chan struct{}
}

func (m mouth) Send(syncer.Message) error { return nil }

func (m mouth) Recv() (syncer.Message, error) {
	select {
	case b := <-m.more:
		return b, nil
	case <-m.closed:
		return nil, fault.New(fault.Unavailable, "closed")
	}
}

func (m mouth) Close(error) { close(m.closed) }

// slowStore takes no batch until it is let.
type slowStore struct {
	link.Streams
	let chan struct{}
}

func (slowStore) Entries() ([]syncer.Entry, uint64)     { return nil, 0 }
func (slowStore) Since(uint64) ([]syncer.Entry, uint64) { return nil, 0 }
func (slowStore) Changed() <-chan struct{}              { return nil }
func (slowStore) Over() <-chan struct{}                 { return nil }
func (s slowStore) Learn(ctx context.Context, _ []byte) error {
	select {
	case <-s.let:
	case <-ctx.Done():
	}
	return nil
}

func (slowStore) Append(ctx context.Context, _ streams.Sender, _ [][]byte) ([]syncer.Result, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

type deaf struct{}

func (deaf) Met(syncer.Peer, time.Duration)       {}
func (deaf) Alive(syncer.Peer)                    {}
func (deaf) Acked(syncer.Have)                    {}
func (deaf) Heard(syncer.Peer, syncer.Reach)      {}
func (deaf) Stopped(syncer.Refuse)                {}
func (deaf) News() <-chan struct{}                { return nil }
func (deaf) Reach(syncer.Peer, bool) syncer.Reach { return syncer.Reach{} }

// TestRoom: a link whose store is slow takes from the room and no more than
// that, an idle one takes nothing, and at its end a link gives all back.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 2 << 20
		room, let := link.NewRoom(size), make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		m := mouth{more: make(chan syncer.Message), closed: make(chan struct{})}
		ended := make(chan error, 1)
		go func() {
			ended <- link.Run(ctx, m, link.Config{Streams: slowStore{let: let}, Watch: deaf{}, Now: time.Now, Room: room, Beat: time.Hour})
		}()
		taken := 0
		give := func(msg syncer.Message) bool {
			select {
			case m.more <- msg:
				return true
			case <-time.After(time.Minute): // of the bubble: nobody takes it
				return false
			}
		}
		give(syncer.Hello{Version: syncer.Version})
		give(syncer.Author{}) // on which the store now hangs
		for range 100 {
			if !give(syncer.Batch{Sealed: make([]byte, 600<<10)}) {
				break
			}
			taken++
		}
		if taken == 0 || taken > 5 || room.Free() >= size {
			t.Errorf("%d batches are taken, %d bytes free, want it to stop for want of room", taken, room.Free())
		}
		cancel()
		if err := <-ended; fault.Of(err) != fault.Canceled {
			t.Errorf("the link ended with %v", err)
		}
		if got := room.Free(); got != size {
			t.Errorf("%d bytes are free at the end, want %d", got, size)
		}
	})
}

// TestRoomTakenByOthers: a link that is done with what it held receives again,
// though others have taken all of the room and keep it.
func TestRoomTakenByOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room, never, let := link.NewRoom(1<<20), make(chan struct{}), make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		run := func(store slowStore) mouth {
			m := mouth{more: make(chan syncer.Message), closed: make(chan struct{})}
			go func() {
				ended <- link.Run(ctx, m, link.Config{Streams: store, Watch: deaf{}, Now: time.Now, Room: room, Beat: time.Hour})
			}()
			m.more <- syncer.Hello{Version: syncer.Version}
			synctest.Wait() // it is done with that
			m.more <- syncer.Author{}
			synctest.Wait() // its store hangs on it
			return m
		}
		greedy := run(slowStore{let: never})
		greedy.more <- syncer.Batch{Sealed: make([]byte, 600<<10)}
		synctest.Wait()
		modest := run(slowStore{let: let})
		if got := room.Free(); got >= 600<<10 {
			t.Fatalf("%d bytes are free, want the one link to keep them from the other", got)
		}
		close(let)
		synctest.Wait()
		select {
		case modest.more <- syncer.Reach{}:
		case <-time.After(time.Minute): // of the bubble: nobody takes it
			t.Error("the link receives no more, though it holds nothing")
		}
		cancel()
		for range 2 {
			if err := <-ended; fault.Of(err) != fault.Canceled {
				t.Errorf("a link ended with %v", err)
			}
		}
		if got := room.Free(); got != 1<<20 {
			t.Errorf("%d bytes are free at the end, want all", got)
		}
	})
}

// call is a connection whose Recv is freed by the return of whoever called
// Run, as that of a gRPC call is; by then a message may have come.
type call struct {
	returned chan struct{}
	pumps    sync.WaitGroup
	running  atomic.Int32 // of the pumps
	late     chan syncer.Message
}

var _ link.Detached = (*call)(nil)

func (c *call) Send(syncer.Message) error { return nil }

func (c *call) Recv() (syncer.Message, error) {
	<-c.returned
	select {
	case m := <-c.late:
		return m, nil
	default:
		return nil, fault.New(fault.Unavailable, "the call is over")
	}
}

func (c *call) Close(error) {}

func (c *call) Go(pump func()) {
	c.running.Add(1)
	c.pumps.Go(func() {
		defer c.running.Add(-1)
		pump()
	})
}

// TestDetached: a link over a call does not wait for what only its own return
// frees, what comes after its end takes nothing from the room, and an idle one has
// one goroutine beside its own.
func TestDetached(t *testing.T) {
	const size = 2 << 20
	room := link.NewRoom(size)
	for range 20 { // whether the late message is taken is by chance
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			c := &call{returned: make(chan struct{}), late: make(chan syncer.Message, 2)}
			ended := make(chan error, 1)
			go func() {
				ended <- link.Run(ctx, c, link.Config{Streams: slowStore{}, Watch: deaf{}, Now: time.Now, Room: room, Beat: time.Hour})
			}()
			synctest.Wait() // it has said hello, and receives
			if got := c.running.Load(); got != 1 {
				t.Errorf("%d goroutines are beside an idle link, want the one that receives", got)
			}
			cancel()
			if err := <-ended; fault.Of(err) != fault.Canceled {
				t.Errorf("the link ended with %v", err)
			}
			c.late <- syncer.Batch{Sealed: make([]byte, 600<<10)}
			c.late <- syncer.Batch{Sealed: make([]byte, 600<<10)}
			close(c.returned)
			c.pumps.Wait()
			if got := room.Free(); got != size {
				t.Errorf("%d bytes are free at the end, want %d", got, size)
			}
		})
	}
}
