package view

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Findings stand in two columns of a row (schema.FindingsField, ExplainedField). No
// change says them: they are made of the record, of what stands beside it in its
// unit, and of a day. An Apply judges what it has changed and what is tied to that,
// in its transaction; Review judges everything for another day.

// Verdict is what a record's row says of its findings.
type Verdict struct {
	ID                  change.RecordID
	Findings, Explained Cell // sets; nothing where there are none
}

type recordName struct {
	kind string
	id   change.RecordID
}

func (n recordName) compare(o recordName) int {
	return cmp.Or(cmp.Compare(n.kind, o.kind), cmp.Compare(n.id, o.id))
}

// lookup names the records of a kind by a value of a field.
type lookup struct {
	kind, field string
	value       change.Value
}

// judging is the part of an Apply that judges. What it has read, it keeps.
type judging struct {
	*application
	day      string
	due      map[recordName]bool // to be judged
	subjects map[recordName]bool // whose derived rows are to be made
	with     map[lookup]bool     // likewise, all that have the value
	records  map[recordName]*merge.Record
	found    map[lookup][]recordName
	err      error // of a look-up in the midst of a rule
}

// judgedAtOnce is how many changes an Apply judges itself. To judge one takes some
// look-ups in the tables, several times as long as to write it: where many come
// together, a review of their units from memory does it when they are in.
const judgedAtOnce = 1000

// beginJudging makes an Apply judge, when the tables have a day and can be looked up
// in. Else they have none from then on, until a review.
func (a *application) beginJudging(was Standing, changes int) error {
	if was.Settled && a.view.day != "" {
		if changes < cmp.Or(a.view.opts.JudgedAtOnce, judgedAtOnce) {
			a.judging = a.newJudging(a.view.day)
			return nil
		}
		a.unjudged = map[change.UnitID]bool{}
	}
	if was.Reviewed == "" {
		return nil
	}
	return a.tx.Reviewed("")
}

func (a *application) newJudging(day string) *judging {
	return &judging{application: a, day: day, due: map[recordName]bool{}, subjects: map[recordName]bool{}, with: map[lookup]bool{},
		records: map[recordName]*merge.Record{}, found: map[lookup][]recordName{}}
}

// touch notes a record as it was or is: it is judged, and so is what is tied to it.
func (a *application) touch(r Content) {
	j, kind := a.judging, r.Kind()
	l := a.view.layouts[kind]
	if l == nil || !l.judged || j == nil && a.unjudged == nil {
		return
	}
	if j == nil {
		a.leave(l.kind, r)
		return
	}
	j.touchSubject(l.kind, r)
	j.due[recordName{kind, r.ID()}] = true
	for _, t := range a.view.schema.Ties() {
		switch {
		case t.To != kind:
		case t.By != "":
			if id := r.Value(t.By).Text(); id != "" {
				j.due[recordName{t.Kind, change.RecordID(id).Of(t.Kind, a.home(r).Unit)}] = true
			}
		case !t.Same:
			j.with[lookup{t.Kind, t.Field, change.Text(string(r.ID()))}] = true
		case !r.Value(t.Field).IsNull():
			j.with[lookup{kind, t.Field, r.Value(t.Field)}] = true
		}
	}
}

// leave has the units that a record bears on judged by a review: its own, that of whom an
// event is about, and whom a record from above is for.
func (a *application) leave(k *schema.Kind, r Content) {
	a.unjudged[a.home(r).Unit], a.unjudged[a.homeWas(r).Unit] = true, true
	if k.To != "" && r.Value(k.To).Text() != "" {
		a.unjudged[change.UnitID(r.Value(k.To).Text())] = true
	}
	if !facts.Tells(k) {
		return
	}
	named := []string{r.Value(k.Subject).Text()}
	if field, _ := facts.Bears(k.Name); field != "" {
		named = append(named, r.Value(field).Text())
	}
	for _, id := range named {
		if unit, is := change.RecordID(id).Maker(); is {
			a.unjudged[unit] = true
		}
	}
}

