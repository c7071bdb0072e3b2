package pairs

import (
	"context"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/duplicates"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
)

// Found is what came of looking for pairs.
type Found struct {
	Searched int `json:"searched"` // persons
	Pairs    int `json:"pairs"`    // that are alike, of different communities
	Opened   int `json:"opened"`   // cases, for the first time or again
	Ended    int `json:"ended"`    // cases whose records are alike no more, or of which one is void
}

// Search looks for pairs among all persons, and says only what it would do when it is dry.
// It returns what the view and the journal do.
func (k *Keeper) Search(ctx context.Context, dry bool) (found Found, err error) {
	done, err := k.turn.Take(ctx, "wait for another search")
	if err != nil {
		return found, err
	}
	defer done()
	if err := k.await(ctx); err != nil {
		return found, err
	}
	k.mu.Lock()
	k.seen = newTable() // from here on it is told of whoever comes
	k.mu.Unlock()
	suspects, n, err := k.readAll(ctx)
	if err != nil {
		return found, fault.Wrap("read all persons", err)
	}
	if found, err = k.lookAt(ctx, suspects, dry); err != nil {
		return found, err
	}
	found.Searched = n
	k.mu.Lock()
	k.whole = true
	k.mu.Unlock()
	k.cfg.Log.Info("all persons were searched for duplicates", "persons", n, "pairs", found.Pairs, "opened", found.Opened, "ended", found.Ended)
	return found, nil
}

// readAll reads all persons into the table. The suspects are those of whom another may have
// the number or the name, and all of whom there is a case.
func (k *Keeper) readAll(ctx context.Context) (suspects []change.RecordID, n int, err error) {
	q, err := k.personQuery()
	if err != nil {
		return nil, 0, err
	}
	err = k.cfg.View.EachRow(ctx, q, func(_ context.Context, row view.Row) error {
		n++
		id := change.RecordID(row.Values[0].Text())
		keys := duplicates.KeysOf(valuesIn(row))
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.seen.put(id, keys) {
			suspects = append(suspects, id)
		}
		return nil
	})
	if err != nil {
		return nil, n, err
	}
	cases, err := k.read()
	for _, c := range cases {
		for _, s := range c.Sides {
			suspects = append(suspects, s.Person)
		}
	}
	return suspects, n, err
}

// personQuery asks for the persons that are valid.
func (k *Keeper) personQuery(where ...filter.Among) (q view.Query, err error) {
	kind, known := k.cfg.View.Schema().Kind(personKind)
	if !known {
		return q, fault.New(fault.Unsupported, "the schema knows no persons")
	}
	q = view.Query{Kind: kind, Columns: append([]string{view.ColID}, duplicates.Fields...), Scope: view.Scope{All: true}, Limit: mostAlike}
	if len(where) > 0 {
		q.Where, err = filter.AllAmong(kind, where...)
	}
	return q, err
}

// mostAlike is how many persons of one number or name are looked at.
const mostAlike = 2000

func personIn(row view.Row) duplicates.Person {
	return duplicates.PersonOf(change.RecordID(row.Values[0].Text()), valuesIn(row))
}

func valuesIn(row view.Row) func(field string) change.Value {
	return func(field string) change.Value { return row.Values[1+slices.Index(duplicates.Fields, field)] }
}
