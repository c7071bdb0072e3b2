package replica

import (
	"context"
	"encoding/binary"
	"slices"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// heardTable counts how often what the city has published of the schema has changed
// here, so that nobody reads it to find that it has not.
const heardTable = "station.publications"

var heardKey = []byte("count")

// TouchSchema says in a transaction that a publication was written or applied.
func TouchSchema(tx *journal.Tx) error {
	n, err := heardCount(tx)
	if err != nil {
		return err
	}
	return tx.Table(heardTable).Put(heardKey, binary.BigEndian.AppendUint64(nil, n+1))
}

func heardCount(tx *journal.Tx) (uint64, error) {
	raw, err := tx.Table(heardTable).Get(heardKey)
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

// hearing is what was heard of the schema.
type hearing struct {
	of    *schema.Schema // the program's own
	count uint64         // when it was read
	read  bool
	all   []schema.Heard
}

// HeardNow is what was heard of the schema at one moment.
type HeardNow struct {
	Schema *schema.Schema
	All    []schema.Heard
	count  uint64
}

// HeardNow returns the schema with what it is made of.
func (r *Replica) HeardNow() HeardNow {
	r.hearingMu.Lock()
	defer r.hearingMu.Unlock()
	return HeardNow{Schema: r.Schema.Now(), All: slices.Clone(r.hearing.all), count: r.hearing.count}
}

// IsHeard reports whether a transaction has the publications that were heard at a
// moment, and no others.
func (r *Replica) IsHeard(tx *journal.Tx, at HeardNow) (bool, error) {
	count, err := heardCount(tx)
	return count == at.count, err
}

// hear makes the schema that of the publications which are here, where they are others
// than before. It reports whether it has changed.
func (r *Replica) hear(tx *journal.Tx) (changed bool, err error) {
	r.hearingMu.Lock()
	defer r.hearingMu.Unlock()
	count, err := heardCount(tx)
	if err != nil || r.hearing.read && count == r.hearing.count {
		return false, err
	}
	var all []schema.Publication
	err = r.Records.Each(tx, system.PublicationKind, "", func(rec *merge.Record) error {
		if p, ok := system.PublicationFrom(rec); ok {
			all = append(all, schema.Publication{Number: p.Number, ID: string(rec.ID()), On: p.On, Document: []byte(p.Document), Withdraws: p.Withdraws, Reason: p.Reason})
		}
		return nil
	})
	if err != nil {
		return false, fault.Wrap("read what the city has published", err)
	}
	changed = !sameHeard(r.hearing.all, all)
	if changed || !r.hearing.read {
		next, heard := r.hearing.of.Hear(all)
		r.Schema.Set(next)
		r.hearing.all = heard
		r.logHeard(heard)
	}
	r.hearing.count, r.hearing.read = count, true
	return changed, nil
}

// sameHeard reports whether the publications are those that were heard before.
func sameHeard(heard []schema.Heard, all []schema.Publication) bool {
	if len(heard) != len(all) {
		return false
	}
	numbers := map[string]uint64{}
	for _, h := range heard {
		numbers[h.ID] = h.Number
	}
	return !slices.ContainsFunc(all, func(p schema.Publication) bool {
		was, known := numbers[p.ID]
		return !known || was != p.Number
	})
}

func (r *Replica) logHeard(heard []schema.Heard) {
	for _, h := range heard {
		if h.Problems != nil {
			r.Log.Warn("a publication of the city is left out", "number", h.Number, "rule", h.Problems[0].Rule, "reason", h.Problems[0].Message)
		}
	}
}

// keepIndexes makes the indexes of the records again when the schema has others, while
// the records go on to change. Until then lists do without.
func (r *Replica) keepIndexes(ctx context.Context) error {
	for {
		changed := r.news.next()
		if err := r.reindex(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

func (r *Replica) reindex(ctx context.Context) error {
	s := r.Schema.Now()
	if r.Records.IsIndexed(s) {
		return nil
	}
	err := r.Journal.Update(ctx, func(tx *journal.Tx) error {
		raw, err := tx.Table(kindsTable).Get(kindsKey)
		if err == nil {
			err = r.Records.Reindex(tx, s)
		}
		if err != nil {
			return err
		}
		return r.putIndexShape(tx, string(raw))
	})
	if err == nil {
		err = r.buildIndexes(ctx)
	}
	return r.orWithout(err)
}
