package desk

import (
	"maps"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/node/replica"
)

// draft is what an item changes of a record.
type draft struct {
	values   map[string]change.Value
	whole    map[string]change.Value // the record as it will be
	audience change.UnitID
	known    *merge.Record // nil: a new record
	read     reading
	copied   map[string]change.Value // texts of the records that it names
	again    map[string]change.Value // what was said since the version, and is not said again
}

// draft reads what an item changes of a record, on what is stored of it and what
// items before it set.
func (s *saver) draft(tx *journal.Tx, e *entry, t typed, before map[string]change.Value) (drawn draft, err error) {
	if drawn.known, err = s.at.Records.Get(tx, s.kind.Name, e.name); err != nil {
		return drawn, err
	}
	if drawn.read, err = s.readVersion(tx, e, t, drawn.known); err != nil {
		return drawn, err
	}
	if drawn.values, err = s.valuesOf(tx, e, t, &drawn); err != nil {
		return drawn, err
	}
	if err = s.leaveAgain(tx, e, &drawn); err != nil {
		return drawn, err
	}
	drawn.whole = map[string]change.Value{}
	if drawn.known != nil {
		drawn.whole = drawn.known.Values()
	}
	maps.Copy(drawn.whole, before)
	if err = drawn.judgeVoid(s.how.KeepsValid); err != nil {
		return drawn, err
	}
	if err = drawn.judgeClosed(s.kind); err != nil {
		return drawn, err
	}
	drawn.stand(before)
	maps.Copy(drawn.whole, drawn.values)
	missing := s.kind.Missing(drawn.whole)
	maps.Copy(drawn.values, missing)
	maps.Copy(drawn.whole, missing)
	if err = s.copyTexts(tx, &drawn); err != nil {
		return drawn, err
	}
	if err = s.judgeInspected(tx, &drawn); err != nil {
		return drawn, err
	}
	if err = s.judgeByHand(&drawn); err != nil {
		return drawn, err
	}
	holder, err := s.at.Records.HolderOf(tx, s.kind.Name, e.name)
	if err == nil {
		err = access.Edit(s.at.Members.Unit().ID, s.at.Place.RootUnit, s.at.Members.Heir(holder))
	}
	if err != nil {
		return drawn, err
	}
	drawn.audience, err = s.audienceOf(s.kind, drawn.whole)
	return drawn, err
}

// valuesOf are the values that an item gives, without those that are as they were
// read.
func (s *saver) valuesOf(tx *journal.Tx, e *entry, t typed, drawn *draft) (map[string]change.Value, error) {
	object := s.leftOf(maps.Clone(t.object), drawn)
	if s.how.Void {
		object = s.voidObject(object)
	}
	if err := s.resolveUnits(s.kind, object); err != nil {
		return nil, err
	}
	if err := s.resolveRefs(tx, s.kind, object); err != nil {
		return nil, err
	}
	values, err := s.kind.Parse(object)
	if err != nil {
		return nil, err
	}
	if _, has := s.kind.Field(schema.OwnNo); has && e.number != "" {
		values[schema.OwnNo] = change.Text(e.number)
	}
	if drawn.read.record != nil {
		was := schema.Standing(drawn.read.record.Values(), drawn.read.record.Void())
		maps.DeleteFunc(values, func(name string, given change.Value) bool {
			return was[name] == given || was[name].IsNull() && given.IsNull()
		})
	}
	return values, nil
}

// copyTexts fills in the texts that stand beside references, from what these name.
func (s *saver) copyTexts(tx *journal.Tx, drawn *draft) (err error) {
	var was map[string]change.Value
	if drawn.known != nil {
		was = drawn.known.Values()
	}
	drawn.copied, err = s.kind.Copied(drawn.whole, drawn.values, was, s.namedBy(tx))
	maps.Copy(drawn.values, drawn.copied)
	maps.Copy(drawn.whole, drawn.copied)
	return err
}

// namedBy reads what a record says that another one names: nil for one that is neither here
// nor in the same input.
func (s *saver) namedBy(tx *journal.Tx) func(kind string, id change.RecordID) (map[string]change.Value, error) {
	return func(kind string, id change.RecordID) (map[string]change.Value, error) {
		if values, fresh := s.fresh[id]; fresh {
			return values, nil
		}
		rec, err := s.at.Records.Get(tx, kind, id)
		if err != nil || rec == nil {
			return nil, err
		}
		return rec.Values(), nil
	}
}

// stand lets a void that has no effect be none for the rules.
func (drawn *draft) stand(before map[string]change.Value) {
	if drawn.known == nil {
		return
	}
	drawn.whole = schema.Standing(drawn.known.Values(), drawn.known.Void())
	maps.Copy(drawn.whole, before)
}

