package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/node/replica"
)

// How much is kept in memory, and for how long.
const (
	maxFound   = 100_000          // records; of a community there are a tenth of them
	unusedTime = 10 * time.Minute // after the last search
)

// finder keeps in memory what the records of this directory are found by. It is made
// with the first search, and read on before each: Records say which were touched
// since.
type finder struct {
	at    *replica.Replica
	kinds []*foundKind
	limit int // of records

	turn    chan struct{} // has room for one: who reads or changes what follows
	entries map[records.Key]*findable
	sounder *sounder
	seen    int       // the transaction that the entries are of
	used    time.Time // last
}

// foundKind is a kind whose records are searched.
type foundKind struct {
	*schema.Kind
	fields []foundField
}

type foundField struct {
	*schema.Field
	form form
}

// findable is a record with what it is found by.
type findable struct {
	kind  *foundKind
	id    change.RecordID
	order string // the key of its name
	lines []line
}

// line is one value that a record is found by.
type line struct {
	text   string
	sounds sounds
	field  uint16 // of the kind
	form   form
}

func newFinder(at *replica.Replica) *finder {
	f := &finder{at: at, limit: maxFound, turn: make(chan struct{}, 1)}
	for _, k := range at.Schema.Kinds() {
		if found := newFoundKind(k); found != nil {
			f.kinds = append(f.kinds, found)
		}
	}
	return f
}

// newFoundKind is nil for a kind whose records have nothing but numbers to be found by.
func newFoundKind(k *schema.Kind) *foundKind {
	found, named := &foundKind{Kind: k}, false
	for _, f := range k.Fields {
		if form := formOf(k, f); form != 0 {
			found.fields = append(found.fields, foundField{f, form})
			named = named || form != asNumber
		}
	}
	if k.System || !named {
		return nil
	}
	return found
}

// lock waits for the turn of whoever calls.
func (f *finder) lock(ctx context.Context) error {
	select {
	case f.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap("wait for the search", ctx.Err())
	}
}

func (f *finder) unlock() { <-f.turn }

// search returns the records of the kinds that a text leads to, the best first.
func (f *finder) search(ctx context.Context, kinds []*foundKind, q *lookFor, limit int) ([]found, error) {
	if err := f.lock(ctx); err != nil {
		return nil, err
	}
	defer f.unlock()
	f.used = f.at.Now()
	if err := f.refresh(ctx); err != nil {
		return nil, fault.Wrap("search", err)
	}
	best := bestFound{limit: limit}
	for _, e := range f.entries {
		if slices.Contains(kinds, e.kind) {
			best.add(e.fits(q, f.sounder))
		}
	}
	return best.sorted(), nil
}

// forgetUnused drops what is kept when there was no search for long.
func (f *finder) forgetUnused(ctx context.Context) error {
	if err := f.lock(ctx); err != nil {
		return err
	}
	defer f.unlock()
	if f.entries != nil && f.at.Now().Sub(f.used) >= unusedTime {
		f.forgetLocked()
	}
	return nil
}

func (f *finder) forgetLocked() { f.entries, f.sounder, f.seen = nil, nil, 0 }

// readAtOnce is how many records one transaction reads.
const readAtOnce = 500

// refresh brings the entries up to what is on the disk.
func (f *finder) refresh(ctx context.Context) error {
	if f.entries != nil {
		if current, err := f.readTouched(ctx); err != nil || current {
			return err
		}
	}
	if err := f.readAll(ctx); err != nil {
		f.forgetLocked()
		return err
	}
	_, err := f.readTouched(ctx) // what was written meanwhile; if that is much, the next search reads it
	return err
}

// readTouched reads the records that were touched since; false when it is not known
// which.
func (f *finder) readTouched(ctx context.Context) (current bool, err error) {
	var keys []records.Key
	var number int
	err = f.at.Journal.View(func(tx *journal.Tx) error {
		number = tx.Number()
		keys, current = f.at.Records.TouchedSince(f.seen)
		return nil
	})
	if err != nil || !current {
		return false, err
	}
	for some := range slices.Chunk(keys, readAtOnce) {
		err := f.at.Journal.View(func(tx *journal.Tx) error { return f.readKeys(tx, some) })
		if err = cmp.Or(err, fault.Wrap("search", ctx.Err())); err != nil {
			return false, err
		}
	}
	f.seen = number
	return true, nil
}

