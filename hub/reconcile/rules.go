package reconcile

import (
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// verdict is why a change is refused; with an empty rule it stands.
type verdict struct {
	at      placed
	kind    string
	record  change.RecordID
	count   uint64
	rule    string
	message string
	holder  claim // to the record, where that was looked up
}

// refusal is the word that says the verdict.
func (v verdict) refusal() system.Refusal {
	word := system.Refusal{Stream: v.at.Stream, Seq: v.at.seq, Count: v.count, Kind: v.kind, Record: v.record, Unit: v.at.author,
		Rule: v.rule, Message: v.message}
	if v.rule == ruleCustodian {
		word.Holder, word.Since = v.holder.unit, v.holder.epoch
	}
	return word
}

// ruleCustodian refuses a change of a record that another unit holds.
const ruleCustodian = "not_the_custodian"

// checkRules judges one change by the rules that need the whole city: who may
// write the kind, who holds the record, and the hard checks that the node should
// have made. It reports whether the change claims a record that nobody holds.
func (r *Reconciler) checkRules(at placed, c *change.Change, holder claim) (v verdict, claims bool, err error) {
	v = verdict{at: at, kind: c.Kind, record: c.Record, count: c.Count(), holder: holder}
	k, known := r.cfg.Schema.Kind(c.Kind)
	if !known {
		return v, false, nil // kept until the city knows the kind
	}
	level, err := r.levelOf(at.author)
	if err != nil {
		return v, false, err
	}
	if mayNot := access.Write(k, level); mayNot != nil {
		v.rule, v.message = "not_a_writer", "units of this tier do not write such records"
		return v, false, nil //nolint:nilerr // a verdict, and no failure
	}
	if !access.OfItself(c.Kind, c.Record, at.Device) {
		v.rule, v.message = "not_a_writer", "only the device itself writes its state"
		return v, false, nil
	}
	if !access.Holds(holder.unit, at.author, at.Audience) {
		v.rule, v.message = ruleCustodian, "another unit holds this record: "+r.unitName(holder.unit)
		return v, false, nil
	}
	v.rule, v.message = checkHard(k, c)
	return v, v.rule == "" && holder.unit == "", nil
}

// levelOf is the tier of a unit, 0 for one that is not in the tree.
func (r *Reconciler) levelOf(unit change.UnitID) (tree.Level, error) {
	t := r.cfg.Members.Tree()
	if t == nil {
		return 0, fault.New(fault.Damaged, "the city has no tree of units to judge by")
	}
	u, _ := t.Unit(unit)
	return u.Level, nil
}

// unitName is what people call a unit.
func (r *Reconciler) unitName(unit change.UnitID) string {
	if u, ok := r.cfg.Members.Tree().Unit(unit); ok {
		return u.Name
	}
	return string(unit)
}

// checkHard makes the hard checks on the values a change sets, each by itself; on
// a record's first change, made on nothing, also those across fields. On later
// ones these are made where the whole record is: at the node, before it writes.
func checkHard(k *schema.Kind, c *change.Change) (rule, message string) {
	first := len(c.Context) == 0
	for _, p := range k.CheckHard(c.Fields) {
		_, set := c.Fields[p.Field]
		across := slices.ContainsFunc(k.Checks, func(check *schema.Check) bool { return check.Rule == p.Rule })
		if first || set && !across {
			return p.Rule, p.Field + ": " + p.Message
		}
	}
	return "", ""
}
