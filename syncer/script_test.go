package syncer_test

import "pgregory.net/rapid"

// op is one line of a script.
type op struct {
	what string
	a, b int
}

func (n *network) play(o op) {
	node := n.nodes[o.a%len(n.nodes)]
	lines := n.lines()
	line := lines[o.b%len(lines)]
	switch o.what {
	case "write":
		n.write(node, n.nodes[o.b%len(n.nodes)].mem.Unit)
	case "run":
		for i := 0; i < o.a*3 && n.tick(); i++ {
			continue
		}
	case "connect":
		n.connect(line[0], line[1])
	case "cut":
		if n.linked(line[0], line[1]) {
			for _, e := range line[0].ends {
				if e.peer.node == line[1] {
					n.cut(e)
					break
				}
			}
		}
	case "restart":
		n.cutAll(node)
	case "receipts":
		n.receipts()
	default:
		n.harm(o)
	}
}

func (n *network) harm(o op) {
	c := n.communities[o.a%len(n.communities)]
	switch o.what {
	case "wipe":
		n.restored([]*simNode{n.district, n.street}[o.a%2], nil)
	case "backup":
		hub := n.nodes[o.a%3]
		n.copies[hub] = hub.mem.copied()
	case "older":
		if hub := n.nodes[o.a%3]; n.copies[hub] != nil {
			n.restored(hub, n.copies[hub].copied())
		}
	case "rolled":
		n.rolledBack(o)
	case "copy":
		n.copies[c] = c.mem.copied()
	case "restore":
		if old := n.copies[c]; old != nil {
			n.replace(c, old.copied())
		}
	case "clone":
		if n.clone == nil {
			n.clone = n.add("clone", c.mem.device)
			n.give(n.clone, c.mem.copied())
		}
	}
}

// rolledBack lets the network go on for a while and then puts the city's disk
// back, of which nobody tells it. Once the lines are up it must be in a later
// epoch if it had lost a receipt, and nobody holds one of it that it does not.
func (n *network) rolledBack(o op) {
	old := n.copies[n.city]
	if old == nil {
		old = n.city.mem.copied()
		n.copies[n.city] = old
	}
	n.write(n.nodes[o.b%len(n.nodes)], n.nodes[o.b%len(n.nodes)].mem.Unit)
	n.heal()
	n.receipts()
	n.play(op{what: "run", a: o.a})
	m := old.copied()
	before, lost := m.epoch, n.unknown(m)
	n.replace(n.city, m)
	n.heal()
	if lost && m.epoch == before || n.unknown(m) {
		n.tb.Errorf("the city is in epoch %d after %d; it had lost receipts: %t, it has: %t", m.epoch, before, lost, n.unknown(m))
	}
}

// unknown reports whether somebody holds a receipt in force that the city of
// this store does not have.
func (n *network) unknown(m *memory) bool {
	for _, node := range n.nodes {
		for of, r := range node.mem.receipts {
			if held := m.receipts[of]; node != n.city && r.Epoch >= m.epoch && (held == nil || r.Newer(&held.Receipt)) {
				return true
			}
		}
	}
	return false
}

func scripts(harms ...string) *rapid.Generator[[]op] {
	words := append([]string{"write", "write", "write", "run", "run", "run", "connect", "connect", "connect", "cut", "restart", "receipts"}, harms...)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) op {
		return op{what: rapid.SampledFrom(words).Draw(t, "what"), a: rapid.IntRange(0, 20).Draw(t, "a"), b: rapid.IntRange(0, 20).Draw(t, "b")}
	}), 5, 80)
}

// restored puts a backup under a hub, or nothing, as the command to restore
// does: under a new incarnation, and the city in a new epoch.
func (n *network) restored(hub *simNode, m *memory) {
	if m == nil {
		m = newMemory(hub.mem.device, n.tree)
	}
	m.incarnation = hub.mem.incarnation + 1
	n.replace(hub, m)
	if hub == n.city {
		m.raise(0)
	}
}
