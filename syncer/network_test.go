package syncer_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// maxTicks bounds the way to peace: more is a livelock.
const maxTicks = 60_000

// network is the simulated city with what the harness knows to be true.
type network struct {
	*sim
	city, district, street *simNode
	communities            []*simNode
	clone                  *simNode
	accepted               map[string]bool // changes that must come to the city
	copies                 map[*simNode]*memory
	written                int
}

func newNetwork(tb testing.TB, seed uint64) *network {
	n := &network{sim: newSim(tb, seed), accepted: map[string]bool{}, copies: map[*simNode]*memory{}}
	n.city = n.add("city", newDevice(1, city))
	n.district = n.add("district", newDevice(2, district))
	n.street = n.add("street", newDevice(3, street))
	for i, unit := range []change.UnitID{first, second, third} {
		n.communities = append(n.communities, n.add(unitNames[unit], newDevice(byte(10+i), unit)))
	}
	return n
}

// lines are the links of the network, one of them a second path.
func (n *network) lines() [][2]*simNode {
	lines := [][2]*simNode{{n.district, n.city}, {n.street, n.district}, {n.communities[0], n.district}}
	for _, c := range n.communities {
		lines = append(lines, [2]*simNode{c, n.street})
	}
	if n.clone != nil {
		lines = append(lines, [2]*simNode{n.clone, n.street})
	}
	return lines
}

// write lets a node say something to its own unit or one below; the size
// varies so that windows fill.
func (n *network) write(node *simNode, audience change.UnitID) {
	if !syncer.MaySay(n.tree, node.mem.Unit, audience) {
		audience = node.mem.Unit
	}
	n.written++
	noise := make([]byte, n.rng.IntN(500))
	for i := range noise {
		noise[i] = byte(n.rng.Uint32())
	}
	text := fmt.Sprintf("%s %d %x", node.name, n.written, noise)
	node.mem.write(audience, []byte(text))
	n.accepted[text] = true
	if n.hub(node) {
		node.mem.seal(node.mem.own(audience))
	}
}

func (n *network) hub(node *simNode) bool {
	return node == n.city || node == n.district || node == n.street
}

// replace puts another store under a node. What only the old one had is lost
// for good; nobody was promised it.
func (n *network) replace(node *simNode, m *memory) {
	n.cutAll(node)
	n.give(node, m)
	left := map[string]bool{}
	for _, o := range n.nodes {
		for of, h := range o.mem.streams {
			if n.spread(of, map[*simNode]bool{o: true})[n.city] {
				for _, raw := range h.changes(0) {
					left[string(raw)] = true
				}
			}
		}
	}
	for text := range n.accepted {
		if !left[text] {
			delete(n.accepted, text)
		}
	}
}

// contents counts the changes in a store.
func contents(tb testing.TB, m *memory) map[string]int {
	tb.Helper()
	counts := map[string]int{}
	for _, h := range m.streams {
		for _, raw := range h.changes(0) {
			counts[string(raw)]++
		}
	}
	return counts
}

// receipts lets the city sign for all it has.
func (n *network) receipts() {
	for of, h := range n.city.mem.streams {
		n.city.mem.record(of, h.sealed())
	}
}

// heal puts all lines up until all is quiet.
func (n *network) heal() {
	for range maxTicks {
		for _, line := range n.lines() {
			n.connect(line[0], line[1])
		}
		if !n.tick() {
			return
		}
	}
	n.tb.Fatalf("no peace after %d steps", maxTicks)
}

// holders lists who must hold a stream: whom the links carry it to.
func (n *network) holders(of change.Stream) map[*simNode]bool {
	held := map[*simNode]bool{}
	for _, o := range n.nodes {
		held[o] = o.mem.Device == of.Device
	}
	return n.spread(of, held)
}

