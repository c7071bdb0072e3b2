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
	for _, f := range k.Fields {
		id := change.RecordID(rec.Value(f.Name).Text())
		if f.Type != schema.Ref || id == "" {
			continue
		}
		text, err := d.callRecord(tx, f.Ref, id)
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

// callRecord is what people call a record: by the unit's own number, else by what
// stands once in a unit, else by its id.
func (d *Desk) callRecord(tx *journal.Tx, kind string, id change.RecordID) (string, error) {
	rec, err := d.at.Records.Get(tx, kind, id)
	k, known := d.at.Schema.Kind(kind)
	if err != nil || rec == nil || !known {
		return string(id), err
	}
	for _, f := range k.Keys() {
		if text := cmp.Or(rec.Value(schema.OwnNo).Text(), rec.Value(f.Name).Text()); text != "" {
			return text, nil
		}
	}
	return cmp.Or(rec.Value(schema.OwnNo).Text(), string(id)), nil
}
