package desk

import (
	"fmt"
	"maps"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/today"
)

// entry is one checked item. What it says is read again when it is written: kept
// for all items it would be several times the input's size. That of an item that
// comes alone is kept, because a clerk waits.
type entry struct {
	item Item
	called
	typed    *typed // nil: to be read again
	byLine   bool   // the record is that of the line in a run
	unnamed  bool   // and nothing else will lead to it
	warnings []string
	refused  []schema.Problem // why the record may not be so
	drawn    *draft           // what the row of a table, or a part of a form, makes of a record that is new

	contested []string // fields that another has written since they were read
}

func (e *entry) warn(field, rule string) { e.warnings = append(e.warnings, field+": "+rule) }

func (s *saver) checkItems(items []Item) ([]entry, error) {
	entries := make([]entry, len(items))
	err := s.at.Streams.View(func(tx *journal.Tx) (err error) {
		c := checker{saver: s, tx: tx, met: map[change.RecordID]*ahead{}, near: s.newNear(tx)}
		if c.today, _, err = s.at.Today(tx); err != nil {
			return err
		}
		if c.twins, err = newTwins(s, tx); err != nil {
			return err
		}
		if err = c.near.prepare(s.kind, len(items)); err != nil {
			return err
		}
		for i, item := range items {
			if entries[i], err = c.checkItem(item); err != nil {
				return fault.Wrap(fmt.Sprintf("line %d", item.Line), err)
			}
			if len(items) > 1 {
				entries[i].typed = nil
			}
		}
		return nil
	})
	return entries, err
}

// checker checks the items of one input against what is stored and what the
// items before say of the same record.
type checker struct {
	*saver
	tx    *journal.Tx
	today today.Day
	met   map[change.RecordID]*ahead
	twins *twins // nil: that a number stands twice is said by the rule, without the other's id
	near  *near
	said  map[schema.Problem]string // warnings that were made

	gathered map[change.RecordID]bool // records whose members are of the same input, so that rules about these are judged
}

// ahead is what earlier items say of a record. The values are decoded only
// when a second item names the record.
type ahead struct {
	first  entry
	values map[string]change.Value
}

func (c *checker) checkItem(item Item) (entry, error) {
	t, err := item.decode()
	if err != nil {
		return entry{}, err
	}
	e := entry{item: item, typed: &t}
	if err = c.name(c.tx, &e, t); err != nil {
		return e, err
	}
	_, err = c.checkNamed(&e, t)
	return e, err
}

// checkNamed checks an item whose record is found.
func (c *checker) checkNamed(e *entry, t typed) (drawn draft, err error) {
	var before map[string]change.Value
	if t.id != "" || e.number != "" { // nobody has named a new one before
		if before, err = c.earlierValues(e); err != nil {
			return drawn, err
		}
	}
	if drawn, err = c.draft(c.tx, e, t, before); err != nil {
		return drawn, err
	}
	if e.byLine && drawn.known != nil {
		e.warn("run", "line_put_before")
		return drawn, c.checkLine(e, drawn)
	}
	if before == nil {
		if err := c.checkHere(e, t, drawn); err != nil {
			return drawn, err
		}
	} else {
		maps.Copy(before, drawn.values)
		e.warn("id", "repeated")
	}
	c.warnUnexplained(e, &drawn)
	if err := c.warnUntold(e, &drawn); err != nil {
		return drawn, err
	}
	return drawn, c.checkWhole(e, drawn)
}

// warnUnexplained warns of an event that is corrected without saying why.
func (c *checker) warnUnexplained(e *entry, drawn *draft) {
	if drawn.isUnexplained(c.kind) && !c.how.procedure {
		e.warn(schema.CorrectionReason, "missing")
	}
}

// isUnexplained reports whether an event is corrected without saying why.
func (drawn *draft) isUnexplained(k *schema.Kind) bool {
	if k.Sort != schema.Event || drawn.known == nil || !drawn.values[schema.CorrectionReason].IsNull() {
		return false
	}
	changed := drawn.changedValues()
	delete(changed, merge.VoidField)
	delete(changed, schema.VoidReason)
	return len(changed) > 0
}

// checkWhole checks the record as it will be.
func (c *checker) checkWhole(e *entry, drawn draft) error {
	problems, err := c.judge(e.name, &drawn)
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.Hard {
			e.refused = append(e.refused, p)
		} else {
			e.warnings = append(e.warnings, c.sentence(p))
		}
	}
	c.warnWithdrawn(e, &drawn)
	if drawn.isUnseen() {
		e.warn(merge.VoidField, ruleVoid)
	}
	if c.at.Clocks.OwnAhead() {
		e.warn("entered", "clock-ahead")
	}
	if err := schema.Refusal(problems); err != nil {
		return err
	}
	if c.twins == nil { // the rule has said it
		return nil
	}
	return c.twins.check(e, drawn.whole)
}