// spread adds whom the links carry a stream to.
func (n *network) spread(of change.Stream, held map[*simNode]bool) map[*simNode]bool {
	author := n.author(of)
	for range n.nodes {
		for _, line := range n.lines() {
			child, parent := line[0], line[1]
			up := syncer.Carries(n.tree, syncer.Up, child.mem.Unit, author, of.Audience)
			down := syncer.Carries(n.tree, syncer.Down, child.mem.Unit, author, of.Audience)
			held[parent] = held[parent] || held[child] && up
			held[child] = held[child] || held[parent] && down
		}
	}
	return held
}

// check holds the network against the invariants once it is quiet.
func (n *network) check(once bool) {
	at := contents(n.tb, n.city.mem)
	for text := range n.accepted {
		if at[text] == 0 || once && at[text] > 1 {
			n.tb.Errorf("change %.20q is at the city %d times", text, at[text])
		}
	}
	for of := range n.city.mem.streams {
		for node, must := range n.holders(of) {
			n.same(of, node, must)
		}
	}
	for _, node := range n.nodes {
		for _, e := range node.ends {
			if !e.session.Idle() {
				n.tb.Errorf("the link of %s and %s is not idle", node.name, e.peer.node.name)
			}
		}
	}
}

func (n *network) same(of change.Stream, node *simNode, must bool) {
	want, got := n.city.mem.streams[of], node.mem.streams[of]
	what := fmt.Sprintf("the stream of %s (%d) to %s at %s", unitNames[n.author(of)], of.Incarnation, unitNames[of.Audience], node.name)
	switch {
	case !must && got != nil:
		n.tb.Errorf("%s should not be there", what)
	case !must:
		return
	case got == nil || len(got.tail) > 0 || got.sealed() != want.sealed() || len(got.batches) != len(want.batches):
		n.tb.Errorf("%s is not as the city has it: %+v, want %+v", what, node.mem.entry(of), n.city.mem.entry(of))
		return
	}
	for i := range want.batches {
		if !bytes.Equal(want.batches[i].Bytes(), got.batches[i].Bytes()) {
			n.tb.Errorf("%s has another batch %d", what, i)
		}
	}
	if w, g := n.city.mem.receipts[of], node.mem.receipts[of]; w != nil && (g == nil || !bytes.Equal(w.Bytes(), g.Bytes())) {
		n.tb.Errorf("%s lacks the city's newest receipt", what)
	}
}

// simulate plays drawn scripts, heals the network and checks it.
func simulate(t *testing.T, once bool, harms ...string) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		script := scripts(harms...).Draw(rt, "script")
		seed := rapid.Uint64().Draw(rt, "seed")
		n := newNetwork(tbOf{t, rt}, seed)
		for _, o := range script {
			n.play(o)
		}
		n.heal()
		n.check(once)
		n.receipts()
		n.heal()
		n.check(once)
	})
}

// tbOf lets the harness fail a drawn case, so that rapid can make it smaller.
type tbOf struct {
	testing.TB
	rt *rapid.T
}

func (t tbOf) Helper()                           {}
func (t tbOf) Fatal(args ...any)                 { t.rt.Fatal(args...) }
func (t tbOf) Fatalf(format string, args ...any) { t.rt.Fatalf(format, args...) }
func (t tbOf) Errorf(format string, args ...any) { t.rt.Errorf(format, args...) }

func TestCuts(t *testing.T)     { simulate(t, true) }
func TestWiped(t *testing.T)    { simulate(t, true, "wipe", "wipe") }
func TestRestored(t *testing.T) { simulate(t, false, "copy", "copy", "restore", "restore") }
func TestCloned(t *testing.T)   { simulate(t, false, "clone", "clone", "clone") }
func TestAllHarms(t *testing.T) {
	simulate(t, false, "wipe", "copy", "restore", "clone", "backup", "older", "rolled")
}

// TestBackups: hubs and the city are restored from backups.
func TestBackups(t *testing.T) { simulate(t, true, "backup", "backup", "older", "older") }

// TestRolledBack: the city is put back to an older copy of its disk, again and
// again, and nobody tells it; what it once signed does.
func TestRolledBack(t *testing.T) { simulate(t, true, "backup", "receipts", "rolled", "rolled") }
