package sim

import (
	"fmt"

	"tongbu/internal/change"
)

// deed is one thing that somebody wrote, known by a number that stands in the
// change.
type deed struct {
	number   uint64
	audience change.UnitID
	kind     string
	record   change.RecordID
	fields   map[string]change.Value
	context  change.Vector // of those who keep no books
	raw      []byte        // in place of a change
	rule     string        // the city must refuse it by this rule
	disputed bool          // the city may refuse it
	of       change.Stream // where it was written first
	seq      uint64
	saved    bool
}

func (d *deed) change(at int64) *change.Change {
	return &change.Change{Kind: d.kind, Record: d.record, Fields: change.FieldsOf(d.fields), Context: d.context, Actor: "clerk", At: at}
}

// numberOf is the number of the deed that a change came from, 0 for none.
func numberOf(c *change.Change) uint64 {
	return uint64(c.Fields.Get(numberField).Int())
}

// newDeed makes the next one: an entry of a form, or a notice to a unit.
func (w *World) newDeed(n *Node) *deed {
	t := w.truth
	number := uint64(len(t.deeds) + 1)
	d := &deed{number: number, audience: n.dir.Unit, kind: formKind}
	if !n.dir.isCommunity() {
		d.kind = noticeKind
	}
	d.record = w.newID(n.dir.Unit, d.kind, number)
	d.fields = map[string]change.Value{
		numberField: change.Int(int64(number)),
		"name":      change.Text(fmt.Sprintf("made up %d", w.load.IntN(1000))),
		"address":   change.Text(fmt.Sprintf("%016x%016x", w.load.Uint64(), w.load.Uint64())), // what does not compress
		"status":    change.Text([]string{"1", "2", "3"}[w.load.IntN(3)]),
	}
	t.deeds = append(t.deeds, d)
	return d
}

// newID is a record's id. In days of work every other one is as devices make them
// now, the rest are as they were before ids named a unit, when several could choose
// the same. What scripts write one by one has ids of before: whose it is has to be
// judged.
func (w *World) newID(unit change.UnitID, kind string, number uint64) change.RecordID {
	id := fmt.Sprintf("%s%d", map[string]string{formKind: "f", noticeKind: "b"}[kind], number)
	if w.working && number%2 == 0 {
		return change.NumberedRecordID(unit, kind, id)
	}
	return change.RecordID(id)
}

// makeEdit makes the deed an edit of one of the records known.
func (w *World) makeEdit(d *deed, known []change.RecordID) {
	d.record = known[w.load.IntN(len(known))]
	d.fields = map[string]change.Value{
		numberField: d.fields[numberField],
		[]string{"status", "phone", "address"}[w.load.IntN(3)]: change.Text(fmt.Sprint(w.load.IntN(100))),
	}
}

// Write has a clerk save something new, or an edit of what is there.
func (w *World) Write(n *Node) {
	d := w.newDeed(n)
	known := w.known[n.dir.Unit]
	if len(known) > 0 && w.load.IntN(10) < 6 {
		w.makeEdit(d, known)
	} else {
		w.known[n.dir.Unit] = append(known, d.record)
	}
	w.saveDeed(n, d)
}

// Notify has a hub write a notice to a unit at or below its own.
func (w *World) Notify(n *Node, audience change.UnitID) {
	d := w.newDeed(n)
	d.audience = audience
	w.saveDeed(n, d)
}

// Poison has a clerk save, in a change properly signed, what no rule of the
// city lets stand.
func (w *World) Poison(n *Node) {
	d := w.newDeed(n)
	d.rule = ruleHard
	d.fields[poisonField] = change.Text("no such value")
	w.saveDeed(n, d)
}

// Foreign has a clerk change a record that another community wrote.
func (w *World) Foreign(n, other *Node) {
	known := w.known[other.dir.Unit]
	if len(known) == 0 || other.dir.Unit == n.dir.Unit {
		return
	}
	d := w.newDeed(n)
	d.record = known[w.load.IntN(len(known))]
	if _, named := makerIn(d.record); named {
		d.rule = ruleCustodian
	} else {
		w.truth.markDisputed(d.record)
	}
	w.saveDeed(n, d)
}

// markDisputed: of those who choose one id, only whoever comes to the city first
// may go on with it, so any change under it may be refused.
func (t *truth) markDisputed(record change.RecordID) {
	for _, d := range t.deeds {
		if d.record == record {
			d.disputed = true
		}
	}
	t.contested[record] = true
}

// Garbage has a device sign bytes that are no change.
func (w *World) Garbage(n *Node) {
	d := w.newDeed(n)
	d.raw, d.rule = []byte("no change"), ruleUnreadable
	w.saveDeed(n, d)
}

func (w *World) saveDeed(n *Node, d *deed) {
	if w.truth.contested[d.record] {
		d.disputed = true
	}
	if !n.up {
		return
	}
	if err := n.saveDeed(d); err != nil {
		w.trace("%s refuses an entry: there is no room", n.Name)
	}
}
