package desk

import (
	"cmp"
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

// RecentItem is a record that was entered at this device, with its newest change.
type RecentItem struct {
	Kind    string          `json:"kind"`
	ID      change.RecordID `json:"id"`
	Called  string          `json:"called"`  // what people call it; of an event whom it is about
	Entered time.Time       `json:"entered"` // by the device's clock
	Word    string          `json:"word"`    // Saved, Received, Recorded or Refused
	Actor   string          `json:"actor"`
}

// MaxRecent is how many records Recent tells at most.
const MaxRecent = 200

// recentDepth is how many changes of one stream are looked at for that.
const recentDepth = 4000

// Recent lists what was entered here last, the newest first, each record once: at most
// limit, and of each stream of this device no further back than some thousand changes.
// What the program says of itself is left out. Whom it shows is in the audit log before
// it returns. It returns Invalid for a limit out of bounds.
func (d *Desk) Recent(ctx context.Context, limit int, by Asker) ([]RecentItem, error) {
	if limit < 1 || limit > MaxRecent {
		return nil, fault.New(fault.Invalid, "what was entered last is listed 1 to %d at a time", MaxRecent)
	}
	var items []RecentItem
	err := d.at.Journal.View(func(tx *journal.Tx) error {
		entered, err := d.entered(tx, limit)
		if err != nil {
			return err
		}
		items = nil
		for _, e := range entered {
			item, err := d.recentItem(tx, e)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
		return nil
	})
	if err != nil {
		return nil, fault.Wrap("list what was entered last", err)
	}
	return items, d.auditRecent(ctx, items, by)
}

// auditRecent writes who was shown into the audit log, by kind.
func (d *Desk) auditRecent(ctx context.Context, items []RecentItem, by Asker) error {
	shown := map[string][]change.RecordID{}
	for _, item := range items {
		shown[item.Kind] = append(shown[item.Kind], item.ID)
	}
	return d.auditLooks(ctx, audit.List, shown, by)
}

// enteredHere is a change of this device.
type enteredHere struct {
	at     records.Location
	kind   *schema.Kind
	id     change.RecordID
	change *change.Change
}

// entered are the newest changes of the device, one of each record.
func (d *Desk) entered(tx *journal.Tx, limit int) (all []enteredHere, err error) {
	var own []journal.StreamInfo
	err = tx.Streams(func(info journal.StreamInfo) error {
		if d.at.IsOwn(info.Stream) {
			own = append(own, info)
		}
		return nil
	})
	for _, info := range own {
		if err == nil {
			var of []enteredHere
			of, err = d.enteredIn(tx, info, limit)
			all = append(all, of...)
		}
	}
	slices.SortStableFunc(all, func(a, b enteredHere) int { return cmp.Compare(b.change.At, a.change.At) })
	return newestOfEach(all, limit), err
}

func newestOfEach(all []enteredHere, limit int) (kept []enteredHere) {
	type key struct {
		kind string
		id   change.RecordID
	}
	met := map[key]bool{}
	for _, e := range all {
		k := key{e.kind.Name, e.id}
		if len(kept) < limit && !met[k] {
			kept = append(kept, e)
		}
		met[k] = true
	}
	return kept
}

// enteredIn reads a stream from its end, piece by piece, until there is enough.
func (d *Desk) enteredIn(tx *journal.Tx, info journal.StreamInfo, limit int) (all []enteredHere, err error) {
	const piece = 200
	for to := info.Head; to > 0 && info.Head-to < recentDepth; {
		from := to - min(to, piece) + 1
		var of []enteredHere
		err = records.EachChange(tx, info.Stream, from, to, func(seq uint64, c *change.Change) error {
			k, known := d.at.Schema.Kind(c.Kind)
			if known && !k.System && k.Sort != schema.Derived {
				of = append(of, enteredHere{at: records.Location{Stream: info.Stream, Seq: seq}, kind: k, id: c.Record.Of(c.Kind, info.Author), change: c})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		slices.Reverse(of)
		all = append(all, of...)
		if len(newestOfEach(all, limit)) == limit {
			break
		}
		to = from - 1
	}
	return all, nil
}

func (d *Desk) recentItem(tx *journal.Tx, e enteredHere) (item RecentItem, err error) {
	item = RecentItem{Kind: e.kind.Name, ID: e.id, Entered: time.UnixMilli(e.change.At).UTC(), Actor: e.change.Actor}
	if item.Word, err = d.wordOf(tx, e); err != nil {
		return item, err
	}
	item.Called, err = d.callRecent(tx, e)
	return item, err
}

// wordOf is how far a change has come, or that it is refused.
func (d *Desk) wordOf(tx *journal.Tx, e enteredHere) (string, error) {
	past, err := d.at.Records.History(tx, e.kind.Name, e.id)
	if err != nil {
		return "", err
	}
	for _, p := range past {
		if p.Refused && p.Stream == e.at.Stream && p.Seq == e.at.Seq {
			return Refused, nil
		}
	}
	return d.changeState(tx, e.at.Stream, e.at.Seq)
}

// callRecent is what people call the record: of one that says no name itself whom it is
// about. No ID number is shown.
func (d *Desk) callRecent(tx *journal.Tx, e enteredHere) (string, error) {
	kind, id := e.kind, e.id
	if about := e.change.Fields.Get(kind.Subject); kind.Subject != "" && (kind.Sort == schema.Event || nameField(kind) == "") {
		rec, err := d.at.Records.Get(tx, kind.Name, id)
		if err != nil {
			return "", err
		}
		if rec != nil {
			about = rec.Value(kind.Subject)
		}
		f, known := kind.Field(kind.Subject)
		of, isKind := d.at.Schema.Kind(subjectKind(f))
		if known && isKind && !about.IsNull() {
			kind, id = of, change.RecordID(about.Text()).Of(of.Name, d.at.Members.Unit().ID)
		}
	}
	return d.sayRecord(tx, e.id, kind.Name, id)
}

func subjectKind(f *schema.Field) string {
	if f == nil {
		return ""
	}
	return f.Ref
}
