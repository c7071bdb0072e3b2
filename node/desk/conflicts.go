package desk

import (
	"context"
	"slices"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Disputed is a record with values side by side, for people to choose.
type Disputed struct {
	Kind    string          `json:"kind"`
	ID      change.RecordID `json:"id"`
	Version string          `json:"version"` // what the list was made of
	Unit    string          `json:"unit"`    // division code
	Fields  []DisputedField `json:"fields"`
}

// DisputedField is a field with values side by side.
type DisputedField struct {
	Field  string       `json:"field"`
	Values []SideBySide `json:"values"`
}

// SideBySide is one of several values, and who gave it. 1 is the one that shows.
type SideBySide struct {
	N       int             `json:"n"`
	Value   any             `json:"value"`
	By      string          `json:"by"`
	Unit    string          `json:"unit"` // division code
	Device  change.DeviceID `json:"device"`
	Entered string          `json:"entered"` // by the device's clock
	Shown   bool            `json:"shown"`

	value change.Value
}

// IsHere reports whether a scope, a division code or the id of a unit, is this unit.
func (d *Desk) IsHere(scope string) bool {
	own := d.at.Members.Unit().ID
	return scope == string(own) || scope == d.at.Members.Code(own)
}

// disputedAtOnce is how many records one transaction reads.
const disputedAtOnce = 100

// Conflicts calls tell for the records of a kind that hold values side by side, by
// id; of all kinds that are kept here where none is named, of one record where that
// is. It returns Invalid for a kind that is not kept here, NotFound for a record that
// is not here, and what tell returns. A record without conflicts is none of them.
func (d *Desk) Conflicts(ctx context.Context, kind string, id change.RecordID, by Asker, tell func(*Disputed) error) error {
	if kind != "" {
		if _, err := d.readableKind(kind); err != nil {
			return err
		}
	}
	if id != "" {
		return d.conflictsOf(ctx, kind, id, by, tell)
	}
	for after, more := (records.Key{Kind: kind}), true; more; {
		var page []*Disputed
		err := d.at.Journal.View(func(tx *journal.Tx) (err error) {
			page, after, more, err = d.readDisputed(tx, kind, after)
			return err
		})
		if err == nil {
			err = d.tellDisputed(ctx, page, by, tell)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) conflictsOf(ctx context.Context, kind string, id change.RecordID, by Asker, tell func(*Disputed) error) error {
	k, err := d.readableKind(kind)
	if err != nil {
		return err
	}
	var page []*Disputed
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		name, err := d.nameOf(tx, k.Name, id)
		if err != nil {
			return err
		}
		rec, err := d.at.Records.Get(tx, k.Name, name)
		if err == nil && rec == nil {
			err = d.notHere(tx, k, name)
		}
		if err != nil || len(rec.Conflicts()) == 0 {
			return err
		}
		shown, err := d.showDisputed(tx, k, rec)
		page = append(page, shown)
		return err
	})
	if err != nil {
		return err
	}
	return d.tellDisputed(ctx, page, by, tell)
}

// readDisputed reads the next records of a list of conflicts.
func (d *Desk) readDisputed(tx *journal.Tx, kind string, after records.Key) (page []*Disputed, next records.Key, more bool, err error) {
	keys, err := d.at.Records.Disputed(tx, after, disputedAtOnce)
	if err != nil {
		return nil, after, false, err
	}
	for _, key := range keys {
		next = key
		if kind != "" && key.Kind != kind {
			return page, next, false, nil
		}
		k, err := d.readableKind(key.Kind)
		if err != nil || k.System {
			continue // the program's own, or what another view answers
		}
		rec, err := d.at.Records.Get(tx, key.Kind, key.ID)
		if err != nil {
			return nil, after, false, err
		}
		if rec == nil {
			continue
		}
		shown, err := d.showDisputed(tx, k, rec)
		if err != nil {
			return nil, after, false, err
		}
		page = append(page, shown)
	}
	return page, next, len(keys) == disputedAtOnce, nil
}

func (d *Desk) tellDisputed(ctx context.Context, page []*Disputed, by Asker, tell func(*Disputed) error) error {
	looked := map[string][]change.RecordID{}
	for _, shown := range page {
		looked[shown.Kind] = append(looked[shown.Kind], shown.ID)
	}
	for kind, ids := range looked {
		k, err := d.readableKind(kind)
		if err == nil {
			err = d.auditLook(ctx, audit.List, k, ids, by, nil)
		}
		if err != nil {
			return err
		}
	}
	for _, shown := range page {
		if err := tell(shown); err != nil {
			return err
		}
	}
	return fault.Wrap("list conflicts", ctx.Err())
}

func (d *Desk) showDisputed(tx *journal.Tx, k *schema.Kind, rec *merge.Record) (*Disputed, error) {
	shown := &Disputed{Kind: k.Name, ID: rec.ID(), Version: versionOf(rec), Fields: []DisputedField{},
		Unit: d.at.Members.HolderCode(change.UnitID(records.ValueOf(rec, "unit").Text()))}
	for _, c := range rec.Conflicts() {
		field := DisputedField{Field: c.Field}
		for i, w := range sidesOf(rec, c) {
			side, err := d.showSide(tx, k, w)
			if err != nil {
				return nil, err
			}
			side.N, side.Shown = i+1, i == 0
			field.Values = append(field.Values, side)
		}
		shown.Fields = append(shown.Fields, field)
	}
	return shown, nil
}

// sidesOf are the writes that stand side by side, the one that shows first. Edits
// made without knowing of a void keep the record: the newest of them stands for its
// being valid.
func sidesOf(rec *merge.Record, c merge.Conflict) []merge.Write {
	if c.Field != merge.VoidField || rec.Void() || c.Winner.Value.Text() != "0" {
		return append([]merge.Write{c.Winner}, c.Losers...)
	}
	keeps := slices.MaxFunc(c.Losers, func(a, b merge.Write) int { return a.Dot.Compare(b.Dot) })
	if keeps.Field != merge.VoidField {
		keeps.Field, keeps.Value = merge.VoidField, change.Text("1")
	}
	return []merge.Write{keeps, c.Winner}
}

func (d *Desk) showSide(tx *journal.Tx, k *schema.Kind, w merge.Write) (SideBySide, error) {
	info, _, err := tx.Stream(w.Dot.Stream)
	shown := d.showFields(k, map[string]change.Value{w.Field: w.Value})
	return SideBySide{Value: shown[w.Field], By: w.Actor, Device: w.Dot.Stream.Device, value: w.Value,
		Unit: d.at.Members.Code(info.Author), Entered: time.UnixMilli(w.At).UTC().Format(time.RFC3339)}, err
}
