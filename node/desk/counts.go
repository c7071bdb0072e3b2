package desk

import (
	"context"
	"hash/maphash"
	"iter"
	"maps"
	"strings"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Counts counts the rows of all kinds that are kept here but for those of the program: of
// records those that are not void, of derived kinds those of today. Nobody is shown.
func (d *Desk) Counts(ctx context.Context) (map[string]int, error) {
	today, err := d.at.Day()
	if err != nil {
		return nil, err
	}
	return d.kept.counts(ctx, today)
}

// counted are the records of a kind that are not void, by the hashes of their ids.
type counted map[uint64]struct{}

var countSeed = maphash.MakeSeed()

func (c counted) put(rec *merge.Record, id change.RecordID) {
	if hash := maphash.String(countSeed, string(id)); rec != nil && !rec.Void() {
		c[hash] = struct{}{}
	} else {
		delete(c, hash)
	}
}

func (k *kept) counts(ctx context.Context, today string) (map[string]int, error) {
	if err := k.lock(ctx); err != nil {
		return nil, err
	}
	defer k.unlock()
	k.used = k.at.Now()
	all, err := k.countsLocked(ctx, today)
	if err != nil {
		k.forgetLocked()
	}
	return all, err
}

func (k *kept) countsLocked(ctx context.Context, today string) (map[string]int, error) {
	if err := k.refreshLocked(ctx); err != nil {
		return nil, err
	}
	if err := k.countLocked(ctx); err != nil {
		return nil, err
	}
	if err := k.refreshLocked(ctx); err != nil { // what was written meanwhile
		return nil, err
	}
	if k.counted == nil {
		return nil, errHurried
	}
	all := map[string]int{}
	for name, c := range k.counted {
		all[name] = len(c)
	}
	for name := range k.derivedKinds() {
		all[name] = 0
	}
	if !k.at.IsHub() {
		d, err := k.madeLocked(ctx, today)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, d.count)
	}
	return all, nil
}

// Parts counts the rows of a day by the parts of figures that they add to, as a list of
// them would show them, for this unit and for each that was merged into it. Nobody is
// shown. It returns Invalid for a day that the calendar does not have.
func (d *Desk) Parts(ctx context.Context, day string) (map[change.UnitID]map[string]int64, error) {
	day, err := d.dayOf(day)
	if err != nil {
		return nil, err
	}
	own := d.at.Members.Unit().ID
	all := map[change.UnitID]map[string]int64{own: {}}
	for _, unit := range d.at.Units() {
		all[unit] = map[string]int64{}
	}
	for _, k := range d.at.Schema.Now().Kinds() {
		if !facts.Counts(k) {
			continue
		}
		rows, of, err := d.kept.rows(ctx, k, day)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			parts := all[own]
			if len(all) > 1 {
				parts = partsOf(all, row.id(), own)
			}
			of.value(row, facts.CountsField).EachText(func(code string) { parts[strings.Clone(code)]++ })
		}
	}
	return all, nil
}

// partsOf are those of the unit in the id of a row.
func partsOf(all map[change.UnitID]map[string]int64, id change.RecordID, own change.UnitID) map[string]int64 {
	unit, _ := id.Maker()
	if parts, has := all[unit]; has {
		return parts
	}
	return all[own]
}

// derivedKinds are those that are made here: a hub makes none.
func (k *kept) derivedKinds() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, kind := range k.schema.Kinds() {
			if kind.Sort == schema.Derived && !k.at.IsHub() && !yield(kind.Name) {
				return
			}
		}
	}
}

// countLocked reads all records once.
func (k *kept) countLocked(ctx context.Context) error {
	if k.counted != nil {
		return nil
	}
	counts := map[string]counted{}
	for _, kind := range k.schema.Kinds() {
		if kind.System || kind.Sort == schema.Derived || k.at.IsHub() && kind.Personal {
			continue
		}
		c := counted{}
		err := eachRecord(ctx, k.at, kind.Name, k.begunLocked, func(_ *journal.Tx, rec *merge.Record) error {
			c.put(rec, rec.ID())
			return nil
		})
		if err != nil {
			return err
		}
		counts[kind.Name] = c
	}
	k.counted = counts
	return nil
}

// Read is Get with what the records are called that the record names; the persons among
// them are in the audit log too before it answers.
func (d *Desk) Read(ctx context.Context, kind string, id change.RecordID, by Asker) (*Shown, error) {
	shown, err := d.Get(ctx, kind, id, by)
	if err != nil {
		return nil, err
	}
	k, _ := d.at.Schema.Kind(kind)
	if err := d.at.Journal.View(func(tx *journal.Tx) error { return d.addCalled(tx, refsOf(k, nil), shown, Named) }); err != nil {
		return nil, err
	}
	return shown, d.auditNamed(ctx, k, shown, by)
}

// auditNamed writes into the audit log which records a record names.
func (d *Desk) auditNamed(ctx context.Context, k *schema.Kind, shown *Shown, by Asker) error {
	named := map[string][]change.RecordID{}
	for _, f := range k.Fields {
		id, _ := shown.Fields[f.Name].(string)
		if of, known := d.at.Schema.Kind(f.Ref); known && f.Type == schema.Ref && id != "" {
			named[of.Name] = append(named[of.Name], change.RecordID(id))
		}
	}
	return d.auditLooks(ctx, audit.Get, named, by)
}
