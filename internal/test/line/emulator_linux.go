package line

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"
)

// Emulator carries packets between two TUN devices.
type Emulator struct {
	near, far *os.File
	running   sync.WaitGroup
	done      chan struct{}
	ways      [2]way
}

// way is one direction of an emulator.
type way struct {
	mu    sync.Mutex // guards all below but pace
	shape Shape
	tally Tally
	dice  *rand.Rand
	pace  pacer
}

// parcel is a packet and when it arrives.
type parcel struct {
	packet []byte
	at     time.Time
}

const (
	mtu     = 1400
	standby = 8192        // packets under way at most
	queued  = time.Second // what the buffer in front of a slow line holds
	least   = 8 * mtu     // and at least so many bytes
)

// mustEmulate carries between the devices until the test ends. The seed says
// which packets are lost.
func mustEmulate(tb testing.TB, near, far *os.File, seed uint64) *Emulator {
	tb.Helper()
	e := &Emulator{near: near, far: far, done: make(chan struct{})}
	for d := range e.ways {
		e.ways[d].dice = rand.New(rand.NewPCG(seed, uint64(d)))
	}
	e.carryWay(Up, near, far)
	e.carryWay(Down, far, near)
	tb.Cleanup(func() {
		close(e.done)
		_ = near.Close()
		_ = far.Close()
		e.running.Wait()
	})
	return e
}

// Set shapes both directions from the next packet on.
func (e *Emulator) Set(s Shape) {
	e.SetWay(Up, s)
	e.SetWay(Down, s)
}

// SetWay shapes one direction.
func (e *Emulator) SetWay(d Direction, s Shape) {
	w := &e.ways[d]
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shape = s
}

// Tally is what a direction was given so far.
func (e *Emulator) Tally(d Direction) Tally {
	w := &e.ways[d]
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tally
	t.flows = nil
	return t
}

func (e *Emulator) carryWay(d Direction, from, to *os.File) {
	road := make(chan parcel, standby)
	e.running.Go(func() {
		defer close(road)
		e.readPackets(&e.ways[d], from, road)
	})
	e.running.Go(func() {
		for p := range road {
			if sleepUntil(p.at, e.done) {
				_, _ = to.Write(p.packet) // a device that is down loses it, as lines do
			}
		}
	})
}

func (e *Emulator) readPackets(w *way, from *os.File, road chan<- parcel) {
	buffer := make([]byte, 2*mtu)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if p, kept := w.decideFate(buffer[:n]); kept {
			select {
			case road <- p:
			default: // more are under way than any line holds
			}
		}
	}
}

// decideFate decides whether and when a packet arrives.
func (w *way) decideFate(packet []byte) (parcel, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally.countPacket(packet)
	s, at := w.shape, time.Now()
	if w.dice.Float64() < s.Loss || s.bufferFull(w.pace.backlog(at)) {
		w.tally.Lost++
		return parcel{}, false
	}
	left := w.pace.bookBytes(len(packet), s.Rate, at)
	return parcel{packet: append([]byte(nil), packet...), at: left.Add(s.Delay)}, true
}

// bufferFull reports whether the buffer in front of the line has no room.
func (s Shape) bufferFull(behind time.Duration) bool {
	return s.Rate > 0 && behind > max(queued, least*time.Second/time.Duration(s.Rate))
}
