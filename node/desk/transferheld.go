package desk

import (
	"context"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// HeldChange is a change that another unit wrote of a record which this one has now, after it
// had heard of that: it waits for this unit to take it or to drop it.
type HeldChange struct {
	Word    string         `json:"word"` // names it
	Kind    string         `json:"kind"`
	Record  string         `json:"record"`
	By      string         `json:"by"` // code of the unit that wrote it
	Actor   string         `json:"actor,omitempty"`
	Entry   string         `json:"entered,omitempty"` // by the clock of the device
	Fields  map[string]any `json:"fields"`
	Emptied []string       `json:"emptied,omitempty"` // fields that it empties
	Answer  string         `json:"answer,omitempty"`  // of this unit, while the city has not acted on it
}

// Held are the changes that wait for this community.
func (t Transfers) Held(ctx context.Context, by Asker) ([]HeldChange, error) {
	d := t.desk
	if err := t.atCommunity(); err != nil {
		return nil, err
	}
	all := []HeldChange{}
	looked := map[string][]change.RecordID{}
	err := d.at.Journal.View(func(tx *journal.Tx) error {
		all = all[:0]
		answers, err := t.answers(tx)
		if err != nil {
			return err
		}
		return t.eachHeld(tx, func(one HeldChange) error {
			one.Answer = answers[one.Word]
			all = append(all, one)
			looked[one.Kind] = append(looked[one.Kind], change.RecordID(one.Record))
			return nil
		})
	})
	if err != nil {
		return nil, fault.Wrap("list what is held", err)
	}
	return all, d.auditLooks(ctx, audit.List, looked, by)
}

// eachHeld calls fn for the changes that are held for this community.
func (t Transfers) eachHeld(tx *journal.Tx, fn func(HeldChange) error) error {
	return t.desk.at.Records.Each(tx, system.RefusalKind, "", func(r *merge.Record) error {
		one, is, err := t.desk.heldOf(tx, r)
		if err != nil || !is {
			return err
		}
		return fn(one)
	})
}

// heldOf reads a word that holds a change of a record of this unit.
func (d *Desk) heldOf(tx *journal.Tx, r *merge.Record) (one HeldChange, is bool, err error) {
	said := system.RefusalFrom(r)
	k, known := d.at.Schema.Kind(said.Kind)
	if !known || said.Void || said.Rule != system.MovedAway || d.at.Holds(said.Unit) {
		return one, false, nil
	}
	holder, err := d.at.Records.HolderOf(tx, said.Kind, said.Record)
	if err != nil || !d.at.Holds(holder) {
		return one, false, err
	}
	c, err := records.ChangeAt(tx, said.Stream, said.Seq)
	if fault.Of(err) == fault.NotFound {
		return one, false, nil
	}
	if err != nil {
		return one, false, err
	}
	one = HeldChange{Word: string(r.ID()), Kind: k.Name, Record: string(said.Record), By: d.at.Members.Code(said.Unit), Actor: c.Actor,
		Entry: time.UnixMilli(c.At).UTC().Format(time.RFC3339), Fields: d.showFields(k, c.Fields.Map()), Emptied: emptiedBy(c)}
	return one, true, nil
}
