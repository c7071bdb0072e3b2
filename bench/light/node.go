package light

import (
	"context"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/remote"
)

// Node is one connection to a hub.
type Node struct {
	*Source
	Met  chan struct{} // closed when the hub said hello
	Done chan struct{} // closed when the hub has all batches on its disk
	At   time.Time     // when that was; read after Done

	stream change.Stream
	store  *memory
	head   uint64
}

// NewNode makes a node that has batches to deliver, of its own stream to its
// unit, and knows these entries of the city's streams.
func NewNode(s *Source, batches []*change.Batch, known []syncer.Entry) *Node {
	n := &Node{Source: s, Met: make(chan struct{}), Done: make(chan struct{})}
	n.stream = change.Stream{Device: s.Device(), Incarnation: 1, Audience: s.Unit.ID}
	n.store = newMemory(s, n.stream, batches, known)
	n.head = n.store.own.Head
	return n
}

// Run links to the hub at the address until the context ends or the link
// does.
func (n *Node) Run(ctx context.Context, address string, t syncer.Tree) error {
	hub, err := remote.Dial(address, n, func(identity.Member) error { return nil }, nil)
	if err != nil {
		return err
	}
	defer func() { _ = hub.Close() }()
	if err := hub.Reachable(ctx); err != nil {
		return err
	}
	conn, who, err := hub.Sync(ctx)
	if err != nil {
		return err
	}
	cfg := syncer.Config{Network: string(who.Network), Self: syncer.Peer{Unit: n.Unit.ID, Device: n.Device()},
		Other: syncer.Peer{Unit: who.Unit, Device: who.Device}, Tree: t, Now: time.Now().UnixMilli()}
	return link.Run(ctx, conn, link.Config{Session: cfg, Streams: n.store, Watch: &watch{node: n}, Now: time.Now})
}

// watch notices the acknowledgement; its calls come from one goroutine.
type watch struct {
	node      *Node
	met, done bool
}

var _ link.Watch = (*watch)(nil)

func (w *watch) Met(syncer.Peer, time.Duration) {
	if !w.met {
		w.met = true
		close(w.node.Met)
	}
}

func (w *watch) Alive(syncer.Peer) {}

func (w *watch) Acked(have syncer.Have) {
	if !w.done && have.Stream == w.node.stream && have.Mark.Seq == w.node.head {
		w.done, w.node.At = true, time.Now()
		close(w.node.Done)
	}
}

func (w *watch) Heard(syncer.Peer, syncer.Reach) {}

func (w *watch) Stopped(syncer.Refuse) {}

// Reach tells the hub about this node, as a node of the product does.
func (w *watch) Reach(syncer.Peer, bool) syncer.Reach {
	heads := []syncer.Head(nil)
	if w.node.head > 0 {
		heads = []syncer.Head{{Stream: w.node.stream, Seq: w.node.head}}
	}
	self := syncer.Peer{Unit: w.node.Unit.ID, Device: w.node.Device()}
	now := time.Now().UnixMilli()
	return syncer.Reach{Devices: []syncer.DeviceReach{{Peer: self, Connected: true, Heard: now, Heads: heads}}, Now: now}
}

func (w *watch) News() <-chan struct{} { return nil }
