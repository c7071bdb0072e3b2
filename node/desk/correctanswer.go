package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// CorrectionReply is what the custodian of a record says to a request for a correction.
type CorrectionReply struct {
	Decline bool     `json:"decline,omitempty"`
	Fields  []string `json:"fields,omitempty"`  // that are taken; none: all
	Reason  string   `json:"reason,omitempty"`  // why not, or why not all; needed then
	Version string   `json:"version,omitempty"` // of the record as it was shown; "": as it is
}

// Answer edits the record as far as it is taken and writes the answer, in one
// transaction: neither stands without the other. A request with nothing left to correct is
// answered so, and nothing is edited. It returns NotFound for a request, or a record, that
// is not here, Denied where another unit holds the record, and Invalid for a request that
// was answered or withdrawn, for what the record may not become, and where the record has
// changed since it was shown, or since it was asked and nobody says which fields to take.
func (a Corrections) Answer(ctx context.Context, id change.RecordID, r CorrectionReply, by Asker) (*Correction, error) {
	d := a.desk
	if err := d.Room(); err != nil {
		return nil, err
	}
	k, known := d.at.Schema.Kind(schema.CorrectionAnswer)
	if !known {
		return nil, fault.New(fault.Internal, "no such kind of record: %q", schema.CorrectionAnswer)
	}
	if err := access.Enter(k, d.at.Members.Unit().Level); err != nil {
		return nil, err
	}
	err := d.at.Streams.Write(ctx, func(w *streams.Writer) error {
		one := replying{Desk: d, w: w, kind: k, reply: r, actor: by.Operator}
		return one.answer(id)
	})
	if err != nil {
		return nil, fault.Wrap("answer a request", err)
	}
	return a.Show(ctx, id, by)
}

// replying is one answer on its way.
type replying struct {
	*Desk
	w     *streams.Writer
	kind  *schema.Kind // of answers
	reply CorrectionReply
	actor string
	c     *Correction
	rec   *merge.Record // nil: it is not here
}

func (a *replying) answer(id change.RecordID) error {
	if err := a.open(id); err != nil {
		return err
	}
	if a.reply.Decline {
		if strings.TrimSpace(a.reply.Reason) == "" {
			return fault.New(fault.Invalid, "a request is declined with a reason").WithHint("give --reason TEXT, for whoever asked")
		}
		return a.say(CorrectionDeclined, nil)
	}
	if err := a.standing(); err != nil {
		return err
	}
	if a.c.State == CorrectionOvertaken && len(a.reply.Fields) == 0 {
		return a.say(CorrectionOvertaken, nil)
	}
	fields, err := a.chosen()
	if err != nil {
		return err
	}
	if a.leaves(fields) && strings.TrimSpace(a.reply.Reason) == "" {
		return fault.New(fault.Invalid, "a request is taken in part with a reason").WithHint("give --reason TEXT, which says why the other fields stay as they are")
	}
	if err := a.edit(fields); err != nil {
		return err
	}
	return a.say(CorrectionDone, fields)
}

// open reads the request, which waits for the answer of this unit.
func (a *replying) open(id change.RecordID) error {
	request, err := a.requestAt(a.w.Tx, id)
	if err != nil {
		return err
	}
	self := a.at.Members.Unit().ID
	if change.UnitID(request.Value(facts.ForUnit).Text()) != self {
		return fault.New(fault.Denied, "another unit holds the record, and answers the request").WithHint("who asked may withdraw it: tongbu void %s ID", schema.CorrectionRequest)
	}
	if a.c, err = a.correctionOf(a.w.Tx, request); err != nil {
		return err
	}
	if a.c.kind != nil {
		a.rec, err = a.at.Records.Get(a.w.Tx, a.c.Kind, a.c.Record)
	}
	if err != nil {
		return err
	}
	switch a.c.stand(a.rec); {
	case a.c.answer != nil:
		return fault.New(fault.Invalid, "the request was answered on %s: %s", a.c.Answered, a.c.State).WithHint("what else is wrong with the record is corrected with tongbu put")
	case request.Void():
		return fault.New(fault.Invalid, "the request was withdrawn").WithHint("there is nothing to answer")
	}
	return nil
}

// standing refuses to take what cannot be looked at, or has changed since it was.
func (a *replying) standing() error {
	switch {
	case a.c.kind == nil:
		return fault.New(fault.Invalid, "this program cannot read what is wanted").WithHint("upgrade it, or decline the request with a reason")
	case a.rec == nil:
		return fault.New(fault.NotFound, "the %s that is to be corrected is not here", a.c.Kind).WithHint("decline the request with a reason")
	case a.rec.Void() && len(a.reply.Fields) > 0:
		return fault.New(fault.Invalid, "the record is void: there is nothing to correct").WithHint("take the request without fields to close it, or make the record valid again: tongbu void --undo")
	case a.reply.Version != "" && a.reply.Version != a.c.Version:
		return fault.New(fault.Invalid, "the record has changed since it was shown").WithHint("look at it again; nothing was written")
	}
	return nil
}

