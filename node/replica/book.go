package replica

import (
	"crypto/sha256"
	"fmt"

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
	book   *facts.Book
}

// Book is the book of derived rows by the schema of the moment and by what the city has
// published, as the transaction has it. It is the same one until either is another.
func (r *Replica) Book(tx *journal.Tx) (*facts.Book, error) {
	var all []facts.Entry
	of := sha256.New()
	now := r.Schema.Now()
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
			all = append(all, facts.Entry{Kind: kind, ID: rec.ID(), Values: k.Complete(rec.Values())})
			return nil
		})
		if err != nil {
			return nil, fault.Wrap("read what the city has published", err)
		}
	}
	sum := change.Hash(of.Sum(nil))
	if was := r.book.Load(); was != nil && was.schema == now && was.of == sum {
		return was.book, nil
	}
	made := &madeBook{now, sum, facts.NewBook(now, facts.Publish(all))}
	r.book.Store(made)
	return made.book, nil
}