// judgeVoid refuses a void without a reason, and takes the reason from a record that
// is void no more. keeps refuses either.
func (drawn *draft) judgeVoid(keeps bool) error {
	valid, said := drawn.values[merge.VoidField]
	voided := said && valid.Text() == "0"
	switch {
	case keeps && (said && voided != isVoid(drawn.whole) || rewords(drawn)):
		return errKept
	case keeps && len(drawn.values) > 0 && drawn.isLate():
		return errLate
	case voided && drawn.whole[merge.VoidField].Text() != "0" && drawn.values[schema.VoidReason].IsNull():
		return errNoReason
	case said && !voided && !drawn.whole[schema.VoidReason].IsNull():
		drawn.values[schema.VoidReason] = change.Null
	}
	return nil
}

// isLate reports whether the record was made void since it was read: the edit would stand
// beside the void, and the record would not be void until somebody settles that.
func (drawn *draft) isLate() bool {
	return drawn.read.vector != nil && drawn.known.Void() && (drawn.read.record == nil || !drawn.read.record.Void())
}

var errLate = fault.New(fault.Invalid, "the record was made void since it was read").WithHint("the head of the station makes it valid again")

// rewords reports whether another reason of a void is given than there is.
func rewords(drawn *draft) bool {
	reason, given := drawn.values[schema.VoidReason]
	return given && reason != drawn.whole[schema.VoidReason]
}

var errNoReason = fault.New(fault.Invalid, "a void needs a reason").WithHint("give void_reason too, or use tongbu void with --reason")

var errKept = fault.New(fault.Denied, "who saves may not make a record void, or valid again").WithHint("ask the head of the station")

// resolveUnits lets people name units by their division codes.
func (d *Desk) resolveUnits(k *schema.Kind, object map[string]any) error {
	for name, value := range object {
		f, ok := k.Field(name)
		code, isText := value.(string)
		if !ok || f.Type != schema.Unit || !isText || len(code) != 12 {
			continue
		}
		t := d.at.Members.Tree()
		if t == nil {
			return fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
		}
		u, ok := t.ByCode(code)
		if !ok {
			return fault.New(fault.Invalid, "field %s names a unit that is not in the tree", f.Name)
		}
		object[name] = string(u.ID)
	}
	return nil
}

// audienceOf is the unit a record of a kind is addressed to: the one it names, at or
// below this one, else this one. What a hub says of a person goes to the unit that
// holds the person, and what it keeps itself, as a complaint or the inspection of an
// employer, to nobody below: what it said to itself would be told to all.
func (d *Desk) audienceOf(k *schema.Kind, whole map[string]change.Value) (change.UnitID, error) {
	self := d.at.Members.Unit().ID
	named := change.UnitID(whole["audience"].Text())
	if k.To != "" {
		named = change.UnitID(whole[k.To].Text())
	}
	if err := handles(k, whole, self); err != nil {
		return "", err
	}
	if d.at.IsHub() && k.Personal {
		maker, _ := change.RecordID(whole[k.Subject].Text()).Maker()
		switch {
		case k.Name == schema.CorrectionAnswer: // for whoever asked, above
			return self.Inner(), nil
		case replica.KeptByHubs(k.Name) && k.To == "" && (k.Subject == "" || maker == self):
			return self.Inner(), nil
		case maker != "" && maker != self:
			named = maker
		case named == "" || k.To == "":
			return "", fault.New(fault.Invalid, "a hub says nothing of persons but to the unit that holds them").
				WithHint("name whom it is about by an id of theirs, as tongbu query shows it; else record it at the community")
		}
	}
	switch {
	case d.at.IsHub() && inspects(k.Name) && (named == "" || named == self):
		return self.Inner(), nil
	case named == "":
		return self, nil
	}
	return named, access.Address(d.at.Members, self, named)
}

// changedValues are the values the record does not hold yet. Of a field with values
// side by side also the one that shows: to write it, other than as it was read, is
// to choose it.
func (drawn *draft) changedValues() map[string]change.Value {
	fields := map[string]change.Value{}
	if drawn.known == nil {
		maps.Copy(fields, drawn.values)
		maps.DeleteFunc(fields, func(_ string, value change.Value) bool { return value.IsNull() })
		return fields
	}
	disputed := map[string]bool{}
	for _, c := range drawn.known.Conflicts() {
		disputed[c.Field] = true
	}
	for name, value := range drawn.values {
		if disputed[name] || drawn.known.Value(name) != value {
			fields[name] = value
		}
	}
	return fields
}
