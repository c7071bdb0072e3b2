// Package capture takes what a person or a program typed, checks it against
// the schema, and writes it into the device's own stream: state, change and
// index in one transaction. It is the same at a node and at a hub.
package capture

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/registry"
	"tongbu/internal/schema"
	"tongbu/syncer/custody"
)

// perCommit is how many records one transaction takes, to bound its memory.
const perCommit = 1000

// Desk writes records. It is safe for concurrent use.
type Desk struct {
	Custody  *custody.Custody
	Records  *records.Store
	Schema   *schema.Schema
	Registry *registry.Registry
	Now      func() time.Time
	NewID    func() change.RecordID // sortable, random
}

// Written is the answer to one record.
type Written struct {
	ID       change.RecordID `json:"id"`
	Seq      uint64          `json:"seq"`                // of its change; of the last one when nothing changed
	Warnings []string        `json:"warnings,omitempty"` // soft checks that failed: field and rule
}

// Put writes the objects as records of the kind and tells each after it is on
// disk. All are checked before the first is written: bad input writes
// nothing. It returns Invalid, Denied when this tier may not write the kind,
// NotFound for an unknown kind, and Full.
func (d *Desk) Put(ctx context.Context, kind string, items []Item, actor string, tell func(Written) error) error {
	k, err := d.kind(kind)
	if err != nil {
		return err
	}
	entries, err := d.check(k, items)
	if err != nil {
		return err
	}
	for len(entries) > 0 {
		n := min(len(entries), perCommit)
		written, err := d.write(ctx, k, entries[:n], actor)
		if err != nil {
			return err
		}
		for _, w := range written {
			if err := tell(w); err != nil {
				return err
			}
		}
		entries = entries[n:]
	}
	return nil
}

func (d *Desk) kind(name string) (*schema.Kind, error) {
	k, ok := d.Schema.Kind(name)
	unit := d.Registry.Unit()
	switch {
	case !ok:
		return nil, fault.New(fault.Invalid, "no such kind of record: %q", name).WithHint("kinds: %s", d.kinds())
	case k.System:
		return nil, fault.New(fault.Denied, "%s records are written by the program", name)
	case !k.MayWrite(int(unit.Level)):
		return nil, fault.New(fault.Denied, "a %s does not write %s records", unit.Level, name)
	}
	return k, nil
}

func (d *Desk) kinds() string {
	var names []string
	for _, k := range d.Schema.Kinds() {
		if !k.System {
			names = append(names, k.Name)
		}
	}
	return strings.Join(names, ", ")
}

// entry is one checked item. Its values are read again when it is written:
// held for all items they would be several times the input's size.
type entry struct {
	item     Item
	id       change.RecordID
	warnings []string
}

// draft is what an item asks to be written.
type draft struct {
	values   map[string]change.Value
	whole    map[string]change.Value // the record as it will be
	audience change.UnitID
	known    *merge.Record // nil: a new record
}

func (d *Desk) check(k *schema.Kind, items []Item) ([]entry, error) {
	entries := make([]entry, len(items))
	today := d.Now().Format(time.DateOnly)
	err := d.Custody.View(func(tx *journal.Tx) (err error) {
		for i, item := range items {
			if entries[i], err = d.checkOne(tx, k, item, today); err != nil {
				return fault.Wrap(fmt.Sprintf("line %d", item.Line), err)
			}
		}
		return nil
	})
	return entries, err
}

func (d *Desk) checkOne(tx *journal.Tx, k *schema.Kind, item Item, today string) (entry, error) {
	object, id, err := item.decode()
	if err != nil {
		return entry{}, err
	}
	e := entry{item: item, id: id}
	if e.id == "" {
		e.id = d.NewID()
	}
	if err := e.id.Validate(); err != nil {
		return e, err
	}
	drawn, err := d.draft(tx, k, e.id, object)
	if err != nil {
		return e, err
	}
	problems := k.CheckOn(drawn.whole, today)
	for _, p := range problems {
		if !p.Hard {
			e.warnings = append(e.warnings, p.Field+": "+p.Rule)
		}
	}
	return e, schema.Refusal(problems)
}