func (f *finder) readKeys(tx *journal.Tx, keys []records.Key) error {
	for _, key := range keys {
		k := f.kindOf(key.Kind)
		if k == nil {
			continue
		}
		rec, err := f.at.Records.Get(tx, key.Kind, key.ID)
		if err != nil {
			return err
		}
		delete(f.entries, key)
		if rec != nil {
			if err := f.add(k, rec); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finder) kindOf(name string) *foundKind {
	for _, k := range f.kinds {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// readAll reads all records, some in each transaction. It is of the first one: what is
// written meanwhile is touched after it.
func (f *finder) readAll(ctx context.Context) error {
	f.entries, f.sounder, f.seen = map[records.Key]*findable{}, newSounder(), 0
	for _, k := range f.kinds {
		for from, more := change.RecordID(""), true; more; {
			err := f.at.Journal.View(func(tx *journal.Tx) (err error) {
				f.seen = cmp.Or(f.seen, tx.Number())
				from, more, err = f.readSome(tx, k, from)
				return err
			})
			if err = cmp.Or(err, fault.Wrap("search", ctx.Err())); err != nil {
				return err
			}
		}
	}
	return nil
}

// readSome reads records of a kind from one on, and returns with which the next part
// begins.
func (f *finder) readSome(tx *journal.Tx, k *foundKind, from change.RecordID) (next change.RecordID, more bool, err error) {
	n := 0
	err = f.at.Records.Each(tx, k.Name, from, func(rec *merge.Record) error {
		if n++; n > readAtOnce {
			next, more = rec.ID(), true
			return journal.ErrStop
		}
		return f.add(k, rec)
	})
	return next, more, err
}

// add enters a record unless it is void or, of a person, another unit's.
func (f *finder) add(k *foundKind, rec *merge.Record) error {
	unit := change.UnitID(records.ValueOf(rec, "unit").Text())
	if rec.Void() || k.Personal && unit != f.at.Members.Unit().ID {
		return nil
	}
	if len(f.entries) >= f.limit {
		return fault.New(fault.Exhausted, "there are more than %d records, too many to search at once", f.limit).
			WithHint("use tongbu list with a filter")
	}
	e := f.entryOf(k, rec)
	f.entries[records.Key{Kind: k.Name, ID: e.id}] = e
	return nil
}

func (f *finder) entryOf(k *foundKind, rec *merge.Record) *findable {
	e := &findable{kind: k, id: change.RecordID(strings.Clone(string(rec.ID())))}
	for i, field := range k.fields {
		value := rec.Value(field.Name)
		if value.IsNull() {
			continue
		}
		l := line{field: uint16(i), form: field.form, text: strings.Clone(field.form.fold(value.Text()))}
		if field.form == asName || field.form == asTitle {
			key := field.Key(value.Text())
			l.sounds = f.sounder.sounds(key, field.form == asName)
			e.order = cmp.Or(e.order, strings.Clone(key))
		}
		e.lines = append(e.lines, l)
	}
	if !e.id.Formed() { // a number of before ids named units
		e.lines = append(e.lines, line{field: ownNumber, form: asNumber, text: asNumber.fold(string(e.id))})
	}
	e.lines = slices.Clip(e.lines)
	return e
}

// ownNumber stands for the number that an id is.
const ownNumber = 1<<16 - 1

// fieldName is the name of the field that a line is of.
func (e *findable) fieldName(l line) string {
	if l.field == ownNumber {
		return schema.OwnNo
	}
	return e.kind.fields[l.field].Name
}

// found is how a record was found.
type found struct {
	record *findable
	rank   rank
	line   line
	heard  bool // by the pinyin of a name
}

// fits finds the line of a record that a text fits best, the first of equals.
func (e *findable) fits(q *lookFor, s *sounder) found {
	best := found{record: e, rank: unmatched}
	for _, l := range e.lines {
		if fits, heard := q.match(l, s); fits < best.rank {
			best.rank, best.line, best.heard = fits, l, heard
		}
	}
	return best
}

func (f found) compare(o found) int {
	return cmp.Or(cmp.Compare(f.rank, o.rank), cmp.Compare(f.record.order, o.record.order),
		cmp.Compare(f.record.id, o.record.id), cmp.Compare(f.record.kind.Name, o.record.kind.Name))
}

// bestFound keeps the first so many of what was found.
type bestFound struct {
	limit int
	all   []found
	last  *found // of the best so far, once there are as many; nil: there are not
}

func (b *bestFound) add(f found) {
	if f.rank == unmatched || b.last != nil && f.compare(*b.last) > 0 {
		return
	}
	if b.all = append(b.all, f); len(b.all) >= 2*b.limit {
		b.all = b.sorted()
		last := b.all[len(b.all)-1]
		b.last = &last
	}
}

func (b *bestFound) sorted() []found {
	slices.SortFunc(b.all, found.compare)
	return b.all[:min(len(b.all), b.limit)]
}