// sentence is a problem's warning. Most records of an input have the same few, and all
// are kept until the last is written: so each is made once.
func (c *checker) sentence(p schema.Problem) string {
	text, said := c.said[p]
	if !said {
		if c.said == nil {
			c.said = map[schema.Problem]string{}
		}
		text = p.Warning()
		c.said[p] = text
	}
	return text
}

// warnWithdrawn warns of what the city no longer offers, where it is written: it is
// right, and nobody asks for it any more.
func (c *checker) warnWithdrawn(e *entry, drawn *draft) {
	for _, field := range drawn.withdrawn(c.kind) {
		e.warn(field, ruleWithdrawn)
	}
}

// withdrawn are the fields that the draft writes with what the city no longer offers;
// "kind" for the kind itself.
func (drawn *draft) withdrawn(k *schema.Kind) (fields []string) {
	if k.Withdrawn && drawn.known == nil {
		fields = append(fields, "kind")
	}
	for _, f := range k.Fields {
		value, given := drawn.values[f.Name]
		if !given || value.IsNull() || drawn.known != nil && drawn.known.Value(f.Name) == value {
			continue
		}
		if f.Withdrawn || f.HoldsWithdrawn(value) {
			fields = append(fields, f.Name)
		}
	}
	return fields
}

// isUnseen reports whether the record is void and stays so: what is typed is kept, and
// seen by nobody.
func (drawn *draft) isUnseen() bool {
	_, said := drawn.values[merge.VoidField]
	return !said && drawn.known != nil && drawn.known.Void()
}

// Rules of the desk itself.
const (
	ruleWithdrawn = "withdrawn"      // it names something that was withdrawn
	ruleVoid      = "record_is_void" // what is typed is kept, and seen by nobody
)

// checkHere refuses a record that is to be here and is not: an id that this program
// made, and any where something is to be corrected.
func (c *checker) checkHere(e *entry, t typed, drawn draft) error {
	if drawn.known != nil || !e.name.Formed() || e.number != "" && !c.corrects(t) || t.id == "" && !c.corrects(t) {
		return nil
	}
	places, err := c.at.Records.Places(c.tx, c.kind.Name, e.name) // one that is refused is corrected so
	if err != nil || len(places) > 0 {
		return err
	}
	if err := c.notHere(c.tx, c.kind, e.name); isMoved(err) || fault.Of(err) != fault.NotFound {
		return err
	}
	return fault.New(fault.NotFound, "no such %s here", c.kind.Name).
		WithHint("look it up with tongbu list; to record a new one, give a number of your own or no id, without version and --update")
}

// corrects reports whether the record is to be here.
func (c *checker) corrects(t typed) bool { return c.how.Update || c.how.Void || t.version != "" }

// judge lists the problems of a record as an item makes it. Rules about what stands
// beside it are left out of a void one; those about its members of a new one, because
// members are typed after their household, unless they come with it. That a number stands twice is told with
// the other record's id (see twins).
func (c *checker) judge(id change.RecordID, drawn *draft) ([]schema.Problem, error) {
	s := schema.Subject{ID: id, Unit: c.at.Members.Unit().ID, Values: drawn.whole, Today: c.today.Date,
		MayWrite: access.Codes(c.at.Members.Tree(), c.at.Members.Unit().ID)}
	if c.near.book.Keeps(c.kind.Name) {
		c.near.add(c.kind.Name, id, drawn.whole)
		if !isVoid(drawn.whole) {
			s.Near = c.near
		}
	}
	problems := slices.DeleteFunc(c.kind.Judge(s), func(p schema.Problem) bool {
		return p.Rule == ruleTwice && c.twins != nil || drawn.known == nil && c.kind.OfMembers(p.Rule) && !c.gathered[id]
	})
	return c.today.Weigh(problems), c.near.err
}

// earlierValues is what earlier items set of the record, nil when this is the first.
func (c *checker) earlierValues(e *entry) (map[string]change.Value, error) {
	a := c.met[e.name]
	switch {
	case a == nil:
		c.met[e.name] = &ahead{first: entry{item: e.item, called: e.called}}
		return nil, nil
	case a.values != nil:
		return a.values, nil
	}
	t, err := c.reread(&a.first)
	if err != nil {
		return nil, err
	}
	drawn, err := c.draft(c.tx, &a.first, t, nil)
	a.values = drawn.values
	return a.values, err
}
