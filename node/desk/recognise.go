package desk

import (
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// nameRow finds which record a row of a table is of.
func (in *intake) nameRow(c *checker, e *entry) error {
	t := e.typed
	number, given, err := cutOwnNo(c.kind, t.object)
	if err != nil {
		return err
	}
	if !given && t.id != "" && !t.id.Formed() {
		number, given, t.id = change.PlainNumber(string(t.id)), true, ""
	}
	known, err := in.recognise(c, t, number)
	switch {
	case err != nil:
		return err
	case known != "":
		t.id, e.called = known, called{name: known}
		if !given {
			return nil
		}
		return c.checkOwnNo(c.tx, e, number)
	case given:
		return in.nameByNumber(c, e, number)
	case t.id != "":
		e.called, t.id = called{name: in.exported(c.kind.Name, t.id)}, ""
		return nil
	}
	if number := keyNumber(c.kind, t.object); number != "" {
		return in.nameByNumber(c, e, number)
	}
	e.unnamed = !hasKey(c.kind, t.object)
	e.byLine, e.name = true, change.LineRecordID(in.at.Members.Unit().ID, c.kind.Name, in.how.Run, e.item.Line)
	return nil
}

// hasKey reports whether an object has something by which the record that is made of it
// will be found again.
func hasKey(k *schema.Kind, object map[string]any) bool {
	return slices.ContainsFunc(k.Keys(), func(f *schema.Field) bool {
		value, err := f.Parse(givenOf(k, object, f))
		return err == nil && !value.IsNull()
	})
}

// exported is the name of the record that is made of a row with the id of another
// directory.
func (in *intake) exported(kind string, id change.RecordID) change.RecordID {
	return change.LineRecordID(in.at.Members.Unit().ID, kind, string(id), 1)
}

func (in *intake) nameByNumber(c *checker, e *entry, number string) (err error) {
	if change.RecordID(number).Formed() {
		return fault.New(fault.Invalid, "own_no is an id that this program made").WithHint("give a number of your own, or leave it out")
	}
	e.typed.id = ""
	e.called, err = c.resolveName(c.tx, c.kind.Name, change.RecordID(number))
	return err
}

// recognise finds the record that is here already: by the id, else by what stands
// once in the unit. A version is of a record that is here, so that one without it is
// an error. Of two records with one value, their own numbers or ids tell which.
func (in *intake) recognise(c *checker, t *typed, number string) (found change.RecordID, err error) {
	if t.id != "" {
		for _, id := range []change.RecordID{t.id, in.exported(c.kind.Name, t.id)} {
			places, err := in.at.Records.Places(c.tx, c.kind.Name, id)
			if err != nil || len(places) > 0 {
				return id, err
			}
		}
		if t.version != "" {
			return "", fault.New(fault.NotFound, "no such %s here", c.kind.Name).
				WithHint("the form was made at another directory, or its id was changed: make it again with tongbu export --template")
		}
	}
	for _, f := range c.kind.Keys() {
		value, err := f.Parse(givenOf(c.kind, t.object, f))
		if err != nil || value.IsNull() {
			continue // what is wrong with it is said when the row is checked
		}
		id, err := in.findOne(c, c.kind.Name, f, value, number)
		if _, met := in.met[id]; met && t.id != "" {
			continue // the table has both, each with its id
		}
		switch {
		case err != nil:
			return "", err
		case found != "" && id != "" && id != found:
			return "", fault.New(fault.Invalid, "the row names two records: %s is of another one", f.Name).WithHint("correct the one that is wrong")
		case id != "":
			found = id
		}
	}
	return found, nil
}

// findOne finds the record of this unit that has a value which stands once, among
// those here and the rows before; "" when there is none. With a number, a record that
// has another one of its own is passed over.
func (in *intake) findOne(c *checker, kind string, f *schema.Field, value change.Value, number string) (found change.RecordID, err error) {
	for _, n := range in.near.With(kind, f.Name, value) {
		if in.ghost[n.ID] {
			continue
		}
		if number != "" {
			own, err := in.ownNumber(c, kind, n.ID)
			if err != nil {
				return "", err
			}
			if own != "" && own != number {
				continue
			}
		}
		if found != "" && found != n.ID {
			return "", fault.New(fault.Invalid, "two records here have the same %s", f.Name).WithHint("say which by its id, or void one of them")
		}
		found = n.ID
	}
	return found, in.near.err
}

// ownNumber is the number that the unit has given a record, stored or of a row before.
func (in *intake) ownNumber(c *checker, kind string, id change.RecordID) (string, error) {
	rec, err := in.at.Records.Get(c.tx, kind, id)
	if err != nil || rec == nil {
		return in.numbers[id], err
	}
	return rec.Value(schema.OwnNo).Text(), nil
}

// keyNumber is what stands once in the unit, where it can be a record's own number.
func keyNumber(k *schema.Kind, object map[string]any) string {
	if _, has := k.Field(schema.OwnNo); !has {
		return ""
	}
	for _, f := range k.Keys() {
		text, _ := givenOf(k, object, f).(string)
		number := change.PlainNumber(text)
		if f.Type == schema.Text && !f.Mask && number != "" && checkNumber(number) == nil {
			return number
		}
	}
	return ""
}

// givenOf is what an object says of a field, under any of its names.
func givenOf(k *schema.Kind, object map[string]any, of *schema.Field) any {
	if given, said := object[of.Name]; said {
		return given
	}
	for name, given := range object {
		if f, ok := k.Field(name); ok && f == of {
			return given
		}
	}
	return nil
}

// nameCalled turns what a table calls other records by into their ids: what stands
// once in the unit, or the id that another directory has exported. All else is an own
// number, as in every input; what can be none is a problem of the row.
func (in *intake) nameCalled(c *checker, object map[string]any) (problems []schema.Problem, err error) {
	for name, value := range object {
		f, ok := c.kind.Field(name)
		text, isText := value.(string)
		if text = strings.TrimSpace(text); !ok || f.Type != schema.Ref || !isText || text == "" {
			continue
		}
		id, err := in.findCalled(c, f, text)
		if kind := fault.Of(err); id == "" && (err == nil || kind == fault.NotFound) {
			found, failed := in.nobody(c, f, text)
			if failed != nil {
				return nil, fault.Wrap("field "+f.Name, failed)
			}
			if found != nil {
				problems, err = append(problems, found...), nil
				delete(object, name)
			}
		}
		if err != nil {
			return nil, fault.Wrap("field "+f.Name, err)
		}
		if id != "" {
			object[name] = string(id)
		}
	}
	return problems, nil
}

func (in *intake) findCalled(c *checker, f *schema.Field, text string) (change.RecordID, error) {
	if change.RecordID(text).Formed() {
		return in.findExported(c, f.Ref, text)
	}
	if id, err := in.findElsewhere(f.Ref, text); err != nil || id != "" {
		return id, err
	}
	k, known := in.at.Schema.Kind(f.Ref)
	if !known {
		return "", nil
	}
	for _, key := range k.Keys() {
		value, err := key.Parse(text)
		if err != nil || value.IsNull() {
			continue
		}
		id, err := in.findOne(c, k.Name, key, value, "")
		if err != nil || id != "" {
			return id, err
		}
	}
	if schema.HoldsIDNumber(text) {
		return "", fault.New(fault.NotFound, "no %s here has this number", k.Name).WithHint("import the record that it names first")
	}
	return "", nil
}

// findExported finds the record that was made of a row with the id of another
// directory; that of an id of another network also before its row comes.
func (in *intake) findExported(c *checker, kind, text string) (change.RecordID, error) {
	id := in.exported(kind, change.RecordID(text))
	if _, met := in.met[id]; met {
		return id, nil
	}
	if !in.isOfNetwork(change.RecordID(text)) {
		return movedName(in.at.Members.Unit().ID, kind, change.RecordID(text)), nil
	}
	rec, err := in.at.Records.Get(c.tx, kind, id)
	if err != nil || rec == nil {
		return "", err
	}
	return id, nil
}
