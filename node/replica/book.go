package replica

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// madeBook is the book of derived rows that was made last, and of what.
type madeBook struct {
	schema *schema.Schema
	of     change.Hash // of the records that the city has published rules by
	number int         // of the transaction before the one that had them
	book   *facts.Book
}

// holds reports whether nothing of what the book is made of was written since, as far as
// a transaction shows.
func (m *madeBook) holds(r *Replica, tx *journal.Tx) bool {
	if m == nil || m.schema != r.Schema.Now() || tx.Number() <= m.number {
		return false
	}
	keys, known := r.Records.TouchedSince(m.number)
	return known && !slices.ContainsFunc(keys, func(k records.Key) bool { return slices.Contains(facts.PublishedKinds(), k.Kind) })
}

// Book is the book of derived rows by the schema of the moment and by what the city has
// published, as the transaction has it. It is the same one until either is another.
func (r *Replica) Book(tx *journal.Tx) (*facts.Book, error) {
	was := r.book.Load()
	if was.holds(r, tx) {
		return was.book, nil
	}
	now, of := r.Schema.Now(), sha256.New()
	all, err := r.publishedRules(tx, now, of)
	if err != nil {
		return nil, fault.Wrap("read what the city has published", err)
	}
	made := &madeBook{schema: now, of: change.Hash(of.Sum(nil)), number: tx.Number() - 1}
	if was != nil && was.schema == now && was.of == made.of {
		made.book = was.book
	} else {
		made.book = facts.NewBook(now, facts.Publish(all))
	}
	r.book.Store(made)
	return made.book, nil
}

// publishedRules are the valid records by which the city has published rules; a hash is
// told of them.
func (r *Replica) publishedRules(tx *journal.Tx, now *schema.Schema, of io.Writer) (all []facts.Entry, err error) {
	for _, kind := range facts.PublishedKinds() {
		k, known := now.Kind(kind)
		if !known {
			continue
		}
		err := r.Records.Each(tx, kind, "", func(rec *merge.Record) error {
			if by := change.UnitID(records.ValueOf(rec, "unit").Text()); rec.Void() || by != r.Place.RootUnit {
				return nil
			}
			_, _ = fmt.Fprintf(of, "%s %s %x\n", kind, rec.ID(), rec.Encode()) // a hash takes all
			all = append(all, facts.EntryOf(k, rec.ID(), facts.Values(rec.Values())))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
