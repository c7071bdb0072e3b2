package desk

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// completeRow adds what a table needs that is imported again.
func (d *Desk) completeRow(tx *journal.Tx, k *schema.Kind, rec *merge.Record, shown *Shown) error {
	shown.Version = versionOf(rec)
	return d.addCalled(tx, refsOf(k, nil), shown, Findable)
}

// refsOf are the fields that name records, of some or of all (nil).
func refsOf(k *schema.Kind, some []string) (refs []*schema.Field) {
	for _, f := range k.Fields {
		if f.Type == schema.Ref && (some == nil || slices.Contains(some, f.Name)) {
			refs = append(refs, f)
		}
	}
	return refs
}

// Calling is what records are called that others name.
type Calling uint8

// The ways of calling a record.
const (
	Findable Calling = iota // so that an import finds it
	Named                   // as people do, in a list that is read
	Numbered                // by its own number, else its id: a table for another system tells no ID number so
)

func (d *Desk) caller(how Calling) func(tx *journal.Tx, by change.RecordID, kind string, id change.RecordID) (string, error) {
	switch how {
	case Named:
		return d.sayRecord
	case Numbered:
		return d.numberRecord
	}
	return d.callRecord
}

// addCalled says what the records are called that the fields name.
func (d *Desk) addCalled(tx *journal.Tx, refs []*schema.Field, shown *Shown, how Calling) error {
	call := d.caller(how)
	for _, f := range refs {
		id, _ := shown.Fields[f.Name].(string)
		if id == "" {
			continue
		}
		text, err := call(tx, shown.ID, f.Ref, change.RecordID(id))
		if err != nil {
			return err
		}
		if shown.Called == nil {
			shown.Called = map[string]string{}
		}
		shown.Called[f.Name] = text
	}
	return nil
}

// tellCalled is tell with what the records are called that a row names.
func (d *Desk) tellCalled(k *schema.Kind, how Calling, tell func(*Shown) error) func(*Shown) error {
	refs := refsOf(k, nil)
	return func(shown *Shown) error {
		if err := d.at.Journal.View(func(tx *journal.Tx) error { return d.addCalled(tx, refs, shown, how) }); err != nil {
			return err
		}
		return tell(shown)
	}
}

// callRecord is what a table calls a record that another names: by the unit's own
// number, else by what stands once in a unit and finds it, else by its id. One of
// another unit than that of the record which names it is called by number or id behind
// its unit's code: the number may be anybody's, and the id is of this network alone.
func (d *Desk) callRecord(tx *journal.Tx, by change.RecordID, kind string, id change.RecordID) (string, error) {
	return d.callBy(tx, by, kind, id, d.findableBy)
}

// numberRecord is callRecord without what only finds the record here.
func (d *Desk) numberRecord(tx *journal.Tx, by change.RecordID, kind string, id change.RecordID) (string, error) {
	return d.callBy(tx, by, kind, id, func(*journal.Tx, *schema.Kind, *merge.Record) (string, error) { return "", nil })
}

func (d *Desk) callBy(tx *journal.Tx, by change.RecordID, kind string, id change.RecordID, findable func(*journal.Tx, *schema.Kind, *merge.Record) (string, error)) (string, error) {
	rec, err := d.at.Records.Get(tx, kind, id)
	k, known := d.at.Schema.Kind(kind)
	if err != nil || !known {
		return string(id), err
	}
	called := ""
	if rec != nil {
		called = rec.Value(schema.OwnNo).Text()
	}
	code, elsewhere := d.codeElsewhere(by, id)
	switch {
	case elsewhere && code == "":
		return string(id), nil
	case elsewhere:
		return code + codeMark + cmp.Or(called, string(id)), nil
	case rec != nil && called == "":
		called, err = findable(tx, k, rec)
	}
	return cmp.Or(called, string(id)), err
}

