package desk

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// CorrectionAsk is what a unit asks the custodian of a record to correct.
type CorrectionAsk struct {
	Kind   string          `json:"kind"`
	Record change.RecordID `json:"record"`
	Fields []string        `json:"fields"` // FIELD=VALUE; FIELD= empties it
	Reason string          `json:"reason"`
}

// Ask writes a request for a correction in the stream to the unit that holds the
// record. It returns Denied at a community, Unsupported at a hub without a view, NotFound
// for a record that is not here, and Invalid for what cannot be asked for; whose record was
// looked at is in the audit log, also then.
func (a Corrections) Ask(ctx context.Context, ask CorrectionAsk, by Asker) (*Correction, error) {
	d := a.desk
	k, err := d.correctable(ask)
	if err != nil {
		return nil, err
	}
	rec, err := d.Below.Record(ctx, k, ask.Record)
	if err != nil {
		return nil, err
	}
	look := Asker{Operator: by.Operator, Purpose: schema.CorrectionRequest}
	if err := d.auditLook(ctx, audit.Get, k, []change.RecordID{rec.ID()}, look, nil); err != nil {
		return nil, err
	}
	wanted, err := d.wantedOf(k, rec, ask.Fields)
	if err != nil {
		return nil, err
	}
	item, err := d.requestFor(ctx, k, rec, wanted, ask.Reason, look)
	if err != nil {
		return nil, err
	}
	if err := d.checkOpen(ctx, rec, wanted); err != nil {
		return nil, err
	}
	var written Written
	if err := d.Save(ctx, schema.CorrectionRequest, []Item{{Line: 1, JSON: item}}, Saving{Actor: by.Operator, procedure: true}, func(w Written) error { written = w; return nil }); err != nil {
		return nil, err
	}
	return a.Show(ctx, written.ID, by)
}

// correctable is the kind of a record of which a correction may be asked for here.
func (d *Desk) correctable(ask CorrectionAsk) (*schema.Kind, error) {
	k, known := d.at.Schema.Kind(ask.Kind)
	switch {
	case !d.at.IsHub():
		return nil, fault.New(fault.Denied, "a community asks nobody to correct a record").WithHint("it corrects its own with tongbu put; one of another unit is that unit's to correct")
	case !known:
		return nil, fault.New(fault.Invalid, "no such kind of record: %q", ask.Kind).WithHint("kinds: %s", d.kindNames())
	case !k.Correctable():
		return nil, fault.New(fault.Invalid, "nobody is asked to correct %s records", k.Name).WithHint("ask for the record that people wrote")
	case strings.TrimSpace(ask.Reason) == "":
		return nil, fault.New(fault.Invalid, "a request for a correction says why").WithHint("give --reason TEXT, for whoever decides")
	case d.Below == nil:
		return nil, fault.New(fault.Unsupported, "this hub keeps no view in which to find the record").WithHint("ask at a hub with view: true, or at the city")
	}
	return k, nil
}

// wantedOf reads the values that are wanted in a record.
func (d *Desk) wantedOf(k *schema.Kind, rec *merge.Record, fields []string) (map[string]change.Value, error) {
	if err := d.mayAsk(k, holderOf(rec)); err != nil {
		return nil, err
	}
	if rec.Void() {
		return nil, fault.New(fault.Invalid, "the record is void: there is nothing to correct").WithHint("who holds it may make it valid again: tongbu void --undo")
	}
	object := map[string]any{}
	for _, text := range fields {
		name, value, is := strings.Cut(text, "=")
		f, may := k.MayBeWanted(name)
		switch {
		case !is:
			return nil, fault.New(fault.Invalid, "what is wanted is FIELD=VALUE").WithHint("as in phone=0714-100000; phone= empties the field")
		case !may:
			return nil, fault.New(fault.Invalid, "%s has no such field that another unit may ask for", k.Name).WithHint("tongbu schema %s lists the fields", k.Name)
		case f.Type == schema.Ref && value != "" && !change.RecordID(value).Formed():
			return nil, fault.New(fault.Invalid, "field %s names a record", f.Name).WithHint("give its id as tongbu query shows it")
		}
		if _, twice := object[f.Name]; twice {
			return nil, fault.New(fault.Invalid, "field %s is given twice", f.Name)
		}
		object[f.Name] = typedValue(f, value)
	}
	if n := len(object); n < 1 || n > schema.MaxWanted {
		return nil, fault.New(fault.Invalid, "a request names 1 to %d fields, not %d", schema.MaxWanted, n).WithHint("give FIELD=VALUE; make several requests of many fields")
	}
	if err := d.resolveUnits(k, object); err != nil {
		return nil, err
	}
	wanted, err := k.Parse(object)
	if err != nil {
		return nil, err
	}
	return wanted, d.checkWanted(k, rec, wanted)
}

