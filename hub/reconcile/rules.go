package reconcile

import (
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/today"
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
	known   bool  // the kind
	standing
}

// foreign reports whether the change is one of somebody who may not write the
// record.
func (v verdict) foreign() bool { return v.rule == ruleWriter || v.rule == ruleCustodian }

// refusal is the word that says the verdict.
func (v verdict) refusal() system.Refusal {
	word := system.Refusal{Stream: v.at.Stream, Seq: v.at.seq, Count: v.count, Kind: v.kind, Record: v.record, Unit: v.at.author,
		Rule: v.rule, Message: v.message}
	if v.rule == ruleCustodian {
		word.Holder, word.Since = v.holder.unit, v.holder.epoch
	}
	return word
}

// Rules that are not the schema's. Refusals by the custodian's and the context's
// are weighed again with what comes later.
const (
	ruleWriter    = "not_a_writer"      // its unit does not write such records
	ruleCustodian = "not_the_custodian" // another unit holds the record
	ruleContext   = "context_unknown"   // it builds on a change that has not stood here
	ruleCode      = system.UnknownCode  // it names a code that the city does not know: it is held, see held.go
)

// checkRules judges one change by the rules that need the whole city: who may
// write the kind, who holds the record, what it builds on, and the hard checks
// that the node should have made.
func (j *judging) checkRules(at placed, c *change.Change, holder claim, past history) (v verdict, err error) {
	r := j.Reconciler
	v = verdict{at: at, kind: c.Kind, record: c.Record, count: c.Count(), holder: holder}
	city := r.cfg.Members.Unit().ID
	tier, err := j.levelOf(at.author)
	if err != nil {
		return v, err
	}
	k, known := r.cfg.Schema.Kind(c.Kind)
	v.known = known
	onHeld, err := j.buildsOnHeld(past, c)
	if err != nil {
		return v, err
	}
	if v.standing, err = j.standingOf(at, c); err != nil {
		return v, err
	}
	_, has := access.Effect(c, at.Stream, at.author, city)
	holds := access.Holds(holder.unit, at.author, city)
	if maker, named := c.Record.Maker(); named && access.Inherits(c.Kind) {
		has, holds = has || j.holds(maker, at.author), j.holds(holder.unit, at.author)
	}
	if v.moved.Moved() { // then its id no longer says who writes it
		has = v.late || holds
	}
	switch {
	case !known && has:
		return v, nil // kept until the city knows the kind
	case known && access.Write(k, tier) != nil:
		v.rule, v.message = ruleWriter, "units of this tier do not write such records"
	case !has && change.Ruled(c.Kind):
		v.rule, v.message = ruleWriter, "only the device itself writes this record, and only to its own unit"
	case v.held:
		v.rule, v.message = ruleMoved, "this unit had heard that it gave the record to another: it is held for "+r.unitName(holder.unit)
	case !has || !v.late && !holds:
		v.rule, v.message = ruleCustodian, "another unit holds this record: "+r.unitName(holder.unit)
	case !change.Ruled(c.Kind) && j.lacks(past, at, c):
		v.rule, v.message = ruleContext, "it builds on a change that is not here"
	case onHeld:
		v.rule, v.message = ruleContext, "it builds on a change that is held"
	default:
		v.rule, v.message = checkHard(k, c, past.first(), j.today)
	}
	return v, nil
}

// holds reports whether a unit writes the records that another holds: the holder and the
// city, and from its day on the unit into which the holder was merged.
func (j *judging) holds(holder, author change.UnitID) bool {
	m := j.cfg.Members
	return access.Holds(holder, author, m.Unit().ID) || m.Heir(holder) == author
}

// levelOf is the tier of a unit, 0 for one that is not in the tree. All changes of a
// batch are of one unit.
func (j *judging) levelOf(unit change.UnitID) (tree.Level, error) {
	if j.level.unit == unit {
		return j.level.is, nil
	}
	t := j.cfg.Members.Tree()
	if t == nil {
		return 0, fault.New(fault.Damaged, "the city has no tree of units to judge by")
	}
	u, _ := t.Unit(unit)
	j.level = level{unit: unit, is: u.Level}
	return u.Level, nil
}

// level is the tier of a unit.
type level struct {
	unit change.UnitID
	is   tree.Level
}

// unitName is what people call a unit.
func (r *Reconciler) unitName(unit change.UnitID) string {
	if u, ok := r.cfg.Members.Tree().Unit(unit); ok {
		return u.Name
	}
	return string(unit)
}

// checkHard makes the hard checks on the values a change sets, each by itself; on
// the first that stands of a record, whatever it claims to build on, also those
// across fields. On later ones these are made where the whole record is: at the
// node, before it writes. A date that lies in the future for the city does so on any.
// A code that is not in its list holds the change, where nothing else is wrong with it.
func checkHard(k *schema.Kind, c *change.Change, first bool, day today.Day) (rule, message string) {
	if !k.PassesHard(c.Fields, first) {
		for _, p := range k.CheckHard(c.Fields) {
			across := slices.ContainsFunc(k.Checks, func(check *schema.Check) bool { return check.Rule == p.Rule })
			switch {
			case !first && (across || !c.Fields.Has(p.Field)):
			case p.Rule == schema.RuleCode:
				rule, message = ruleCode, p.Field+": the city does not know the code yet"
			default:
				return p.Rule, p.Field + ": " + p.Message
			}
		}
	}
	for _, p := range day.Refused(k, c.Fields) {
		if first || c.Fields.Has(p.Field) {
			return p.Rule, p.Field + ": " + p.Message
		}
	}
	return rule, message
}
