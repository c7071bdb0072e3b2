package replica

import (
	"context"
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// kindsTable holds the kinds whose records are kept here. A later program knows
// more kinds than the one that stored what is in the journal, which kept no
// records of a kind that it did not know.
const kindsTable = "station.kinds"

var kindsKey = []byte("kept")

// sameKinds rebuilds the records when this program keeps other kinds than the one
// that had the directory before.
func (r *Replica) sameKinds(ctx context.Context) error {
	now := r.keptKinds()
	var before []byte
	err := r.Journal.View(func(tx *journal.Tx) (err error) {
		before, err = tx.Table(kindsTable).Get(kindsKey)
		return err
	})
	kept, indexed, _ := strings.Cut(string(before), indexWord)
	if err != nil || kept == now {
		return fault.Wrap("read which kinds are kept", err)
	}
	err = r.Journal.Update(ctx, func(tx *journal.Tx) error {
		if err := (derived{r}).rebuildRecords(tx); err != nil {
			return err
		}
		return tx.Table(kindsTable).Put(kindsKey, []byte(now+indexWord+indexed))
	})
	return fault.Wrap("rebuild the records for other kinds", err)
}

// recordsForm is raised when records are made otherwise from the same changes: since
// 2, a word of the city may refuse a range of a stream, and what is refused is
// counted; since 3, a record is its maker's by its name; since 4, a hub keeps what is
// refused of the units below, to count it; since 5, what hubs say of where they are is
// kept beside the records; since 6, what the city publishes of the schema is kept under
// its own name; since 7, what programs may ask is, too; since 8, what the heir of a merged
// unit has written counts.
const recordsForm = " form 8"

func (r *Replica) keptKinds() string {
	if !r.cfg.Hub {
		return "*" + recordsForm
	}
	var names []string
	for _, k := range r.Schema.Kinds() {
		if r.keeps(k.Name) {
			names = append(names, k.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ") + recordsForm
}
