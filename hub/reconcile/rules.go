package reconcile

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
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

// ruleCustodian refuses a change of a record that another unit holds.
const ruleCustodian = "not_the_custodian"

// weigh judges one change by the rules that need the whole city: who may
// write the kind, who holds the record, and the hard checks that the node
// should have made. A change that stands takes a record nobody holds.
func (r *Reconciler) weigh(w *custody.Writer, a journal.Arrival, seq uint64, c *change.Change) (verdict, error) {
	v := verdict{seq: seq, kind: c.Kind, record: c.Record, count: c.Count()}
	k, known := r.cfg.Schema.Kind(c.Kind)
	if !known {
		return v, nil // kept for a city that knows the kind
	}
	level, err := r.level(a.Author)
	if err != nil {
		return v, err
	}
	if !k.MayWrite(level) {
		v.rule, v.message = "not_a_writer", "units of this tier do not write such records"
		return v, nil
	}
	holder, err := r.holder(w, c)
	if err != nil {
		return v, err
	}
	if holder != "" && holder != a.Author && holder != a.Stream.Audience {
		v.rule, v.message = ruleCustodian, "another unit holds this record"
		return v, nil
	}
	if v.rule, v.message = hard(k, c); v.rule != "" || holder != "" {
		return v, nil
	}
	return v, w.Table(ownerTable).Put(ownerKey(c), []byte(a.Author))
}

// level is the tier of a unit, 0 for one that is not in the tree.
func (r *Reconciler) level(unit change.UnitID) (int, error) {
	t := r.cfg.Registry.Tree()
	if t == nil {
		return 0, fault.New(fault.Damaged, "the city has no tree of units to judge by")
	}
	u, _ := t.Unit(unit)
	return int(u.Level), nil
}

func ownerKey(c *change.Change) []byte { return append(append([]byte(c.Kind), 0), c.Record...) }

// holder is the unit that holds a record: the first whose change of it was
// let stand, the city for those it wrote itself; empty for a new record.
// Custody moves by decisions of the city alone.
func (r *Reconciler) holder(w *custody.Writer, c *change.Change) (change.UnitID, error) {
	raw, err := w.Table(ownerTable).Get(ownerKey(c))
	if err != nil || raw != nil {
		return change.UnitID(raw), err
	}
	own, err := r.cfg.Records.Get(w.Tx, c.Kind, c.Record)
	if err != nil || own == nil {
		return "", err
	}
	return r.cfg.Registry.Unit().ID, nil
}

// hard checks the values a change sets, each by itself; of a record's first
// change, made on nothing, the whole. Rules across fields of a later one are
// judged where the whole record is: at the node before it is written.
func hard(k *schema.Kind, c *change.Change) (rule, message string) {
	first := len(c.Context) == 0
	for _, p := range k.CheckHard(c.Fields) {
		_, set := c.Fields[p.Field]
		if first || set && !across(k, p.Rule) {
			return p.Rule, p.Field + ": " + p.Message
		}
	}
	return "", ""
}

func across(k *schema.Kind, rule string) bool {
	return slices.ContainsFunc(k.Checks, func(c *schema.Check) bool { return c.Rule == rule })
}
