package hostile_test

import (
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
	"tongbu/internal/tree"
	"tongbu/syncer/streams/streamstest"
)

// installation is one device with its key and certificate.
type installation struct {
	name string
	unit change.UnitID
	keys *identity.Keystore
	key  ed25519.PrivateKey
}

func (i *installation) device() change.DeviceID {
	return change.DeviceOf(i.key.Public().(ed25519.PublicKey))
}

func (i *installation) member() identity.Member {
	return identity.Member{Network: i.keys.Placement().Network, Unit: i.unit, Device: i.device()}
}

// chain is what one device has said to one audience.
type chain struct {
	by      *installation
	stream  change.Stream
	batches []*change.Batch
}

// ends are the marks on the chain, from its start.
func (c *chain) ends() []change.Mark {
	ends := []change.Mark{{}}
	for _, b := range c.batches {
		ends = append(ends, b.End())
	}
	return ends
}

// cast are the units and devices of the test network, and what they have said:
//
//	city - district - street - community (clerk, revoked)
//	                         - neighbour
//	city - far
type cast struct {
	world                                                 *streamstest.World
	district, far                                         change.UnitID
	root, hub, relay, clerk, revoked, neighbour, stranger *installation
	enemy                                                 *installation // of another network, with the clerk's unit
	chains                                                []*chain
	receipts                                              []*change.SignedReceipt
	audiences                                             []change.UnitID
}

func newCast(tb testing.TB) *cast {
	// The same keys each time: an input means the same in every process.
	opts := identity.Options{Random: rand.NewChaCha8([32]byte{1})}
	w := &streamstest.World{Network: identitytest.MustFound(tb, opts), Neighbour: change.NewUnitID([10]byte{6})}
	w.Registry.SetPlace(w.Neighbour, identity.Place{Level: 5, RootUnit: w.City, Parents: []identity.Parent{}})
	c := &cast{world: w, district: change.NewUnitID([10]byte{3}), far: change.NewUnitID([10]byte{7})}
	w.Registry.SetPlace(c.district, identity.Place{Level: 3, RootUnit: w.City, Parents: []identity.Parent{}})
	w.Registry.SetPlace(c.far, identity.Place{Level: 5, RootUnit: w.City, Parents: []identity.Parent{}})
	var err error
	w.Tree, err = tree.New([]tree.Unit{
		{ID: w.City, Code: "990100000000", Name: "city", Level: tree.City},
		{ID: c.district, Code: "990101000000", Name: "district", Level: tree.District, Parent: w.City},
		{ID: w.Street, Code: "990101001000", Name: "street", Level: tree.Street, Parent: c.district},
		{ID: w.Community, Code: "990101001001", Name: "community", Level: tree.Community, Parent: w.Street},
		{ID: w.Neighbour, Code: "990101001002", Name: "neighbour", Level: tree.Community, Parent: w.Street},
		{ID: c.far, Code: "990102001001", Name: "far", Level: tree.Community, Parent: w.City},
	})
	if err != nil {
		tb.Fatal(err)
	}
	join := func(name string, unit change.UnitID) *installation {
		keys := w.Own
		if unit != w.City {
			keys = w.Network.MustJoin(tb, unit)
		}
		return &installation{name: name, unit: unit, keys: keys, key: keys.Key()}
	}
	c.root, c.hub, c.relay = join("root", w.City), join("hub", c.district), join("relay", w.Street)
	c.clerk, c.revoked = join("clerk", w.Community), join("revoked", w.Community)
	c.neighbour, c.stranger = join("neighbour", w.Neighbour), join("stranger", c.far)
	other := identitytest.MustFound(tb, opts)
	keys := other.MustJoin(tb, other.Community)
	c.enemy = &installation{name: "enemy", unit: w.Community, keys: keys, key: keys.Key()}
	c.audiences = []change.UnitID{w.City, c.district, w.Street, w.Community, w.Neighbour, c.far, change.NewUnitID([10]byte{9})}
	c.speak(tb)
	return c
}

