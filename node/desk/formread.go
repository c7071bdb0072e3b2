package desk

import (
	"errors"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// formReader reads a form in one transaction. A new one is made for each, because what is
// here may be another.
type formReader struct {
	*Desk
	tx    *journal.Tx
	run   string
	parts []*formPart
	check *checker
}

// formPart is a part as it is read.
type formPart struct {
	kind  string
	to    *saver
	entry entry
	typed typed
	drawn draft
	fresh bool // no id names a record that is here
	past  bool // a change of the record says the same: it was put before
	lost  bool // nothing can be drawn of it

	unread   []string // fields whose values cannot be read
	problems []schema.Problem
	findings []schema.Problem
	like     map[string][]schema.Item
	others   map[string][]change.RecordID
}

// Rules of a form. They are hard.
const (
	rulePart  = "part"         // a reference names no part, or one of another kind
	ruleSame  = "same_record"  // two parts are of one record
	ruleTaken = "own_no_taken" // another record has the own number
	ruleSaved = "saved_before" // the form was saved with something else in the part
	ruleInput = "input"        // what else the desk refuses
)

func (d *Desk) readForm(tx *journal.Tx, f Form) (*formReader, error) {
	in := &formReader{Desk: d, tx: tx, run: f.How.Run}
	if err := in.begin(f); err != nil {
		return nil, err
	}
	for i, p := range in.parts {
		if err := in.namePart(i, p); err != nil {
			return nil, err
		}
	}
	for _, p := range in.parts {
		if err := in.readFields(p); err != nil {
			return nil, err
		}
	}
	for _, p := range in.inOrder() {
		if err := in.draw(p); err != nil {
			return nil, err
		}
	}
	for _, p := range in.parts {
		if err := in.judge(p); err != nil {
			return nil, err
		}
	}
	return in, in.check.near.err
}

func (in *formReader) begin(f Form) (err error) {
	kinds, fresh := map[string]*saver{}, map[change.RecordID]map[string]change.Value{}
	in.check = &checker{tx: in.tx, near: in.newNear(in.tx), met: map[change.RecordID]*ahead{}, gathered: map[change.RecordID]bool{}}
	if in.check.today, _, err = in.at.Today(in.tx); err != nil {
		return err
	}
	for i, p := range f.Parts {
		if kinds[p.Kind] == nil {
			k, err := in.writableKind(p.Kind)
			if err != nil {
				return err
			}
			kinds[p.Kind] = &saver{Desk: in.Desk, kind: k, how: Saving{Actor: f.How.Actor}, fresh: fresh}
			if err := in.check.near.prepare(k, len(f.Parts)); err != nil {
				return err
			}
		}
		part := &formPart{kind: p.Kind, to: kinds[p.Kind], entry: entry{item: Item{Line: i + 1, JSON: p.Item}}}
		if part.typed, err = part.entry.item.decode(); err != nil {
			return err
		}
		in.parts = append(in.parts, part)
	}
	return nil
}

// namePart finds which record a part is of. One without an id is that of its place in
// the form, or of its own number.
func (in *formReader) namePart(i int, p *formPart) error {
	number, given, err := cutOwnNo(p.to.kind, p.typed.object)
	if err != nil {
		return p.refuse(schema.OwnNo, "type", err)
	}
	p.fresh = p.typed.id == ""
	id, field := p.typed.id, "id"
	if p.fresh && given {
		id, field = change.RecordID(number), schema.OwnNo
	}
	if id == "" && in.run != "" {
		p.entry.name = change.LineRecordID(in.at.Members.Unit().ID, p.kind, formRun+in.run, i+1)
	} else if p.entry.called, err = in.resolveName(in.tx, p.kind, id); err == nil && given && p.entry.number != number {
		field, err = schema.OwnNo, p.to.checkOwnNo(in.tx, &p.entry, number)
	}
	if err != nil {
		return p.refuse(field, ruleInput, err)
	}
	p.entry.byLine = p.fresh
	for _, other := range in.parts[:i] {
		if other.to == p.to && other.entry.name == p.entry.name {
			p.add(schema.Problem{Field: field, Rule: ruleSame, Message: "another part of the form is of the same record", Zh: "本表内另有一项是同一条记录"})
			p.lost = true
		}
	}
	return nil
}

// formRun is before the names of forms, so that no input of a command has one of theirs.
const formRun = "form "

// refuse adds what an error says as a problem, when the person can mend it.
func (p *formPart) refuse(field, rule string, err error) error {
	if kind := fault.Of(err); kind != fault.Invalid && kind != fault.NotFound {
		return err
	}
	p.lost = true
	p.add(schema.Problem{Field: field, Rule: rule, Message: err.Error()})
	return nil
}

// add adds a hard problem.
func (p *formPart) add(problem schema.Problem) {
	problem.Hard = true
	p.problems = append(p.problems, problem)
}

// inOrder are the parts with those before that they name: what follows from a person
// is said on the household, and texts are copied from what is named.
func (in *formReader) inOrder() (order []*formPart) {
	met := map[*formPart]bool{}
	var visit func(p *formPart)
	visit = func(p *formPart) {
		if met[p] {
			return
		}
		met[p] = true
		for _, other := range in.parts {
			if p.names(other) {
				visit(other)
			}
		}
		order = append(order, p)
	}
	for _, p := range in.parts {
		visit(p)
	}
	return order
}

// names reports whether a field of the part names the record of another: as it is typed,
// and of a part that is drawn as the record will be.
func (p *formPart) names(other *formPart) bool {
	for _, f := range p.to.kind.Fields {
		if f.Type != schema.Ref || f.Ref != other.kind {
			continue
		}
		if p.drawn.whole[f.Name] == change.Text(string(other.entry.name)) || givenOf(p.to.kind, p.typed.object, f) == string(other.entry.name) {
			return true
		}
	}
	return false
}

// draw makes of a part what it changes, and puts the record as it will be beside the
// others.
func (in *formReader) draw(p *formPart) (err error) {
	if p.lost {
		in.check.near.add(p.kind, p.entry.name, nil)
		return nil
	}
	p.drawn, err = p.to.draft(in.tx, &p.entry, p.typed, nil)
	switch {
	case errors.Is(err, errNoReason):
		err = p.refuse(schema.VoidReason, "missing", err)
	case err != nil:
		err = p.refuse("", ruleInput, err)
	default:
		err = in.place(p)
	}
	if p.lost {
		in.check.near.add(p.kind, p.entry.name, nil)
		return err
	}
	p.to.fresh[p.entry.name] = p.drawn.whole
	if in.check.near.book.Keeps(p.kind) {
		in.check.near.add(p.kind, p.entry.name, p.drawn.whole)
	}
	in.gather(p)
	return err
}

// place says whether the record of a part is to be here, or not to.
func (in *formReader) place(p *formPart) (err error) {
	in.check.saver = p.to
	if !p.fresh {
		if err := in.check.checkHere(&p.entry, p.typed, p.drawn); err != nil {
			return p.refuse("id", ruleInput, err)
		}
		return nil
	}
	if p.drawn.known == nil {
		return nil
	}
	if p.past, err = p.to.saidBefore(in.tx, &p.entry, p.drawn); err != nil || p.past {
		return err
	}
	p.lost = true
	if p.entry.number != "" {
		p.add(schema.Problem{Field: schema.OwnNo, Rule: ruleTaken, Message: "another record has this number", Zh: "已有记录用了这个编号"})
		return nil
	}
	p.add(schema.Problem{Rule: ruleSaved, Message: "the form was saved before, with something else here: open the record and change it there",
		Zh: "本表已保存过，这里与当时不同：请打开该记录再改"})
	return nil
}

// gather notes which new records have members in the form.
func (in *formReader) gather(p *formPart) {
	for _, f := range p.to.kind.Fields {
		if id := p.drawn.whole[f.Name]; f.Type == schema.Ref && !id.IsNull() {
			in.check.gathered[change.RecordID(id.Text())] = true
		}
	}
}

// judge lists what is wrong with the record as it will be.
func (in *formReader) judge(p *formPart) error {
	if p.lost || p.past {
		return nil
	}
	in.check.saver = p.to
	problems, err := in.check.judge(p.entry.name, &p.drawn)
	if err != nil {
		return err
	}
	for _, found := range problems {
		switch {
		case slices.Contains(p.unread, found.Field): // nothing is filled in there because of that
		case found.Hard:
			p.problems = append(p.problems, found)
			p.addLike(found)
		default:
			p.findings = append(p.findings, found)
			in.addOthers(p, found)
		}
	}
	p.findings = append(p.findings, p.ownFindings()...)
	return nil
}

// addOthers says which records have what the rule of a finding allows once.
func (in *formReader) addOthers(p *formPart, found schema.Problem) {
	once := func(c *schema.Check) bool { return c.Rule == found.Rule && c.Test == "once" }
	if !slices.ContainsFunc(p.to.kind.Checks, once) {
		return
	}
	for _, n := range in.check.near.With(p.kind, found.Field, p.drawn.whole[found.Field]) {
		if n.ID != p.entry.name {
			if p.others == nil {
				p.others = map[string][]change.RecordID{}
			}
			p.others[found.Field] = append(p.others[found.Field], n.ID)
		}
	}
}

// ownFindings are those that the desk makes.
func (p *formPart) ownFindings() (all []schema.Problem) {
	if p.drawn.isUnexplained(p.to.kind) {
		all = append(all, schema.Problem{Field: schema.CorrectionReason, Rule: "missing", Message: "say why it is corrected", Zh: "更正应说明原因"})
	}
	if p.drawn.isUnseen() {
		all = append(all, schema.Problem{Field: "valid", Rule: ruleVoid, Message: "the record is void: what is saved is seen by nobody", Zh: "本条已作废，保存后无人看得到"})
	}
	for _, field := range p.drawn.withdrawn(p.to.kind) {
		all = append(all, schema.Problem{Field: field, Rule: ruleWithdrawn, Message: "the city no longer offers this", Zh: "市里已停用"})
	}
	return all
}
