package desk

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Held is a record that others have made and that a hub's view holds.
type Held struct {
	Kind   *schema.Kind
	Record *merge.Record
	Places []records.Location // of its changes
	Masked bool               // personal numbers are shown masked, in texts too
}

// ShowHeld is what Get returns of a record that is held for others. The city has
// recorded what it holds.
func (d *Desk) ShowHeld(tx *journal.Tx, h Held) (*Shown, error) {
	rec := h.Record
	shown := &Shown{ID: rec.ID(), Void: rec.Void(), State: Recorded, Fields: d.fieldsOf(h, schema.Standing(rec.Values(), rec.Void())),
		Unit: d.at.Members.HolderCode(change.UnitID(records.ValueOf(rec, "unit").Text()))}
	delete(shown.Fields, "unit")
	for _, c := range rec.Conflicts() {
		shown.Conflicts = append(shown.Conflicts, c.Field)
	}
	for _, p := range h.Places {
		word, err := d.heldState(tx, p)
		if err != nil {
			return nil, err
		}
		if word == Received {
			shown.State = word
		}
	}
	return shown, nil
}

// HistoryHeld is what History returns of a record that is held for others. A change
// that is not in the record is refused.
func (d *Desk) HistoryHeld(tx *journal.Tx, h Held) ([]Past, error) {
	found, err := d.at.Records.HistoryAt(tx, h.Kind.Name, h.Record.ID(), h.Places)
	if err != nil {
		return nil, err
	}
	seen := h.Record.Context()
	var pasts []Past
	for _, p := range found {
		p.Refused = p.Refused || !seen.Covers(p.Change.Dot(p.Stream))
		past, err := d.showPast(tx, h.Kind, p)
		if err != nil {
			return nil, err
		}
		if !p.Refused {
			if past.State, err = d.heldState(tx, records.Location{Stream: p.Stream, Seq: p.Seq}); err != nil {
				return nil, err
			}
		}
		past.Fields = d.fieldsOf(h, p.Change.Fields.Map())
		if h.Masked {
			past.Actor = schema.MaskIDNumbers(past.Actor)
		}
		pasts = append(pasts, past)
	}
	return pasts, nil
}

// fieldsOf are the fields for people, with the numbers of persons masked where they
// are to be.
func (d *Desk) fieldsOf(h Held, values map[string]change.Value) map[string]any {
	fields := d.showFields(h.Kind, values)
	if !h.Masked {
		return fields
	}
	for name, value := range fields {
		f, ok := h.Kind.Field(name)
		text, isText := value.(string)
		switch {
		case !isText:
		case ok && f.Mask:
			fields[name] = schema.Masked(text)
		default:
			fields[name] = schema.MaskIDNumbers(text)
		}
	}
	return fields
}

// heldState is how far a change of others has come: it is here, so the hub has it.
func (d *Desk) heldState(tx *journal.Tx, at records.Location) (string, error) {
	if d.at.IsRoot() {
		return Recorded, nil
	}
	r, err := d.at.Streams.Reached(tx, at.Stream)
	if err != nil || at.Seq <= r.City {
		return Recorded, err
	}
	return Received, nil
}
