package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// Liars are devices that the city has enrolled, whose owners write software of their
// own: they keep and bring what others say like everybody, and at random times write
// what they may not, and say on their lines what is not so. What they do is drawn from
// a stream of its own, so the same seed has the same month without them.
type liars struct {
	r     *rand.Rand
	nodes map[*Node]bool
	of    map[change.DeviceID]bool
	own   map[records.Key]bool // records that liars have made for themselves
	about map[records.Key]bool // records of their own units' of which they have lied
	wrote int
	spoke int
}

func newLiars(seed uint64) liars {
	return liars{r: rand.New(rand.NewPCG(seed, 4)), nodes: map[*Node]bool{}, of: map[change.DeviceID]bool{}, own: map[records.Key]bool{}, about: map[records.Key]bool{}}
}

// EnrolLiars adds so many, at communities and streets in turn.
func (w *World) EnrolLiars(count int) {
	for i := range count {
		at := w.communities()
		if i%3 == 2 {
			at = w.atLevel(tree.Street)
		}
		w.enrolLiar(fmt.Sprintf("liar-%d", i+1), at[w.liars.r.IntN(len(at))].dir.Unit)
	}
}

func (w *World) enrolLiar(name string, unit change.UnitID) {
	n := w.Enrol(name, unit)
	w.liars.nodes[n], w.liars.of[n.dir.Device] = true, true
	w.lieLater(n)
}

// isLiar reports whether a machine is one.
func (w *World) isLiar(n *Node) bool { return w.liars.nodes[n] }

// lieLater has a liar lie now and then.
func (w *World) lieLater(n *Node) {
	w.someday(w.randomBelow(w.liars.r, 4*time.Hour), func() {
		w.lieLater(n)
		if !w.working || !n.up {
			return
		}
		for range 1 + w.liars.r.IntN(4) {
			if w.liars.r.IntN(2) == 0 {
				w.writeLie(n)
			} else if len(n.ends) > 0 {
				w.utterLie(n.ends[0])
			}
		}
	})
}

// writeLie adds a change to one of the liar's streams that it may not write, or that
// nobody is to believe; sometimes a record of its own.
func (w *World) writeLie(n *Node) {
	r, s := w.liars.r, n.dir
	of := s.ownStream(s.Unit)
	if !s.isCommunity() && r.IntN(2) == 0 {
		of = s.ownStream(w.someUnit(func(u change.UnitID) bool { return w.town.isUnder(s.Unit, u) }))
	}
	if r.IntN(12) == 0 {
		n.transact(func() {
			s.sealTail(of, n.now())
			s.addToTail(of, written{raw: []byte("nonsense")})
			s.sealTail(of, n.now())
		}, func() {})
		return
	}
	c := w.drawLie(n)
	raw, err := c.Encode()
	if err != nil {
		w.failWorld("a lie cannot be encoded: %v", err)
		return
	}
	w.liars.wrote++
	n.transact(func() { s.addToTail(of, written{raw: raw, c: c}) }, func() {})
}

// invent has a liar change a colleague's record on what nobody has written.
func (w *World) invent(n *Node) {
	known := w.known[n.dir.Unit]
	if len(known) == 0 {
		return
	}
	of := n.dir.ownStream(n.dir.Unit)
	other := NewInstallation(1_000_002, n.dir.Unit).Stream(n.dir.Unit)
	c := &change.Change{Kind: formKind, Record: known[0], Actor: "liar", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("a lie")}), Context: change.Vector{other: 5}}
	w.liars.about[records.Key{Kind: formKind, ID: c.Record}] = true
	raw, err := c.Encode()
	if err != nil {
		w.failWorld("a lie cannot be encoded: %v", err)
		return
	}
	n.transact(func() { n.dir.addToTail(of, written{raw: raw, c: c}) }, func() {})
}

func (w *World) someUnit(fits func(change.UnitID) bool) change.UnitID {
	var units []change.UnitID
	for _, u := range w.town.Units {
		if fits(u.ID) {
			units = append(units, u.ID)
		}
	}
	return units[w.liars.r.IntN(len(units))]
}

