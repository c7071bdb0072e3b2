// Package desk is what people do with the records of a directory: put, get,
// list, history, with plain arguments and answers. What they type is checked
// against the schema and written into the device's own stream: state, change and
// index in one transaction. It is the same at a node and at a hub.
package desk

import (
	"context"
	"runtime/debug"
	"strings"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/node/replica"
)

// perCommit is how many records one transaction writes, to bound its memory.
const perCommit = 1000

// Desk is safe for concurrent use.
type Desk struct {
	// Workers finds whom notices of layoffs name; nil where no view is. It is set before use.
	Workers Workers
	// Inspected finds which units are inspected; nil where no view is. It is set before use.
	Inspected Inspected
	// Below has the records of units below, of which corrections are asked for; nil where no
	// view is. It is set before use.
	Below Below

	at     *replica.Replica
	finder *finder
	kept   *kept
	roll   *roll
	here   *attendance
}

// New makes the desk of an open directory.
func New(at *replica.Replica) *Desk {
	return &Desk{at: at, finder: newFinder(at), kept: newKept(at), roll: newRoll(at), here: newAttendance()}
}

// Written is the answer to one record that was put.
type Written struct {
	ID       change.RecordID `json:"id"`
	Seq      uint64          `json:"seq"`                // of its change; of the last one when nothing changed
	Result   Result          `json:"result"`             // what became of it
	Version  string          `json:"version"`            // of the record as it is then; to be given back with the next edit
	Warnings []string        `json:"warnings,omitempty"` // soft checks that failed: field and rule
}

// Result says what a put did to a record.
type Result string

// The results.
const (
	Made      Result = "new"
	Changed   Result = "changed"
	Unchanged Result = "unchanged" // nothing was written
)

// Saving says how records are put. The zero value makes what is not here, and a new
// record of each object without an id.
type Saving struct {
	Actor  string
	Run    string // names the input: an object without an id is the record of its line in this run, however often it is put
	Named  bool   // people chose the name of the run, so that another input may have it too
	Update bool   // a record that is not here is an error
	Void   bool   // the records that the objects name become void; of an object only id, version and reason count
	Reason string // why they do, where an object does not say so itself
	// KeepsValid refuses what would make a record void or valid again: it is not for who
	// saves to do.
	KeepsValid bool

	procedure bool // the command that the kind has writes, and has judged it: see notByHand
}

// Put is Save with nothing said but who puts.
func (d *Desk) Put(ctx context.Context, kind string, items []Item, actor string, tell func(Written) error) error {
	return d.Save(ctx, kind, items, Saving{Actor: actor}, tell)
}

// Save writes the objects as records of the kind and calls tell for each after it
// is on disk. All are checked before the first is written: bad input writes
// nothing. It returns Invalid for bad input and for an unknown kind, NotFound for a
// record that is to be here and is not, Denied when this tier may not write the
// kind, Full when no new records are accepted, and what tell returns.
func (d *Desk) Save(ctx context.Context, kind string, items []Item, how Saving, tell func(Written) error) error {
	if err := d.Room(); err != nil {
		return err
	}
	start := time.Now()
	if err := d.saveItems(ctx, kind, items, how, tell); err != nil {
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

func (d *Desk) saveItems(ctx context.Context, kind string, items []Item, how Saving, tell func(Written) error) error {
	k, err := d.writableKind(kind)
	if err == nil {
		err = how.validate()
	}
	if err != nil {
		return err
	}
	if k.Name != schema.CorrectionRequest { // of which the draft tells what withdraws one
		err = notByHand(k, how)
	}
	if err == nil {
		err = d.keepAnswered(ctx, k, items)
	}
	if err != nil {
		return err
	}
	items, warned, err := d.placeItems(ctx, k.Name, items, &how)
	if err != nil {
		return err
	}
	s := &saver{Desk: d, kind: k, how: how}
	entries, err := s.checkItems(items)
	if err != nil {
		return err
	}
	for i := range entries {
		entries[i].warnings = append(entries[i].warnings, warned[i]...)
	}
	if len(entries) > perCommit {
		debug.FreeOSMemory() // what checking took is several times the input
	}
	for len(entries) > 0 {
		n := min(len(entries), perCommit)
		written, err := s.write(ctx, entries[:n])
		if err != nil {
			return err
		}
		for _, w := range written {
			if err := tell(w); err != nil {
				return err
			}
		}
		clear(entries[:n]) // the next portion is written beside what is left, not beside all
		entries = entries[n:]
	}
	return nil
}

func (d *Desk) writableKind(name string) (*schema.Kind, error) {
	k, ok := d.at.Schema.Kind(name)
	if !ok {
		return nil, fault.New(fault.Invalid, "no such kind of record: %q", name).WithHint("kinds: %s", d.kindNames())
	}
	if k.Sort == schema.Derived {
		return nil, fault.New(fault.Invalid, "nobody writes %s: it is made of other records", k.Name).WithHint("put the record or event that it follows from")
	}
	own := d.at.Members.Unit()
	if err := access.Stands(own, d.at.Members.Tree()); err != nil {
		return nil, err
	}
	return k, access.Enter(k, own.Level)
}

func (d *Desk) kindNames() string {
	var names []string
	for _, k := range d.at.Schema.Kinds() {
		if !k.System && !k.Withdrawn {
			names = append(names, k.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Place is what tables say of the directory: its unit, the day, and the kinds.
func (d *Desk) Place() (unit tree.Unit, today string, err error) {
	today, err = d.at.Day()
	return d.at.Members.Unit(), today, err
}