// judge writes the findings of all that was touched, and makes its derived rows.
func (a *application) judge(ctx context.Context) error {
	j := a.judging
	if j == nil {
		return nil
	}
	for l := range j.with {
		for _, name := range j.having(l) {
			j.due[name] = true
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(j.due), recordName.compare) {
		if err := ctx.Err(); err != nil {
			return err
		}
		l, known := a.view.layouts[name.kind]
		r := j.record(name)
		if !known || r == nil || j.err != nil {
			continue
		}
		unit := a.home(r).Unit
		v := verdictOf(l.kind, r, unit, access.Codes(a.view.tree, unit), &near{judging: j, unit: unit}, j.day)
		if j.err == nil {
			j.err = a.tx.SetFindings(l.kind, []Verdict{v})
		}
	}
	if j.err != nil {
		return j.err
	}
	return j.derive()
}

// verdictOf judges a record. A void one is right.
func verdictOf(k *schema.Kind, r Read, unit change.UnitID, mayWrite func([]int) bool, near schema.Near, day string) Verdict {
	v := Verdict{ID: r.ID()}
	if r.Void() {
		return v
	}
	findings, explained := schema.Found(k.Findings(schema.Subject{ID: r.ID(), Unit: unit, Values: schema.Standing(r.Values(), r.Void()), Near: near, Today: day, MayWrite: mayWrite}))
	v.Findings, v.Explained = Set.cell(findings), Set.cell(explained)
	return v
}

// record reads a record, nil when it is not there.
func (j *judging) record(name recordName) *merge.Record {
	l, known := j.view.layouts[name.kind]
	r, met := j.records[name]
	if met || !known || j.err != nil {
		return r
	}
	var held []Held
	if held, j.err = j.tx.Load(l.kind, []change.RecordID{name.id}); j.err != nil || !held[0].There() {
		return nil
	}
	return j.keep(name, held[0])
}

// keep makes a record of what is stored.
func (j *judging) keep(name recordName, held Held) *merge.Record {
	s, err := j.view.layouts[name.kind].parse(&held)
	if err == nil && s.single() {
		err = j.learn(s.spots[0].Stream)
	}
	if err == nil {
		j.records[name], err = s.record(name.kind, name.id, j.streams)
	}
	j.err = cmp.Or(j.err, err)
	return j.records[name]
}

// learn has a.streams know a stream's name.
func (a *application) learn(number int64) error {
	if _, known := a.streams[number]; known {
		return nil
	}
	names, err := a.tx.Streams(number)
	maps.Copy(a.streams, names)
	return err
}

// having names the records that have one of the spellings of a value.
func (j *judging) having(l lookup) []recordName {
	names, met := j.found[l]
	of, known := j.view.layouts[l.kind]
	if met || !known || !j.view.filled[l.kind] || j.err != nil {
		return names
	}
	f, _ := of.kind.Field(l.field)
	for _, value := range schema.Spellings(f, l.value) {
		var held []Held
		if held, j.err = j.tx.Beside(of.kind, l.field, TextCell(value.Text())); j.err != nil {
			return nil
		}
		for _, h := range held {
			name := recordName{l.kind, h.ID}
			if _, met := j.records[name]; !met {
				j.keep(name, h)
			}
			names = append(names, name)
		}
	}
	j.found[l] = names
	return names
}

// near is what stands beside the records of a unit, in the tables.
type near struct {
	*judging
	unit change.UnitID
}

var _ schema.Near = (*near)(nil)

// Codes implements schema.Near.
func (n *near) Codes() []string { return codesOf(n.view.tree, n.unit) }

// codesOf are the division codes of a unit; one that the tree does not know has none.
func codesOf(t *tree.Tree, unit change.UnitID) []string {
	if t == nil {
		return nil
	}
	return t.Codes(unit)
}

// Named implements schema.Near.
func (n *near) Named(kind string, id change.RecordID) (schema.Neighbour, bool) {
	r := n.record(recordName{kind, id})
	if r == nil || !n.isBeside(r) {
		return schema.Neighbour{}, false
	}
	return n.neighbour(r), true
}

// isBeside reports whether a record stands beside those of the unit: it is of the same, or
// of one that has the same heir.
func (n *near) isBeside(r Content) bool {
	return heirIn(n.view.tree, n.home(r).Unit) == heirIn(n.view.tree, n.unit)
}

// heirIn is the unit that has taken the place of another, and any other itself.
func heirIn(t *tree.Tree, unit change.UnitID) change.UnitID {
	if t == nil {
		return unit
	}
	return t.Heir(unit)
}

// With implements schema.Near.
func (n *near) With(kind, field string, value change.Value) (all []schema.Neighbour) {
	for _, name := range n.having(lookup{kind, field, value}) {
		if r := n.record(name); r != nil && !r.Void() && n.isBeside(r) {
			all = append(all, n.neighbour(r))
		}
	}
	return all
}

func (n *near) neighbour(r *merge.Record) schema.Neighbour {
	values := map[string]change.Value{}
	for _, field := range n.view.schema.NearFields(r.Kind()) {
		values[field] = r.Value(field)
	}
	return schema.Neighbour{ID: r.ID(), Void: r.Void(), Values: values}
}