func (d *Desk) draft(tx *journal.Tx, k *schema.Kind, id change.RecordID, object map[string]any) (drawn draft, err error) {
	if err := d.resolve(k, object); err != nil {
		return drawn, err
	}
	if drawn.values, err = k.Parse(object); err != nil {
		return drawn, err
	}
	if err := d.merge(tx, k, id, &drawn); err != nil {
		return drawn, err
	}
	if drawn.audience, err = d.audience(drawn.whole); err != nil {
		return drawn, err
	}
	if drawn.known == nil {
		drawn.values["unit"] = change.Text(string(drawn.audience))
		drawn.whole["unit"] = drawn.values["unit"]
	}
	return drawn, nil
}

// merge lays the values over the record as it is: checks judge the whole, not
// the patch.
func (d *Desk) merge(tx *journal.Tx, k *schema.Kind, id change.RecordID, drawn *draft) (err error) {
	if drawn.known, err = d.Records.Get(tx, k.Name, id); err != nil {
		return err
	}
	drawn.whole = map[string]change.Value{}
	if drawn.known != nil {
		drawn.whole = drawn.known.Values()
	}
	maps.Copy(drawn.whole, drawn.values)
	return nil
}

// resolve lets people name units by their division codes.
func (d *Desk) resolve(k *schema.Kind, object map[string]any) error {
	for name, value := range object {
		f, ok := k.Field(name)
		code, isText := value.(string)
		if !ok || f.Type != schema.Unit || !isText || len(code) != 12 {
			continue
		}
		t := d.Registry.Tree()
		if t == nil {
			return fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
		}
		u, ok := t.ByCode(code)
		if !ok {
			return fault.New(fault.Invalid, "field %s names a unit that is not in the tree", f.Name)
		}
		object[name] = string(u.ID)
	}
	return nil
}

// audience is the unit a record is said to: the one it names, at or below
// this one, else this one.
func (d *Desk) audience(whole map[string]change.Value) (change.UnitID, error) {
	self := d.Registry.Unit().ID
	named := change.UnitID(whole["audience"].Text())
	if named == "" {
		return self, nil
	}
	if !d.Registry.Below(self, named) {
		return "", fault.New(fault.Denied, "the audience is not at or below this unit")
	}
	return named, nil
}

func (d *Desk) write(ctx context.Context, k *schema.Kind, entries []entry, actor string) ([]Written, error) {
	written := make([]Written, len(entries))
	err := d.Custody.Write(ctx, func(w *custody.Writer) error {
		for i, e := range entries {
			seq, err := d.writeOne(w, k, e, actor)
			if err != nil {
				return err
			}
			written[i] = Written{ID: e.id, Seq: seq, Warnings: e.warnings}
		}
		return nil
	})
	return written, fault.Wrap("save", err)
}

// writeOne writes the fields that differ from what the record holds, so that
// repeating a put changes nothing.
func (d *Desk) writeOne(w *custody.Writer, k *schema.Kind, e entry, actor string) (uint64, error) {
	object, _, err := e.item.decode()
	if err != nil {
		return 0, err
	}
	drawn, err := d.draft(w.Tx, k, e.id, object)
	if err != nil {
		return 0, err
	}
	fields := drawn.news()
	if drawn.known != nil && len(fields) == 0 {
		return d.Records.LastSeq(w.Tx, k.Name, e.id)
	}
	own, err := w.Own(drawn.audience)
	if err != nil {
		return 0, err
	}
	return d.Records.Put(w.Tx, own, d.Registry.Unit().ID, records.Edit{Kind: k.Name, ID: e.id, Fields: fields, Actor: actor, At: d.Now().UnixMilli()})
}

// news are the values the record does not hold yet.
func (drawn *draft) news() map[string]change.Value {
	fields := map[string]change.Value{}
	for name, value := range drawn.values {
		if drawn.known == nil && !value.IsNull() || drawn.known != nil && drawn.known.Value(name) != value {
			fields[name] = value
		}
	}
	return fields
}
