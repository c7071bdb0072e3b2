package desk

import (
	"context"
	"slices"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Past is one change in a record's history, for people.
type Past struct {
	Device   change.DeviceID `json:"device"`
	Unit     string          `json:"unit"`
	Seq      uint64          `json:"seq"`
	Count    uint64          `json:"count"` // place in the record's history
	Actor    string          `json:"actor,omitempty"`
	Entered  string          `json:"entered"`         // by the device's clock
	Ahead    bool            `json:"ahead,omitempty"` // Entered is more than a day ahead of the clock here; it decides nothing
	State    string          `json:"state"`
	Parallel bool            `json:"parallel,omitempty"` // made without knowing of another one
	Refused  bool            `json:"refused,omitempty"`
	Rule     string          `json:"rule,omitempty"` // by which it is refused
	Fields   map[string]any  `json:"fields"`
	Emptied  []string        `json:"-"` // fields that it empties, by name
}

// History returns all changes of a record that are here, in causal order. Its
// errors are those of Get.
func (d *Desk) History(ctx context.Context, kind string, id change.RecordID, by Asker) (past []Past, err error) {
	k, known := d.at.Schema.Kind(kind)
	if known && k.Sort == schema.Derived {
		return nil, fault.New(fault.Invalid, "nobody writes %s, so it has no history", k.Name).WithHint("ask for that of the record or event that its id names")
	}
	if k, err = d.readableKind(kind); err != nil {
		return nil, err
	}
	err = d.at.Journal.View(func(tx *journal.Tx) (err error) {
		if id, err = d.nameOf(tx, k.Name, id); err != nil {
			return err
		}
		none := d.notHere(tx, k, id)
		if isMoved(none) { // what was written here stands in the journal still
			return none
		}
		if past, err = d.showHistory(tx, k, id); err == nil && past == nil {
			err = none
		}
		return err
	})
	if err := d.auditLook(ctx, audit.History, k, []change.RecordID{id}, by, err); err != nil {
		return nil, err
	}
	return past, nil
}

func (d *Desk) showHistory(tx *journal.Tx, k *schema.Kind, id change.RecordID) ([]Past, error) {
	found, err := d.at.Records.History(tx, k.Name, id)
	if err != nil {
		return nil, err
	}
	var pasts []Past
	for _, p := range found {
		past, err := d.showPast(tx, k, p)
		if err != nil {
			return nil, err
		}
		pasts = append(pasts, past)
	}
	return pasts, nil
}

func (d *Desk) showPast(tx *journal.Tx, k *schema.Kind, p records.Past) (Past, error) {
	info, _, err := tx.Stream(p.Stream)
	if err != nil {
		return Past{}, err
	}
	past := Past{Device: p.Stream.Device, Unit: d.at.Members.Code(info.Author), Seq: p.Seq, Count: p.Change.Count(), Actor: p.Change.Actor,
		Entered: time.UnixMilli(p.Change.At).UTC().Format(time.RFC3339), Ahead: d.at.Clocks.IsAhead(p.Change.At),
		Parallel: p.Parallel, Refused: p.Refused, Rule: p.Rule, Fields: d.showFields(k, p.Change.Fields.Map())}
	past.Emptied = emptiedBy(p.Change)
	if p.Refused {
		past.State = Refused
		return past, nil
	}
	past.State, err = d.changeState(tx, p.Stream, p.Seq)
	return past, err
}

// emptiedBy names the fields that a change empties.
func emptiedBy(c *change.Change) (names []string) {
	for name, value := range c.Fields.Map() {
		if value.IsNull() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
