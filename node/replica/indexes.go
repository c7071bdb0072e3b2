package replica

import (
	"context"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// indexWord separates the kinds that are kept from the shape of the indexes. A
// program that keeps no indexes reads the whole as other kinds than its own and
// writes its own without the word: so this one knows that the indexes are stale.
const indexWord = "\nindex "

// sameIndexes makes the indexes of the records when this build keeps others
// than the one that had the directory before, or when that was not finished.
func (r *Replica) sameIndexes(ctx context.Context) error {
	kept, ready, err := r.readIndexState()
	if err != nil || ready {
		return r.orWithout(err)
	}
	if err := r.startIndexes(ctx, kept); err != nil {
		return r.orWithout(err)
	}
	return r.orWithout(r.buildIndexes(ctx))
}

// RemakeIndexes makes the indexes from the records, which go on to change:
// those there are were found wrong. Until then lists do without.
func (r *Replica) RemakeIndexes(ctx context.Context) error {
	if err := r.Journal.Update(ctx, r.Records.StartIndex); err != nil {
		return fault.Wrap("make the indexes", err)
	}
	return r.orWithout(r.buildIndexes(ctx))
}

// buildIndexes works in short transactions: one over a large directory would
// last too long.
func (r *Replica) buildIndexes(ctx context.Context) error {
	for ready := false; !ready; {
		err := r.Journal.Update(ctx, func(tx *journal.Tx) (err error) {
			ready, err = r.Records.BuildIndex(tx)
			return err
		})
		if err != nil {
			return fault.Wrap("make the indexes", err)
		}
	}
	return nil
}

// orWithout has lists do without indexes where there is no room for them, or
// where a state cannot be read.
func (r *Replica) orWithout(err error) error {
	if kind := fault.Of(err); kind == fault.Full || kind == fault.Damaged {
		r.Log.Warn("the indexes could not be made; lists read all records until the next start", "kind", kind.String())
		return nil
	}
	return err
}

// readIndexState returns the entry of kindsTable, and whether the indexes of this
// program are ready.
func (r *Replica) readIndexState() (word string, ready bool, err error) {
	err = r.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(kindsTable).Get(kindsKey)
		if err != nil {
			return err
		}
		word = string(raw)
		if _, shape, _ := strings.Cut(word, indexWord); shape == r.Records.Shape() {
			ready, err = r.Records.IndexReady(tx)
		}
		return err
	})
	return word, ready, fault.Wrap("read which indexes are kept", err)
}

// putIndexShape notes of which shape the indexes are that were begun.
func (r *Replica) putIndexShape(tx *journal.Tx, word string) error {
	kept, _, _ := strings.Cut(word, indexWord)
	return tx.Table(kindsTable).Put(kindsKey, []byte(kept+indexWord+r.Records.Shape()))
}

// startIndexes begins with empty indexes, unless this shape was begun already.
func (r *Replica) startIndexes(ctx context.Context, word string) error {
	_, shape, _ := strings.Cut(word, indexWord)
	return r.Journal.Update(ctx, func(tx *journal.Tx) error {
		begun, err := r.Records.IndexBegun(tx)
		if err != nil || begun && shape == r.Records.Shape() {
			return err
		}
		if err := r.Records.StartIndex(tx); err != nil {
			return err
		}
		return r.putIndexShape(tx, word)
	})
}
