package desk

import (
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// judge makes the findings of stored records, by the same rules as every tier above.
// Nothing of them is stored here: a unit's records are few, and what is made when it
// is asked for is never out of date.
type judge struct {
	kind  *schema.Kind
	near  schema.Near
	today string
	tree  *tree.Tree
}

// judgeOf judges the records of a kind when a filter asks for findings; nil: it does
// not. What the unit holds is read once.
func (d *Desk) judgeOf(k *schema.Kind, expr *filter.Expr) (*judge, error) {
	if !expr.Names(schema.FindingsField) && !expr.Names(schema.ExplainedField) {
		return nil, nil
	}
	j, err := d.newJudge()
	if err == nil {
		j.kind = k
	}
	return j, err
}

// newJudge reads what the unit holds, once for all kinds.
func (d *Desk) newJudge() (*judge, error) {
	j := &judge{tree: d.at.Members.Tree()}
	err := d.at.Journal.View(func(tx *journal.Tx) error {
		day, _, err := d.at.Today(tx)
		if err != nil {
			return err
		}
		j.today = day.Date
		n := d.newNear(tx)
		j.near = n.book
		return n.readAll()
	})
	return j, err
}

// addFindings sets the two computed fields of a record's values, whatever its
// changes say of them; without a judge they are empty. It returns what it has found.
func (j *judge) addFindings(rec *merge.Record, values map[string]change.Value) []schema.Problem {
	delete(values, schema.FindingsField)
	delete(values, schema.ExplainedField)
	if j == nil || rec.Void() {
		return nil
	}
	if _, judged := j.kind.Field(schema.FindingsField); !judged {
		return nil
	}
	unit := change.UnitID(records.ValueOf(rec, "unit").Text())
	problems := j.kind.Findings(schema.Subject{ID: rec.ID(), Unit: unit, Values: schema.Standing(rec.Values(), rec.Void()), Near: j.near, Today: j.today, MayWrite: access.Codes(j.tree, unit)})
	findings, explained := schema.Found(problems)
	for name, value := range map[string]change.Value{schema.FindingsField: findings, schema.ExplainedField: explained} {
		if !value.IsNull() {
			values[name] = value
		}
	}
	return problems
}

// addFindings judges one record with what stands beside it.
func (d *Desk) addFindings(tx *journal.Tx, k *schema.Kind, rec *merge.Record, shown *Shown) error {
	j, n, err := d.judgeIn(tx, k, 1)
	if err != nil {
		return err
	}
	shown.addFindings(j, rec)
	return n.err
}

// judgeIn makes what judges so many records of a kind in one transaction. Whatever failed
// to be read beside them is in the near's error.
func (d *Desk) judgeIn(tx *journal.Tx, k *schema.Kind, records int) (*judge, *near, error) {
	day, _, err := d.at.Today(tx)
	if err != nil {
		return nil, nil, err
	}
	n := d.newNear(tx)
	if err := n.prepare(k, records); err != nil {
		return nil, nil, err
	}
	return &judge{kind: k, near: n, today: day.Date, tree: d.at.Members.Tree()}, n, nil
}

// addFindings shows what a judge finds in a record.
func (s *Shown) addFindings(j *judge, rec *merge.Record) {
	values := map[string]change.Value{}
	if problems := j.addFindings(rec, values); len(problems) > 0 { // without a judge there are none
		s.FoundIn = foundIn(j.kind, problems)
	}
	s.Findings, s.Explained = itemsOf(values[schema.FindingsField]), itemsOf(values[schema.ExplainedField])
}

// foundIn are the fields that fail the rules which all fields have: what such a rule is
// called does not name the field, as that of a declared one does.
func foundIn(k *schema.Kind, problems []schema.Problem) map[string][]string {
	in := map[string][]string{}
	for _, p := range problems {
		if !p.Explained && !slices.ContainsFunc(k.Checks, func(c *schema.Check) bool { return c.Rule == p.Rule }) {
			in[p.Rule] = append(in[p.Rule], p.Field)
		}
	}
	return in
}

func itemsOf(v change.Value) []string {
	item, _ := v.Get()
	items, _ := item.([]string)
	return items
}
