package desk

import (
	"cmp"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// completeRow adds what a table needs that is imported again.
func (d *Desk) completeRow(tx *journal.Tx, k *schema.Kind, rec *merge.Record, shown *Shown) error {
	shown.Version = versionOf(rec)
	return d.addCalled(tx, k, shown, false)
}

// addCalled says what the records are called that the fields name: for a list that is
// read by people, by names.
func (d *Desk) addCalled(tx *journal.Tx, k *schema.Kind, shown *Shown, byName bool) error {
	for _, f := range k.Fields {
		id, _ := shown.Fields[f.Name].(string)
		if f.Type != schema.Ref || id == "" {
			continue
		}
		text, err := d.callRecord(tx, f.Ref, change.RecordID(id), byName)
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
func (d *Desk) tellCalled(k *schema.Kind, byName bool, tell func(*Shown) error) func(*Shown) error {
	return func(shown *Shown) error {
		if err := d.at.Journal.View(func(tx *journal.Tx) error { return d.addCalled(tx, k, shown, byName) }); err != nil {
			return err
		}
		return tell(shown)
	}
}

// callRecord is what people call a record: by the unit's own number, else by what
// stands once in a unit, else by its id.
func (d *Desk) callRecord(tx *journal.Tx, kind string, id change.RecordID, byName bool) (string, error) {
	rec, err := d.at.Records.Get(tx, kind, id)
	k, known := d.at.Schema.Kind(kind)
	if err != nil || rec == nil || !known {
		return string(id), err
	}
	called := rec.Value(schema.OwnNo).Text()
	if byName {
		called = rec.Value(nameField(k)).Text()
	}
	for _, f := range k.Keys() {
		called = cmp.Or(called, rec.Value(f.Name).Text())
	}
	return cmp.Or(called, rec.Value(schema.OwnNo).Text(), string(id)), nil
}

// nameField is the field that says what a record is called: the first name, or text
// that each record has.
func nameField(k *schema.Kind) string {
	for _, f := range k.Fields {
		if f.Type == schema.Text && !f.Mask && (f.PersonName || f.Must == schema.Hard) {
			return f.Name
		}
	}
	return ""
}