// drawLie is a change that breaks a rule, or makes a record of the liar's own.
func (w *World) drawLie(n *Node) *change.Change {
	r, own := w.liars.r, n.dir.Unit
	other := w.someUnit(func(u change.UnitID) bool { return u != own })
	c := &change.Change{Kind: formKind, Actor: "liar", At: n.now(), Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(fmt.Sprint("a lie ", r.IntN(1000)))})}
	switch r.IntN(9) {
	case 0, 1, 2: // another's
		c.Record = w.nameOfOthers(other)
	case 3: // one that another is to make
		c.Record = change.NumberedRecordID(other, formKind, fmt.Sprint("f", len(w.truth.deeds)+1+r.IntN(40)))
	case 4: // of a unit that there is not
		c.Record = change.NewRecordID(unitID(200+r.IntN(50)), [16]byte{1})
	case 5: // a word that only the city has
		return w.drawWord(c)
	case 6: // of a colleague, by a value that no rule lets stand
		if known := w.known[own]; len(known) > 0 {
			c.Record = known[r.IntN(len(known))]
			c.Fields = c.Fields.With(poisonField, change.Text("x"))
			w.liars.about[records.Key{Kind: formKind, ID: c.Record}] = true
			break
		}
		fallthrough
	case 7: // of its own, said to be another's
		c.Record = change.NewRecordID(own, [16]byte{byte(r.IntN(8)), 77})
		c.Fields = c.Fields.With("unit", change.Text(string(other)))
		w.liars.own[records.Key{Kind: formKind, ID: c.Record}] = true
	default: // of a kind that others write
		c.Kind, c.Record = noticeKind, change.NewRecordID(other, [16]byte{byte(r.IntN(8)), 78})
	}
	if r.IntN(4) == 0 {
		c.Fields = c.Fields.With("valid", change.Text("0"))
	}
	c.Context = w.drawContext(n, c)
	return c
}

// nameOfOthers is a record of another unit. One with an id of before is taken by
// whoever comes to the city first, so only ids that name their unit are.
func (w *World) nameOfOthers(other change.UnitID) change.RecordID {
	for range 8 {
		if known := w.known[other]; len(known) > 0 {
			if id := known[w.liars.r.IntN(len(known))]; id != "" {
				if _, names := makerIn(id); names {
					return id
				}
			}
		}
	}
	return change.NumberedRecordID(other, formKind, "f2")
}

// drawContext is what the lie says that it builds on.
func (w *World) drawContext(n *Node, c *change.Change) change.Vector {
	r := w.liars.r
	nobody := change.Stream{Device: change.DeviceOf(make([]byte, 32)), Incarnation: 1, Audience: n.dir.Unit}
	switch r.IntN(6) {
	case 0:
		return change.Vector{nobody: 1 << 47}
	case 1:
		return change.Vector{nobody: uint64(1 + r.IntN(9))}
	case 2:
		return change.Vector{n.dir.ownStream(n.dir.Unit): 1 << 40}
	case 3:
		if streams := n.dir.streamNames(); len(streams) > 0 {
			return change.Vector{streams[r.IntN(len(streams))]: uint64(1 + r.IntN(1<<20))}
		}
	}
	return nil
}

// drawWord is a refusal of what somebody else has said, or of a range of it.
func (w *World) drawWord(c *change.Change) *change.Change {
	r := w.liars.r
	city := w.City().dir
	streams := city.streamNames()
	if len(streams) == 0 {
		c.Record = "x"
		c.Kind = system.RefusalKind
		return c
	}
	of, seq := streams[r.IntN(len(streams))], uint64(1+r.IntN(50))
	c.Kind, c.Record = system.RefusalKind, reconcile.RefusalID(of, seq)
	word := system.Refusal{Stream: of, Seq: seq, Count: 1, Kind: formKind, Record: "f1", Unit: w.enrolled[of.Device], Rule: ruleHard, Void: r.IntN(2) == 0}
	c.Fields = change.FieldsOf(word.Fields())
	if r.IntN(2) == 0 {
		x := system.Ranges(system.Range{Stream: of, Rule: ruleHard, Unit: w.enrolled[of.Device]}, []uint64{seq, seq + 1})[0]
		c.Record, c.Fields = x.ID(), change.FieldsOf(x.Fields())
	}
	return c
}

// startLiars has them come back after a rest.
func (w *World) startLiars() {
	for _, n := range w.nodes {
		if w.isLiar(n) {
			n.start()
		}
	}
}
