package link_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/tree"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/streams/streamstest"
)

// caller is a node's end of a link. It sends a batch when the one before is
// acknowledged, and then stays.
type caller struct {
	peer   syncer.Peer
	in     chan syncer.Message
	more   []syncer.Message
	done   func() // called for each acknowledgement
	closed chan struct{}
}

func (c *caller) Recv() (syncer.Message, error) {
	select {
	case m := <-c.in:
		return m, nil
	case <-c.closed:
		return nil, fault.New(fault.Unavailable, "closed")
	}
}

func (c *caller) Send(m syncer.Message) error {
	if _, ok := m.(syncer.Ack); !ok {
		return nil
	}
	if len(c.more) > 0 {
		c.in <- c.more[0]
		c.more = c.more[1:]
	}
	c.done()
	return nil
}

func (c *caller) Close(error) { close(c.closed) }

// city has so many communities right below it, and a device in each.
type city struct {
	*streamstest.World
	nodes []*identity.Keystore
}

func newCity(b *testing.B, n int) *city {
	b.Helper()
	w := streamstest.MustFound(b)
	units := []tree.Unit{{ID: w.City, Code: "990100000000", Name: "city", Level: tree.City}}
	c := &city{World: w}
	for i := range n {
		u := tree.Unit{ID: change.NewUnitID([10]byte{9, byte(i), byte(i >> 8)}), Code: fmt.Sprintf("9902%08d", i), Name: "community", Level: tree.Community, Parent: w.City}
		units = append(units, u)
		w.Registry.SetPlace(u.ID, identity.Place{Level: 5, RootUnit: w.City, Parents: []identity.Parent{}})
		c.nodes = append(c.nodes, w.Network.MustJoin(b, u.ID))
	}
	var err error
	if w.Tree, err = tree.New(units); err != nil {
		b.Fatal(err)
	}
	return c
}

// callers are the nodes with what each will say.
func (c *city) callers(b *testing.B, each int, done func()) (all []*caller) {
	b.Helper()
	for _, k := range c.nodes {
		peer := syncer.Peer{Unit: k.Placement().Unit, Device: k.Device()}
		n := &caller{peer: peer, in: make(chan syncer.Message, 4), done: done, closed: make(chan struct{})}
		own, end := change.Stream{Device: peer.Device, Incarnation: 1, Audience: peer.Unit}, change.Mark{}
		for i := range each {
			batch := streamstest.MustBatch(b, k.Key(), own, end, fmt.Sprint("text ", i))
			end = batch.End()
			n.more = append(n.more, syncer.Batch{Sealed: batch.Bytes()})
		}
		n.in <- syncer.Hello{Version: syncer.Version, Network: "n", Peer: peer}
		n.in <- syncer.Author{Certificate: k.Certificate().Raw}
		n.in <- syncer.Marks{Last: true}
		n.in <- n.more[0]
		n.more = n.more[1:]
		all = append(all, n)
	}
	return all
}

// unscoped are streams that know of no scope: each change wakes all links.
type unscoped struct{ link.Streams }

// BenchmarkStorm is a hub to which many nodes link at once, each with batches. What a
// batch costs must not grow with the number of links, as it does where each is woken
// by every change.
func BenchmarkStorm(b *testing.B) {
	const each = 3
	for _, n := range []int{200, 1000} {
		b.Run(fmt.Sprintf("%d links", n), func(b *testing.B) {
			c := newCity(b, n)
			for _, by := range []string{"scope", "all"} {
				b.Run("woken by "+by, func(b *testing.B) {
					for b.Loop() {
						b.StopTimer()
						hub := newSide(c.MustJoin(b, c.City))
						if by == "all" {
							hub.store = unscoped{hub.store}
						}
						var left sync.WaitGroup
						left.Add(n * each)
						nodes := c.callers(b, each, left.Done)
						b.StartTimer()
						storm(b, hub, nodes, left.Wait)
					}
					b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n*each), "us/batch")
				})
			}
		})
	}
}

// storm links all nodes, waits and ends the links.
func storm(b *testing.B, hub *side, nodes []*caller, wait func()) {
	var links sync.WaitGroup
	for _, n := range nodes {
		links.Go(func() {
			cfg := link.Config{Streams: hub.store, Watch: hub.watch, Now: time.Now, Session: syncer.Config{
				Network: "n", Self: hub.Config.Self, Other: n.peer, Parent: true, Tree: hub.World.Tree}}
			_ = link.Run(b.Context(), n, cfg) // it ends with the node's line
		})
	}
	wait()
	b.StopTimer()
	for _, n := range nodes {
		n.in <- syncer.Hello{} // a second hello ends a link
	}
	links.Wait()
	b.StartTimer()
}