// mayAsk refuses a request to a unit that cannot be asked: this one itself, one that is
// not below, and for what is personal another hub, whose stream all below it read.
func (d *Desk) mayAsk(k *schema.Kind, holder change.UnitID) error {
	self := d.at.Members.Unit().ID
	switch {
	case holder == self:
		return fault.New(fault.Invalid, "this unit holds the record itself").WithHint("correct it: tongbu put --dir DIR %s", k.Name)
	case !d.at.Members.Below(self, holder):
		return fault.New(fault.Denied, "the unit that holds the record is not below this one").WithHint("ask at a hub above it")
	case k.Personal && d.levelOf(holder) < lowest:
		return fault.New(fault.Invalid, "a request to a hub is read by all units below it, so it is about no person").WithHint("tell the hub in another way")
	}
	return nil
}

const lowest = 5 // level of a community

// checkWanted refuses values that the record has already, or cannot have.
func (d *Desk) checkWanted(k *schema.Kind, rec *merge.Record, wanted map[string]change.Value) error {
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if rec.Value(name) == wanted[name] {
			return fault.New(fault.Invalid, "field %s says so already", name).WithHint("leave the field out")
		}
	}
	text, err := k.WriteWanted(wanted)
	if err != nil {
		return fault.As(fault.Internal, "write a request", err)
	}
	if _, wrong := k.ReadWanted(text); wrong != nil {
		return fault.New(fault.Invalid, "%s", wrong.En).WithHint("correct these fields and save again")
	}
	day, err := d.at.Day()
	if err != nil {
		return err
	}
	whole := maps.Clone(rec.Values())
	maps.Copy(whole, wanted)
	before := k.CheckOn(rec.Values(), day)
	after := slices.DeleteFunc(k.CheckOn(whole, day), func(p schema.Problem) bool { return slices.Contains(before, p) })
	return schema.Refusal(after)
}

// checkOpen refuses a second request for a field while nobody has answered the first.
func (d *Desk) checkOpen(ctx context.Context, rec *merge.Record, wanted map[string]change.Value) error {
	ids, err := d.Below.Requests(ctx, rec.ID())
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := d.request(ctx, id)
		if errors.Is(err, errNoRequest) {
			continue // of a unit above, which asks for itself
		}
		if err == nil {
			err = d.await(ctx, c)
		}
		if err != nil {
			return err
		}
		c.stand(rec)
		for _, f := range c.Fields {
			if _, again := wanted[f.Field]; again && c.State == CorrectionAsked && c.Kind == rec.Kind() {
				return fault.New(fault.Invalid, "field %s is asked for already, by %s in request %s", f.Field, c.By, c.ID).
					WithHint("wait for the answer; who asked may withdraw it: tongbu void %s %s", schema.CorrectionRequest, c.ID)
			}
		}
	}
	return nil
}

// maxWanted is how long the text of what is wanted may be, in characters.
const maxWanted = 4000

// requestFor is the request as it is put.
func (d *Desk) requestFor(ctx context.Context, k *schema.Kind, rec *merge.Record, wanted map[string]change.Value, reason string, by Asker) ([]byte, error) {
	was := map[string]change.Value{}
	for name := range wanted {
		was[name] = rec.Value(name)
	}
	day, err := d.at.Day()
	if err != nil {
		return nil, err
	}
	called, err := d.calledShort(ctx, k, rec, by)
	if err != nil {
		return nil, err
	}
	object := map[string]string{"of_kind": k.Name, "record": string(rec.ID()), facts.ForUnit: string(holderOf(rec)), "reason": reason, "asked_on": day, "name": called}
	for field, values := range map[string]map[string]change.Value{"wanted": wanted, "was": was} {
		if object[field], err = k.WriteWanted(values); err != nil {
			return nil, fault.As(fault.Internal, "write a request", err)
		}
		if utf8.RuneCountInString(object[field]) > maxWanted {
			return nil, fault.New(fault.Invalid, "the fields say more than one request holds").WithHint("make several requests of fewer fields")
		}
	}
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, fault.As(fault.Internal, "write a request", err)
	}
	return raw, nil
}

// calledShort is what people call a record, or whom it is about where it has no name of its
// own, as far as a list has room.
func (d *Desk) calledShort(ctx context.Context, k *schema.Kind, rec *merge.Record, by Asker) (string, error) {
	const most = 100
	called := rec.Value(nameField(k)).Text()
	if subject, is := k.Field(k.Subject); called == "" && is && subject.Type == schema.Ref {
		of, _ := d.at.Schema.Kind(subject.About())
		about, err := d.Below.Record(ctx, of, change.RecordID(rec.Value(subject.Name).Text()).Of(of.Name, holderOf(rec)))
		switch {
		case fault.Of(err) == fault.NotFound: // nobody here knows who it is
		case err != nil:
			return "", err
		default:
			called = about.Value(nameField(of)).Text()
			if err := d.auditLook(ctx, audit.Get, of, []change.RecordID{about.ID()}, by, nil); err != nil {
				return "", err
			}
		}
	}
	text := []rune(schema.MaskIDNumbers(called))
	return string(text[:min(len(text), most)]), nil
}
