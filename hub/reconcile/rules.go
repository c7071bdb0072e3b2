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

// verdict is why a change is refused; the empty rule lets it stand.
type verdict struct {
	at      placed
	kind    string
	record  change.RecordID
	count   uint64
	rule    string
	message string
	holder  claim // of the record, where that was looked at
}

// refusal is the word that tells the verdict.
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

// weigh judges one change by the rules that need the whole city: who may
// write the kind, who holds the record, and the hard checks that the node
// should have made. It reports whether the change takes a record that nobody
// holds.
func (r *Reconciler) weigh(at placed, c *change.Change, holder claim) (v verdict, takes bool, err error) {
	v = verdict{at: at, kind: c.Kind, record: c.Record, count: c.Count(), holder: holder}
	k, known := r.cfg.Schema.Kind(c.Kind)
	if !known {
		return v, false, nil // kept for a city that knows the kind
	}
	level, err := r.level(at.author)
	if err != nil {
		return v, false, err
	}
	if access.Write(k, level) != nil {
		v.rule, v.message = "not_a_writer", "units of this tier do not write such records"
		return v, false, nil
	}
	if !access.Holds(holder.unit, at.author, at.Audience) {
		v.rule, v.message = ruleCustodian, "another unit holds this record: "+r.name(holder.unit)
		return v, false, nil
	}
	v.rule, v.message = hard(k, c)
	return v, v.rule == "" && holder.unit == "", nil
}

// name is what people call a unit.
func (r *Reconciler) name(unit change.UnitID) string {
	if u, ok := r.cfg.Members.Tree().Unit(unit); ok {
		return u.Name
	}
	return string(unit)
}

// level is the tier of a unit, 0 for one that is not in the tree.
func (r *Reconciler) level(unit change.UnitID) (tree.Level, error) {
	t := r.cfg.Members.Tree()
	if t == nil {
		return 0, fault.New(fault.Damaged, "the city has no tree of units to judge by")
	}
	u, _ := t.Unit(unit)
	return u.Level, nil
}

func ownerKey(c *change.Change) []byte { return append(append([]byte(c.Kind), 0), c.Record...) }

// holder is the unit that holds a record: the first whose change of it was
// let stand, the city for those it wrote itself; none for a new record.
// Streams moves by decisions of the city alone.
func (s *sitting) holder(c *change.Change) (claim, error) {
	raw, err := s.w.Table(ownerTable).Get(ownerKey(c))
	if err != nil || raw != nil {
		if err != nil {
			return claim{}, err
		}
		return parseClaim(raw)
	}
	own, err := s.cfg.Records.Get(s.w.Tx, c.Kind, c.Record)
	if err != nil || own == nil {
		return claim{}, err
	}
	return s.byTheCity(), nil
}

// byTheCity is the city's claim to what it has written itself: as old as can
// be, for who writes what the city has written has it from there.
func (s *sitting) byTheCity() claim { return claim{unit: s.cfg.Members.Unit().ID, epoch: 1} }

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
