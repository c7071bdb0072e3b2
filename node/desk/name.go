package desk

import (
	"cmp"
	"strings"
	"unicode"
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

// called is what people call a record, resolved.
type called struct {
	name   change.RecordID
	number string // the unit's own, when that is what was given
}

// nameOf is the record's name that an input means.
func (d *Desk) nameOf(tx *journal.Tx, kind string, id change.RecordID) (change.RecordID, error) {
	c, err := d.resolveName(tx, kind, id)
	return c.name, err
}

// resolveName resolves an input: a name as the program forms them, or a number of
// this unit's own, or behind a code that of one merged into it; "" means a new record. An
// id that a record of this unit has from before names that record.
func (d *Desk) resolveName(tx *journal.Tx, kind string, id change.RecordID) (called, error) {
	own := d.at.Members.Unit().ID
	if id == "" {
		return called{name: change.NewRecordID(own, uuid.Must(uuid.NewV7()))}, nil
	}
	if id.Formed() || change.Ruled(kind) {
		return called{name: id}, id.Validate()
	}
	if c, err := d.namedBefore(tx, kind, id); err != nil || c.name != "" {
		return c, err
	}
	if name, err := d.namedAsMerged(kind, string(id)); err != nil || name != "" {
		return called{name: name}, err
	}
	number := change.PlainNumber(string(id))
	c := called{name: change.NumberedRecordID(own, kind, number), number: number}
	if bad := checkNumber(number); bad != nil { // a record that has such a number from before keeps it
		places, err := d.at.Records.Places(tx, kind, c.name)
		if err != nil || len(places) == 0 {
			return called{name: id}, cmp.Or(err, bad)
		}
	}
	return c, nil
}

// name finds which record an item is of.
func (s *saver) name(tx *journal.Tx, e *entry, t typed) (err error) {
	number, given, err := cutOwnNo(s.kind, t.object)
	if err != nil {
		return err
	}
	id := t.id
	if id == "" && given {
		id = change.RecordID(number)
	}
	switch {
	case id == "" && (s.how.Update || s.how.Void):
		return fault.New(fault.Invalid, "no id").WithHint("name the record that is to be changed; tongbu list shows the ids")
	case id == "" && s.how.Run != "":
		e.byLine, e.name = true, change.LineRecordID(s.at.Members.Unit().ID, s.kind.Name, s.how.Run, e.item.Line)
		return nil
	}
	if e.called, err = s.resolveName(tx, s.kind.Name, id); err != nil || !given || e.number == number {
		return err
	}
	return s.checkOwnNo(tx, e, number)
}

// cutOwnNo takes the own number out of an object, in its plain form; false for none.
func cutOwnNo(k *schema.Kind, object map[string]any) (number string, given bool, err error) {
	for name := range object {
		if f, ok := k.Field(name); ok && f.Name == schema.OwnNo {
			text, said, err := cutText(object, name)
			number = change.PlainNumber(text)
			return number, said && number != "", err
		}
	}
	return "", false, nil
}

// checkOwnNo checks the number that is given beside an id, and keeps it where the
// record does not have it yet.
func (s *saver) checkOwnNo(tx *journal.Tx, e *entry, number string) error {
	maker, _ := e.name.Maker()
	if change.NumberedRecordID(maker, s.kind.Name, number) == e.name {
		e.number = number
		return checkNumber(number)
	}
	known, err := s.at.Records.Get(tx, s.kind.Name, e.name)
	if err != nil || known != nil && known.Value(schema.OwnNo) == change.Text(number) {
		return err
	}
	return fault.New(fault.Invalid, "own_no is another number than the id says").
		WithHint("a record's own number is given when it is made and stays; leave own_no out")
}

// namedBefore finds a record of this unit that has the id from before, when ids had
// no unit in them; its name is "" when there is none.
func (d *Desk) namedBefore(tx *journal.Tx, kind string, id change.RecordID) (called, error) {
	if len(id) > change.MaxName || id.Validate() != nil && id.Written().Validate() != nil {
		return called{}, nil //nolint:nilerr // no record can have it
	}
	before := id.Of(kind, d.at.Members.Unit().ID)
	places, err := d.at.Records.Places(tx, kind, before)
	if err != nil || len(places) == 0 {
		return called{}, err
	}
	return called{name: before}, nil
}

// namedAsMerged finds the record that a text calls by the code of a unit which was merged
// into this one, "" where it calls none so.
func (d *Desk) namedAsMerged(kind, text string) (change.RecordID, error) {
	code, _, _ := strings.Cut(text, codeMark)
	t := d.at.Members.Tree()
	if !isCode(code) || t == nil {
		return "", nil
	}
	if u, known := t.Had(code); !known || u.ID == d.at.Members.Unit().ID || !d.at.Holds(u.ID) {
		return "", nil
	}
	return d.findElsewhere(kind, text)
}

// checkNumber refuses what does not tell one record from another, or cannot be
// typed again: on a command line, in an address, from a printed list.
func checkNumber(number string) error {
	_, named := change.RecordID(number).Maker()
	switch {
	case number == "" || !utf8.ValidString(number) || len(number) > maxNumber:
		return fault.New(fault.Invalid, "the id is not a text of 1 to %d bytes", maxNumber).WithHint(numberHint)
	case strings.ContainsFunc(number, unseen):
		return uselessNumber("there are characters in it that cannot be seen")
	case number[0] == '-':
		return uselessNumber("it begins with -, as a flag does")
	case !strings.ContainsFunc(number, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }):
		return uselessNumber("there is no letter and no digit in it")
	case named:
		return fault.New(fault.Invalid, "the id looks like one that this program made, cut or mistyped").
			WithHint("copy it whole from tongbu list, or give a number of your own")
	case schema.HoldsIDNumber(number):
		return errIDNumber
	}
	return nil
}

const numberHint = "use letters and digits, as in H-0001, or leave the id out and one is made"

func uselessNumber(why string) error {
	return fault.New(fault.Invalid, "the id is no use as a number of your own: %s", why).WithHint(numberHint)
}

// unseen are control and format characters, and white space that is no blank.
func unseen(r rune) bool {
	return r == utf8.RuneError || !unicode.IsGraphic(r) || unicode.IsSpace(r) && r != ' ' && r != '\u3000'
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
		if !ok || f.Type != schema.Ref || !isText || strings.TrimSpace(text) == "" {
			continue
		}
		if names.IsBroken(text) {
			return fault.New(fault.Invalid, "field %s: a character of it is broken", f.Name)
		}
		id, err := d.findElsewhere(f.Ref, strings.TrimSpace(text))
		if err == nil && id == "" {
			id, err = d.nameOf(tx, f.Ref, change.RecordID(strings.TrimSpace(text)))
		}
		if err != nil {
			return fault.Wrap("field "+f.Name, err)
		}
		object[name] = string(id)
	}
	return nil
}
