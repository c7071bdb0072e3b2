// Package desk is what people do with the records of a directory: put, get,
// list, history, with plain arguments and answers. What they type is checked
// against the schema and written into the device's own stream: state, change and
// index in one transaction. It is the same at a node and at a hub.
package desk

import (
	"context"
	"strings"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// perCommit is how many records one transaction writes, to bound its memory.
const perCommit = 1000

// Desk is safe for concurrent use.
type Desk struct{ at *replica.Replica }

// New makes the desk of an open directory.
func New(at *replica.Replica) *Desk { return &Desk{at: at} }

// Written is the answer to one record that was put.
type Written struct {
	ID       change.RecordID `json:"id"`
	Seq      uint64          `json:"seq"`                // of its change; of the last one when nothing changed
	Warnings []string        `json:"warnings,omitempty"` // soft checks that failed: field and rule
}

// Put writes the objects as records of the kind and calls tell for each after it
// is on disk. All are checked before the first is written: bad input writes
// nothing. It returns Invalid for bad input and for an unknown kind, Denied when
// this tier may not write the kind, Full when no new records are accepted, and
// what tell returns.
func (d *Desk) Put(ctx context.Context, kind string, items []Item, actor string, tell func(Written) error) error {
	if err := d.Room(); err != nil {
		return err
	}
	start := time.Now()
	if err := d.putItems(ctx, kind, items, actor, tell); err != nil {
		return err
	}
	if len(items) == 1 {
		d.at.Saves.Add(time.Since(start))
	}
	return nil
}

// Room returns Full, in words, when no new records are accepted: before they are
// typed, not after.
func (d *Desk) Room() error { return d.at.Space.Short() }

func (d *Desk) putItems(ctx context.Context, kind string, items []Item, actor string, tell func(Written) error) error {
	k, err := d.writableKind(kind)
	if err != nil {
		return err
	}
	entries, err := d.checkItems(k, items)
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

func (d *Desk) writableKind(name string) (*schema.Kind, error) {
	k, ok := d.at.Schema.Kind(name)
	if !ok {
		return nil, fault.New(fault.Invalid, "no such kind of record: %q", name).WithHint("kinds: %s", d.kindNames())
	}
	return k, access.Enter(k, d.at.Members.Unit().Level)
}

func (d *Desk) kindNames() string {
	var names []string
	for _, k := range d.at.Schema.Kinds() {
		if !k.System {
			names = append(names, k.Name)
		}
	}
	return strings.Join(names, ", ")
}

func (d *Desk) write(ctx context.Context, k *schema.Kind, entries []entry, actor string) ([]Written, error) {
	written := make([]Written, len(entries))
	err := d.at.Streams.Write(ctx, func(w *streams.Writer) error {
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
func (d *Desk) writeOne(w *streams.Writer, k *schema.Kind, e entry, actor string) (uint64, error) {
	object, err := e.readObject()
	if err != nil {
		return 0, err
	}
	drawn, err := d.draft(w.Tx, k, e.id, object, nil)
	if err != nil {
		return 0, err
	}
	fields := drawn.changedValues()
	if drawn.known != nil && len(fields) == 0 {
		return d.at.Records.LastSeq(w.Tx, k.Name, e.id)
	}
	own, err := w.Own(drawn.audience)
	if err != nil {
		return 0, err
	}
	return d.at.Records.Put(w.Tx, own, d.at.Members.Unit().ID, records.Edit{Kind: k.Name, ID: e.id, Fields: fields, Actor: actor, At: d.at.Now().UnixMilli()})
}
