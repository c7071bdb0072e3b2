package desk

import (
	"unicode/utf8"

	"github.com/google/uuid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/names"
	"tongbu/internal/schema"
)

// maxNumber is the length of the longest own number, in bytes.
const maxNumber = 64

// nameOf is the record's name that an input means: a name as the program forms
// them, or a number of this unit's own; "" means a new record. An id that a
// record of this unit has from before names that record.
func (d *Desk) nameOf(tx *journal.Tx, kind string, id change.RecordID) (change.RecordID, error) {
	own := d.at.Members.Unit().ID
	if id == "" {
		return change.NewRecordID(own, uuid.Must(uuid.NewV7())), nil
	}
	if id.Formed() || change.Ruled(kind) {
		return id, id.Validate()
	}
	if len(id) > maxNumber || !utf8.ValidString(string(id)) {
		return id, fault.New(fault.Invalid, "the id is not a text of 1 to %d bytes", maxNumber)
	}
	if id.Validate() == nil || id.Written().Validate() == nil {
		before := id.Of(kind, own)
		if places, err := d.at.Records.Places(tx, kind, before); err != nil || len(places) > 0 {
			return before, err
		}
	}
	if schema.HoldsIDNumber(string(id)) {
		return id, errIDNumber
	}
	return change.NumberedRecordID(own, kind, string(id)), nil
}

// errIDNumber refuses an ID number as a name of a record: names stand in the clear
// on the disk and in logs. One that a record here already has stays: the clerk could
// do nothing about it.
var errIDNumber = fault.New(fault.Invalid, "a citizen's ID number must not name a record").
	WithHint("leave the id out and one is made, or use a number of your own; the ID number goes into id_number")

// resolveRefs lets people name records by their own numbers.
func (d *Desk) resolveRefs(tx *journal.Tx, k *schema.Kind, object map[string]any) error {
	for name, value := range object {
		f, ok := k.Field(name)
		text, isText := value.(string)
		if !ok || f.Type != schema.Ref || !isText || text == "" {
			continue
		}
		if names.IsBroken(text) {
			return fault.New(fault.Invalid, "field %s: a character of it is broken", f.Name)
		}
		id, err := d.nameOf(tx, f.Ref, change.RecordID(text))
		if err != nil {
			return fault.Wrap("field "+f.Name, err)
		}
		object[name] = string(id)
	}
	return nil
}
