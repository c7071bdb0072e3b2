package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/node/replica"
)

// How much of tables is kept in memory, and for how long.
const (
	maxKept   = 28 << 20 // bytes of rows
	maxTables = 8        // tables of records that are listed as they are
	maxDays   = 2        // for which derived rows are kept: today, and one that people look back to
)

// kept keeps the rows of tables in memory, packed, so that part of a table is shown
// without reading all of it: derived rows for a day, and records as they are. It is made
// of all records once. From then on each question first reads the records that were
// touched since and makes again what they are part of; Records say which, and miss none
// that the transaction of the question shows. So no answer is older than the question.
type kept struct {
	at      *replica.Replica
	streams *ownStreams // that rows are made of changes of
	choices choices

	turn   chan struct{} // has room for one: who reads or changes what follows
	seen   int           // the transaction that all of it is of; 0: nothing is kept
	schema *schema.Schema
	tree   *tree.Tree
	made   *madeRows
	tables map[string]*table
	// counted are what Counts counts; nil: it was not asked. A forgotten one is counted
	// again.
	counted map[string]counted
	used    time.Time
}

func newKept(at *replica.Replica) *kept {
	return &kept{at: at, streams: &ownStreams{}, turn: make(chan struct{}, 1), tables: map[string]*table{}}
}

func (k *kept) lock(ctx context.Context) error {
	select {
	case k.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap("wait for a table", ctx.Err())
	}
}

func (k *kept) unlock() { <-k.turn }

// rows are those of a kind, by id; of a derived kind on a day. They belong to nobody, and
// are not to be changed.
func (k *kept) rows(ctx context.Context, kind *schema.Kind, day string) (rows []packed, of *shape, err error) {
	if err := k.lock(ctx); err != nil {
		return nil, nil, err
	}
	defer k.unlock()
	k.used = k.at.Now()
	return k.rowsLocked(ctx, kind, day)
}

// lookAfter brings what is kept up to date, and derived rows to a day, where there are any.
func (k *kept) lookAfter(ctx context.Context, kind *schema.Kind, day string) error {
	if err := k.lock(ctx); err != nil {
		return err
	}
	defer k.unlock()
	if k.made == nil {
		return nil
	}
	_, _, err := k.rowsLocked(ctx, kind, day)
	return err
}

func (k *kept) rowsLocked(ctx context.Context, kind *schema.Kind, day string) (rows []packed, of *shape, err error) {
	if err := k.refreshLocked(ctx); err != nil {
		k.forgetLocked()
		return nil, nil, err
	}
	if kind.Sort == schema.Derived {
		rows, of, err = k.derivedLocked(ctx, kind.Name, day)
	} else {
		rows, of, err = k.tableLocked(ctx, kind)
	}
	if err != nil {
		k.forgetLocked()
	}
	k.boundLocked(kind, day)
	return rows, of, err
}

// boundLocked drops what was asked for least lately until no more is kept than there may
// be, at last also the rows of this question.
func (k *kept) boundLocked(kind *schema.Kind, day string) {
	for k.sizeLocked() > maxKept {
		k.choices.forget() // else they hold what is dropped
		oldest := k.oldestTableLocked(kind.Name)
		switch {
		case k.made != nil && k.made.dropDay(day):
		case oldest != "":
			delete(k.tables, oldest)
		case k.made != nil && kind.Sort != schema.Derived:
			k.made = nil
		default:
			k.forgetLocked()
		}
	}
}

// oldestTableLocked is the table that was asked for least lately, but for one; "" where
// there is none.
func (k *kept) oldestTableLocked(but string) (oldest string) {
	for name, t := range k.tables {
		if name != but && (oldest == "" || t.used.Before(k.tables[oldest].used)) {
			oldest = name
		}
	}
	return oldest
}

// forgetUnused drops what is kept when nobody has asked for long.
func (k *kept) forgetUnused(ctx context.Context) error {
	if err := k.lock(ctx); err != nil {
		return err
	}
	defer k.unlock()
	if k.seen != 0 && k.at.Now().Sub(k.used) >= unusedTime {
		k.forgetLocked()
	}
	return nil
}

func (k *kept) forgetLocked() {
	k.seen, k.made, k.counted = 0, nil, nil
	clear(k.tables)
	k.choices.forget()
}

func (k *kept) sizeLocked() int {
	size := k.made.size()
	for _, t := range k.tables {
		size += t.size
	}
	return size
}

