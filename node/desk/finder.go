package desk

import (
	"cmp"
	"context"
	"slices"
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
	maxFound      = 100_000          // records; of a community there are a tenth of them
	maxFoundKinds = 64               // as many as a set of bits has
	unusedTime    = 10 * time.Minute // without a search and without anybody at the pages
)

// finder keeps in memory what the records of this directory are found by. It is made
// with the first search, and read on before each: Records say which were touched
// since.
type finder struct {
	at    *replica.Replica
	kinds []*foundKind
	limit int // of records

	turn  chan struct{} // has room for one: who reads or changes what follows
	shelf *shelf        // nil: nothing was read yet
	seen  int           // the transaction that it is of
	used  time.Time     // last
}

// foundKind is a kind whose records are searched.
type foundKind struct {
	*schema.Kind
	number uint8 // of the finder's kinds
	fields []foundField
}

type foundField struct {
	*schema.Field
	form form
}

func newFinder(at *replica.Replica) *finder {
	f := &finder{at: at, limit: maxFound, turn: make(chan struct{}, 1)}
	for _, k := range at.Schema.Kinds() {
		if found := newFoundKind(k); found != nil && len(f.kinds) < maxFoundKinds {
			found.number = uint8(len(f.kinds))
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
	return f.shelf.find(kinds, q, limit), nil
}

// forgetUnused drops what is kept when there was no search for long.
func (f *finder) forgetUnused(ctx context.Context) error {
	if err := f.lock(ctx); err != nil {
		return err
	}
	defer f.unlock()
	if f.shelf != nil && f.at.Now().Sub(f.used) >= unusedTime {
		f.forgetLocked()
	}
	return nil
}

func (f *finder) forgetLocked() { f.shelf, f.seen = nil, 0 }

// readAtOnce is how many records one transaction reads.
const readAtOnce = 500

// refresh brings what is read up to what is on the disk.
func (f *finder) refresh(ctx context.Context) error {
	if f.shelf != nil {
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
		f.shelf.remove(key)
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
	f.shelf, f.seen = newShelf(), 0
	f.shelf.texts = map[string]string{}
	defer f.shelf.filled()
	for _, k := range f.kinds {
		for from, more := change.RecordID(""), true; more; {
			err := f.at.Journal.View(func(tx *journal.Tx) (err error) {
				f.seen = cmp.Or(f.seen, tx.Number())
				defer tx.Rest()
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
	if rec.Void() || k.Personal && !f.at.Holds(ownerOf(rec)) {
		return nil
	}
	if f.shelf.size() >= f.limit {
		return fault.New(fault.Exhausted, "there are more than %d records, too many to search at once", f.limit).
			WithHint("use tongbu list with a filter")
	}
	f.shelf.add(k, rec)
	return nil
}