// findableBy is what stands once in the unit and finds the record in an import: not of
// a void one, and not what another one has too.
func (d *Desk) findableBy(tx *journal.Tx, k *schema.Kind, rec *merge.Record) (string, error) {
	ready, err := d.at.Records.IndexReady(tx)
	if err != nil || !ready || rec.Void() {
		return "", err
	}
	n := &near{desk: d, tx: tx, of: d.at.Schema.Now()}
	for _, f := range k.Keys() {
		value := rec.Value(f.Name)
		if value.IsNull() {
			continue
		}
		var all []schema.Neighbour
		for _, spelt := range schema.Spellings(f, value) {
			all = n.withStored(all, k.Name, f.Name, spelt)
		}
		if n.err != nil || len(all) == 1 && all[0].ID == rec.ID() {
			return value.Text(), n.err
		}
	}
	return "", nil
}

// sayRecord is what people call a record, for a list that is read. No ID number is shown.
func (d *Desk) sayRecord(tx *journal.Tx, _ change.RecordID, kind string, id change.RecordID) (string, error) {
	rec, err := d.at.Records.Get(tx, kind, id)
	k, known := d.at.Schema.Kind(kind)
	if err != nil || rec == nil || !known {
		return string(id), err
	}
	return schema.MaskIDNumbers(cmp.Or(keyOf(k, rec, rec.Value(nameField(k)).Text()), rec.Value(schema.OwnNo).Text(), string(id))), nil
}

// keyOf is called, or where that is empty what stands once in a unit.
func keyOf(k *schema.Kind, rec *merge.Record, called string) string {
	for _, f := range k.Keys() {
		called = cmp.Or(called, rec.Value(f.Name).Text())
	}
	return called
}

// codeMark stands between the code of a unit and what that calls a record.
const codeMark = ":"

// codeElsewhere reports whether another unit has made a record than the one that names
// it, and which code that unit has; "" while the tree does not say.
func (d *Desk) codeElsewhere(by, id change.RecordID) (code string, elsewhere bool) {
	maker, named := id.Maker()
	if own, known := by.Maker(); !named || known && own == maker || !known && maker == d.at.Members.Unit().ID {
		return "", false
	}
	if code = d.at.Members.Code(maker); isCode(code) {
		return code, true
	}
	return "", true
}

func isCode(text string) bool {
	return len(text) == codeLength && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// findElsewhere finds the record that a text calls by the code of its unit, "" where it
// calls none so. An id in it may be of another network with units of the same codes:
// there the record has the name that an import gives it.
func (d *Desk) findElsewhere(kind, text string) (change.RecordID, error) {
	code, rest, marked := strings.Cut(text, codeMark)
	if !marked || !isCode(code) {
		return "", nil
	}
	t := d.at.Members.Tree()
	if t == nil {
		return "", fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	id := change.RecordID(rest)
	u, known := t.Had(code)
	switch {
	case !known && id.Formed():
		return "", fault.New(fault.Invalid, "it names a record of a unit that is not in the tree")
	case !known:
		return "", nil
	case !id.Formed():
		number := change.PlainNumber(rest)
		return change.NumberedRecordID(u.ID, kind, number), checkNumber(number)
	case d.isOfNetwork(id):
		return id, nil
	}
	return movedName(u.ID, kind, id), nil
}

// isOfNetwork reports whether a unit of this network has made the record.
func (d *Desk) isOfNetwork(id change.RecordID) bool {
	maker, named := id.Maker()
	t := d.at.Members.Tree()
	if !named || t == nil {
		return true // nobody knows
	}
	_, known := t.Unit(maker)
	return known
}

// movedName is the name that a unit's import gives the record of a row with the id of
// another network: that of its own number, or of a line in the run named as the id.
func movedName(unit change.UnitID, kind string, id change.RecordID) change.RecordID {
	if moved, numbered := id.NumberedAt(unit); numbered {
		return moved
	}
	return change.LineRecordID(unit, kind, string(id), 1)
}

// nameField is the field that says what a record is called: the first name, or text
// that each record has. A worker's name says what nothing else says: not whom an event is
// about, and not what has a number.
func nameField(k *schema.Kind) string {
	worker := ""
	for _, f := range k.Fields {
		switch {
		case f.Type != schema.Text || f.Mask:
		case f.PersonName && f.IsPersonal() || f.Must == schema.Hard:
			return f.Name
		case f.PersonName && k.Sort != schema.Event && len(k.Keys()) == 0:
			worker = cmp.Or(worker, f.Name)
		}
	}
	return worker
}