// chosen are the fields that are taken, in the order of the kind.
func (a *replying) chosen() ([]string, error) {
	asked := a.c.names()
	if len(a.reply.Fields) == 0 {
		for _, f := range a.c.Fields {
			if _, told := a.c.was[f.Field]; !told && !f.Same {
				return nil, fault.New(fault.Invalid, "the request does not say what field %s said when it was made", f.Field).
					WithHint("compare what it says with what is wanted, tongbu correct show, and name the fields to take")
			}
			if f.Edited && !f.Same {
				return nil, fault.New(fault.Invalid, "field %s was changed after the request was made", f.Field).
					WithHint("compare what it says with what is wanted, tongbu correct show, and name the fields to take")
			}
		}
		return asked, nil
	}
	named := map[string]bool{}
	for _, name := range a.reply.Fields {
		f, is := a.c.kind.Field(name)
		if !is || !slices.Contains(asked, f.Name) {
			return nil, fault.New(fault.Invalid, "a field is named that the request does not ask for").WithHint("it asks for %s", strings.Join(asked, ", "))
		}
		named[f.Name] = true
	}
	return slices.DeleteFunc(asked, func(name string) bool { return !named[name] }), nil
}

// leaves reports whether the record does not say all that is wanted once some fields are
// taken.
func (a *replying) leaves(fields []string) bool {
	return slices.ContainsFunc(a.c.Fields, func(f CorrectedField) bool { return !f.Same && !slices.Contains(fields, f.Field) })
}

// edit writes the wanted values of the fields, as a clerk would.
func (a *replying) edit(fields []string) error {
	values := map[string]change.Value{}
	for _, name := range fields {
		values[name] = a.c.wanted[name]
	}
	text, err := a.c.kind.WriteWanted(values)
	if err != nil {
		return fault.As(fault.Internal, "read a request", err)
	}
	object := map[string]any{}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return fault.As(fault.Internal, "read a request", err)
	}
	if f, has := a.c.kind.Field(schema.CorrectionReason); has {
		object[f.Name] = shortReason(a.c.Reason)
	}
	return a.write(a.c.kind, a.rec.ID(), object, true)
}

// shortReason is the reason of a request as an event says why it was corrected.
func shortReason(text string) string {
	const most = 200
	r := []rune(text)
	return string(r[:min(len(r), most)])
}

// say writes the answer.
func (a *replying) say(step string, taken []string) error {
	day, _, err := a.at.Today(a.w.Tx)
	if err != nil {
		return err
	}
	object := map[string]any{"request": string(a.c.ID), "on": max(day.Date, a.c.Asked), "step": step, "taken": strings.Join(taken, ","), "opinion": strings.TrimSpace(a.reply.Reason)}
	return a.write(a.kind, answerID(a.at.Members.Unit().ID, a.c.ID), object, false)
}

// write checks a record as it will be and writes it, within the transaction.
func (a *replying) write(k *schema.Kind, id change.RecordID, object map[string]any, update bool) error {
	_, err := a.writeNamed(a.w, k, id, object, Saving{Actor: a.actor, Update: update})
	return err
}

// writeNamed checks a record as it will be and writes it, for the command that its kind has.
func (d *Desk) writeNamed(w *streams.Writer, k *schema.Kind, id change.RecordID, object map[string]any, how Saving) (Written, error) {
	how.procedure = true
	s := &saver{Desk: d, kind: k, how: how}
	e := entry{called: called{name: id}, typed: &typed{object: object}}
	if how.Update {
		e.typed.id = id
	}
	if err := s.checkIn(w.Tx, &e); err != nil {
		return Written{}, err
	}
	return s.writeOne(w, &e)
}

// checkIn checks one entry whose record is found, in a transaction that writes it.
func (s *saver) checkIn(tx *journal.Tx, e *entry) (err error) {
	c := checker{saver: s, tx: tx, met: map[change.RecordID]*ahead{}, near: s.newNear(tx)}
	if c.today, _, err = s.at.Today(tx); err != nil {
		return err
	}
	if c.twins, err = newTwins(s, tx); err != nil {
		return err
	}
	if err = c.near.prepare(s.kind, 1); err != nil {
		return err
	}
	_, err = c.checkNamed(e, *e.typed)
	return err
}
