package reconcile

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/syncer/custody"
)

// verdict is why a change is refused; the empty rule lets it stand.
type verdict struct {
	seq     uint64
	kind    string
	record  change.RecordID
	count   uint64
	rule    string
	message string
}

// weigh judges one change by the rules that need the whole city: who may
// write the kind, who holds the record, and the hard checks that the node
// should have made.
func (r *Reconciler) weigh(w *custody.Writer, a journal.Arrival, seq uint64, c *change.Change) (verdict, error) {
	v := verdict{seq: seq, kind: c.Kind, record: c.Record, count: c.Count()}
	k, known := r.cfg.Schema.Kind(c.Kind)
	if !known {
		return v, nil // kept for a city that knows the kind
	}
	unit, _ := r.cfg.Registry.Tree().Unit(a.Author)
	if !k.MayWrite(int(unit.Level)) {
		v.rule, v.message = "not_a_writer", "units of this tier do not write such records"
		return v, nil
	}
	holder, err := r.holder(w, a, c)
	if err != nil {
		return v, err
	}
	if holder != a.Author && holder != a.Stream.Audience {
		v.rule, v.message = "not_the_custodian", "another unit holds this record"
		return v, nil
	}
	v.rule, v.message = hard(k, c)
	return v, nil
}

// holder is the unit that holds a record: the first whose change of it
// arrived. Custody moves by decisions of the city alone.
func (r *Reconciler) holder(w *custody.Writer, a journal.Arrival, c *change.Change) (change.UnitID, error) {
	key := append(append([]byte(c.Kind), 0), c.Record...)
	raw, err := w.Table(ownerTable).Get(key)
	if err != nil || raw != nil {
		return change.UnitID(raw), err
	}
	return a.Author, w.Table(ownerTable).Put(key, []byte(a.Author))
}

// hard checks the values a change sets, each by itself. Rules across fields
// are judged where the whole record is: at the node before it is written.
func hard(k *schema.Kind, c *change.Change) (rule, message string) {
	for _, p := range k.Check(c.Fields) {
		if _, set := c.Fields[p.Field]; set && p.Hard && !across(k, p.Rule) {
			return p.Rule, p.Field + ": " + p.Message
		}
	}
	return "", ""
}

func across(k *schema.Kind, rule string) bool {
	return slices.ContainsFunc(k.Checks, func(c *schema.Check) bool { return c.Rule == rule })
}