// refreshLocked brings what is kept up to what is on the disk, or forgets it where that
// cannot be told, or where the kinds or the units are others now.
func (k *kept) refreshLocked(ctx context.Context) error {
	now, units := k.at.Schema.Now(), k.at.Members.Tree()
	if now != k.schema || units != k.tree {
		k.forgetLocked()
		k.schema, k.tree = now, units
	}
	if k.seen == 0 {
		return nil
	}
	err := k.at.Journal.View(func(tx *journal.Tx) error {
		keys, known := k.at.Records.TouchedSince(k.seen)
		if !known || len(keys) > readAtOnce {
			k.forgetLocked()
			return nil
		}
		if slices.ContainsFunc(keys, func(key records.Key) bool { return slices.Contains(facts.PublishedKinds(), key.Kind) }) {
			k.made = nil // by other rules
		}
		if err := k.made.again(tx, keys); err != nil {
			return err
		}
		for _, key := range keys {
			if err := k.againLocked(tx, key); err != nil {
				return err
			}
		}
		k.seen = tx.Number()
		return nil
	})
	return cmp.Or(err, fault.Wrap("read a table", ctx.Err()))
}

// againLocked reads a record again for the tables and counts that it is in.
func (k *kept) againLocked(tx *journal.Tx, key records.Key) error {
	t, c := k.tables[key.Kind], k.counted[key.Kind]
	if t == nil && c == nil {
		return nil
	}
	rec, err := k.at.Records.Get(tx, key.Kind, key.ID)
	if err != nil {
		return err
	}
	if c != nil {
		c.put(rec, key.ID)
	}
	if t == nil {
		return nil
	}
	return t.again(k, tx, key.ID, rec)
}

// begunLocked says of which transaction what is read from now on is at least.
func (k *kept) begunLocked(tx *journal.Tx) { k.seen = cmp.Or(k.seen, tx.Number()) }

// table has the records of one kind that are not void, by id.
type table struct {
	shape *shape
	rows  []packed
	size  int
	used  time.Time
}

func (k *kept) tableLocked(ctx context.Context, kind *schema.Kind) ([]packed, *shape, error) {
	t := k.tables[kind.Name]
	if t == nil {
		t = &table{shape: newShape(kind)}
		if err := k.readTableLocked(ctx, t); err != nil {
			return nil, nil, err
		}
		if len(k.tables) >= maxTables {
			delete(k.tables, k.oldestTableLocked(""))
		}
		k.tables[kind.Name] = t
		if err := k.refreshLocked(ctx); err != nil { // what was written meanwhile
			return nil, nil, err
		}
	}
	t.used = k.used
	return t.rows, t.shape, nil
}

// readTableLocked reads all records of a kind, some in each transaction.
func (k *kept) readTableLocked(ctx context.Context, t *table) error {
	return eachRecord(ctx, k.at, t.shape.kind.Name, k.begunLocked, func(tx *journal.Tx, rec *merge.Record) error {
		return t.put(k, tx, rec)
	})
}

// put enters a record that is not void behind the others.
func (t *table) put(k *kept, tx *journal.Tx, rec *merge.Record) error {
	row, has, err := t.pack(k, tx, rec)
	if err == nil && has {
		t.rows, t.size = append(t.rows, row), t.size+row.size()
	}
	return err
}

func (t *table) pack(k *kept, tx *journal.Tx, rec *merge.Record) (row packed, has bool, err error) {
	if rec == nil || rec.Void() {
		return "", false, nil
	}
	f := &far{in: k.streams}
	if err := f.add(k.at, tx, rec.Kind(), rec.ID()); err != nil {
		return "", false, err
	}
	return t.shape.pack(rec.ID(), func(field string) change.Value { return records.ValueOf(rec, field) }, f), true, nil
}

// again enters a record that was touched; nil is one that is gone. Whoever was given the
// rows keeps those of before.
func (t *table) again(k *kept, tx *journal.Tx, id change.RecordID, rec *merge.Record) error {
	row, has, err := t.pack(k, tx, rec)
	if err != nil {
		return err
	}
	place, there := placeOf(t.rows, id)
	rows := slices.Clone(t.rows)
	switch {
	case there && has:
		rows[place] = row
	case there:
		rows = slices.Delete(rows, place, place+1)
	case has:
		rows = slices.Insert(rows, place, row)
	}
	if there {
		t.size -= t.rows[place].size()
	}
	if has {
		t.size += row.size()
	}
	t.rows = rows
	return nil
}

// eachRecord calls fn for all records of a kind by id, some in each transaction, which
// begun is told of.
func eachRecord(ctx context.Context, at *replica.Replica, kind string, begun func(*journal.Tx), fn func(*journal.Tx, *merge.Record) error) error {
	for from, more := change.RecordID(""), true; more; {
		more = false
		err := at.Journal.View(func(tx *journal.Tx) error {
			begun(tx)
			defer tx.Rest() // else all of the file counts as memory in the end
			n := 0
			return at.Records.Each(tx, kind, from, func(rec *merge.Record) error {
				if n++; n > readAtOnce {
					from, more = rec.ID(), true
					return journal.ErrStop
				}
				return fn(tx, rec)
			})
		})
		if err = cmp.Or(err, fault.Wrap("read a table", ctx.Err())); err != nil {
			return err
		}
	}
	return nil
}
