package syncer_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// Limits of a simulated link: small, so that windows fill and reads are many.
const (
	simWindow = 3000
	simChunk  = 1200
)

// simNode is one installation of the simulated network.
type simNode struct {
	name string
	mem  *memory
	ends []*simEnd
}

// simEnd is one end of a link, with the messages on their way to it.
type simEnd struct {
	node    *simNode
	peer    *simEnd
	parent  bool // this end is the parent
	session *syncer.Session
	inbox   []syncer.Message
	waiting [][]byte
	dirty   map[change.Stream]bool
	over    bool
	unacked map[change.Stream][]sentPart
	got     map[change.Hash]bool // batches the peer sent and that were stored
}

type sentPart struct {
	last  uint64
	bytes int
}

// sim runs nodes and links one step at a time.
type sim struct {
	tb    testing.TB
	tree  syncer.Tree
	keys  map[change.DeviceID]device
	nodes []*simNode
	rng   *rand.Rand
	trace func(from *simEnd, m syncer.Message) // hears each message; nil: nobody
}

func newSim(tb testing.TB, seed uint64) *sim {
	return &sim{tb: tb, tree: mustTree(tb), keys: map[change.DeviceID]device{}, rng: rand.New(rand.NewPCG(seed, 1))}
}

func (s *sim) add(name string, d device) *simNode {
	n := &simNode{name: name}
	s.keys[d.Device] = d
	s.give(n, newMemory(d, s.tree))
	s.nodes = append(s.nodes, n)
	return n
}

// give puts a store under a node: the first, an older copy, or an empty one.
func (s *sim) give(n *simNode, m *memory) {
	n.mem = m
	m.touched = func(of change.Stream) {
		for _, e := range n.ends {
			e.dirty[of] = true
		}
	}
	m.over = func() {
		for _, e := range n.ends {
			e.over = true
		}
	}
}

func (s *sim) linked(child, parent *simNode) bool {
	return slices.ContainsFunc(child.ends, func(e *simEnd) bool { return !e.parent && e.peer.node == parent })
}

func (s *sim) connect(child, parent *simNode) {
	if s.linked(child, parent) {
		return
	}
	up, down := &simEnd{node: child}, &simEnd{node: parent, parent: true}
	up.peer, down.peer = down, up
	for _, e := range []*simEnd{up, down} {
		e.dirty, e.unacked, e.got = map[change.Stream]bool{}, map[change.Stream][]sentPart{}, map[change.Hash]bool{}
		e.session = syncer.NewSession(syncer.Config{Network: "n", Self: e.node.mem.Peer, Other: e.peer.node.mem.Peer,
			Parent: e.parent, Tree: s.tree, Window: simWindow, Chunk: simChunk})
		e.node.ends = append(e.node.ends, e)
	}
	s.step(up, syncer.Opened{Local: child.mem.entries()})
	s.step(down, syncer.Opened{Local: parent.mem.entries()})
}

// cut loses all that is under way.
func (s *sim) cut(e *simEnd) {
	for _, end := range []*simEnd{e, e.peer} {
		end.inbox = nil
		end.node.ends = slices.DeleteFunc(end.node.ends, func(o *simEnd) bool { return o == end })
	}
}

func (s *sim) cutAll(n *simNode) {
	for len(n.ends) > 0 {
		s.cut(n.ends[0])
	}
}

// step is what link's runner does with an event.
func (s *sim) step(e *simEnd, ev syncer.Event) {
	todo := slices.Clone(e.session.Step(ev))
	for n := 0; len(todo) > 0; n++ {
		if n > 100_000 {
			s.tb.Fatal("one event has effects without end")
		}
		effect := todo[0]
		todo = todo[1:]
		if answer := s.carryOut(e, effect); answer != nil {
			todo = append(todo, e.session.Step(answer)...)
		}
	}
}

func (s *sim) carryOut(e *simEnd, effect syncer.Effect) syncer.Event {
	mem := e.node.mem
	switch x := effect.(type) {
	case syncer.Send:
		s.sent(e, x.Message)
		if s.trace != nil {
			s.trace(e, x.Message)
		}
		e.peer.inbox = append(e.peer.inbox, x.Message)
	case syncer.Store:
		e.waiting = append(e.waiting, x.Sealed)
	case syncer.StoreReceipt:
		mem.storeReceipt(x.Signed)
	case syncer.Learn:
		mem.learn(x.Certificate)
	case syncer.Seal:
		mem.seal(x.Stream)
	case syncer.Load:
		return mem.load(x)
	case syncer.LoadReceipt:
		return mem.loadReceipt(x.Stream)
	case syncer.Ends:
		return mem.ends(x)
	case syncer.Match:
		return mem.match(x)
	case syncer.Stopped:
		s.tb.Fatalf("%s refuses %v: %s", e.peer.node.name, x.Refuse.Stream, x.Refuse.Reason)
	case syncer.Fail:
		s.tb.Fatalf("the link of %s and %s failed: %v", e.node.name, e.peer.node.name, x.Err)
	}
	return nil
}

// busy lists the ends that have something to do.
func (s *sim) busy() []*simEnd {
	var ends []*simEnd
	for _, n := range s.nodes {
		for _, e := range n.ends {
			if e.over || len(e.inbox) > 0 || len(e.dirty) > 0 {
				ends = append(ends, e)
			}
		}
	}
	return ends
}

// tick lets one end do one thing; it reports false when all is quiet.
func (s *sim) tick() bool {
	ends := s.busy()
	if len(ends) == 0 {
		return false
	}
	s.turn(ends[s.rng.IntN(len(ends))])
	return true
}

// turn is one round of the runner's loop: the news of the store, then what
// has come from the peer.
func (s *sim) turn(e *simEnd) {
	if len(e.dirty) > 0 {
		s.catchUp(e)
	}
	if e.over {
		s.cut(e)
		return
	}
	for n := 1 + s.rng.IntN(4); n > 0 && len(e.inbox) > 0; n-- {
		m := e.inbox[0]
		e.inbox = e.inbox[1:]
		s.heard(e, m)
		s.step(e, syncer.Received{Message: m})
	}
	if len(e.waiting) > 0 {
		sealed := e.waiting
		e.waiting = nil
		results := e.node.mem.append(e.peer.node.mem.Peer, !e.parent, sealed)
		s.step(e, syncer.Stored{Results: results})
		for i, raw := range sealed {
			e.got[mustParse(s.tb, raw).Hash()] = results[i].Outcome == syncer.Kept
		}
	}
}

func (s *sim) catchUp(e *simEnd) {
	var local []syncer.Entry
	for of := range e.dirty {
		local = append(local, e.node.mem.entry(of))
	}
	clear(e.dirty)
	slices.SortFunc(local, func(a, b syncer.Entry) int { return a.Stream.Compare(b.Stream) })
	s.step(e, syncer.Grew{Local: local})
}