// speak makes what everybody has said by now.
func (c *cast) speak(tb testing.TB) {
	w := c.world
	for _, said := range []struct {
		by *installation
		to change.UnitID
		n  int
	}{
		{c.root, w.City, 4}, {c.root, c.district, 2}, {c.root, w.Street, 2}, {c.root, w.Community, 3}, {c.root, w.Neighbour, 3}, {c.root, c.far, 2},
		{c.hub, c.district, 2}, {c.hub, w.Street, 2}, {c.hub, w.Community, 2},
		{c.relay, w.Street, 2}, {c.relay, w.Community, 2}, {c.relay, w.Neighbour, 2},
		{c.clerk, w.Community, 6}, {c.neighbour, w.Neighbour, 4}, {c.revoked, w.Community, 3}, {c.stranger, c.far, 3},
	} {
		in := change.Stream{Device: said.by.device(), Incarnation: 1, Audience: said.to}
		c.chains = append(c.chains, &chain{by: said.by, stream: in, batches: mustChain(tb, said.by, in, said.n)})
	}
	for _, ch := range c.chains {
		for i, b := range ch.batches {
			c.receipts = append(c.receipts, mustReceipt(tb, c.root, change.Receipt{Stream: ch.stream, Seq: b.Last(), Hash: b.Hash(), Epoch: uint64(i % 3)}))
		}
	}
	// Receipts that say how far the city had spoken: within what it has said, and beyond.
	for _, ch := range c.chains {
		last := ch.batches[len(ch.batches)-1]
		for _, seq := range []uint64{2, 1 << 30} {
			spoken := change.Spoken{Stream: change.Stream{Device: c.root.device(), Incarnation: 1, Audience: ch.by.unit}, Seq: seq}
			c.receipts = append(c.receipts, mustReceipt(tb, c.root, change.Receipt{Stream: ch.stream, Seq: last.Last(), Hash: last.Hash(), Epoch: 1, Spoken: spoken}))
		}
	}
	// What an older city signed for a stream that an older relay brought.
	c.receipts = append(c.receipts, mustReceipt(tb, c.root, change.Receipt{Stream: c.chains[0].stream, Seq: 1 << 41, Hash: change.Hash{1}, Epoch: 1 << 33}))
}

func mustChain(tb testing.TB, by *installation, in change.Stream, n int) []*change.Batch {
	tb.Helper()
	var all []*change.Batch
	var end change.Mark
	for i := range n {
		b := streamstest.MustBatch(tb, by.key, in, end, fmt.Sprint(in, i), fmt.Sprint(in, i, "more"))
		if _, err := b.Raw(); err != nil { // the process's decompressor is made outside of any bubble
			tb.Fatal(err)
		}
		all, end = append(all, b), b.End()
	}
	return all
}

func mustReceipt(tb testing.TB, by *installation, r change.Receipt) *change.SignedReceipt {
	tb.Helper()
	r.City, r.At = by.device(), 7
	signed, err := r.Sign(by.key)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

// below reports whether unit stands at or below top. It is written out here, so
// that what judges the hub is not what the hub goes by.
func (c *cast) below(top, unit change.UnitID) bool {
	w := c.world
	above := map[change.UnitID]change.UnitID{c.district: w.City, w.Street: c.district, w.Community: w.Street, w.Neighbour: w.Street, c.far: w.City}
	for ; unit != ""; unit = above[unit] {
		if unit == top {
			return true
		}
	}
	return false
}

// onLine reports whether what is said to the audience crosses the link to a child.
func (c *cast) onLine(child, audience change.UnitID) bool {
	return c.below(child, audience) || c.below(audience, child)
}

func (c *cast) all() []*installation {
	return []*installation{c.root, c.hub, c.relay, c.clerk, c.revoked, c.neighbour, c.stranger, c.enemy}
}

func (c *cast) of(d change.DeviceID) *installation {
	i := slices.IndexFunc(c.all(), func(one *installation) bool { return one.device() == d })
	if i < 0 {
		return nil
	}
	return c.all()[i]
}

// chainOf is what is known of a stream; nil: nobody but an attacker writes it.
func (c *cast) chainOf(of change.Stream) *chain {
	i := slices.IndexFunc(c.chains, func(one *chain) bool { return one.stream == of })
	if i < 0 {
		return nil
	}
	return c.chains[i]
}

// part is who is who in one run.
type part struct {
	name    string
	self    *installation // the hub that hears
	hostile *installation // who says what it likes
	honest  *installation // another child of the hub
	parent  bool          // the hub is the hostile device's parent
	keys    []*installation
}

// parts are the runs that an input may choose.
func (c *cast) parts() []part {
	return []part{
		{"a street hears a clerk", c.relay, c.clerk, c.neighbour, true, []*installation{c.clerk, c.revoked, c.stranger, c.enemy}},
		// It has a copy of the street's directory too.
		{"a street hears its district", c.relay, c.hub, c.neighbour, false, []*installation{c.hub, c.relay, c.clerk, c.revoked, c.stranger, c.enemy}},
		{"a city hears a district", c.root, c.hub, c.stranger, true, []*installation{c.hub, c.relay, c.clerk, c.revoked, c.enemy}},
	}
}

// child is the unit at the lower end of the hostile link.
func (p *part) child() change.UnitID {
	if p.parent {
		return p.hostile.unit
	}
	return p.self.unit
}

func (p *part) has(d change.DeviceID) bool {
	return slices.ContainsFunc(p.keys, func(one *installation) bool { return one.device() == d })
}
