package transfer

import (
	"context"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// piece is a record that goes along, as it stands at one moment.
type piece struct {
	kind  string
	id    change.RecordID
	spots []view.Spot // where its changes stand, refused ones too
}

// gathered is all that a move is about.
type gathered struct {
	pieces []piece
	lead   *merge.Record // the household or the person itself
	head   change.Value  // name of the member who is the head; null: nobody is
	others int           // of the household of a person, who stay
	upTo   uint64        // arrival that all of it is made of
}

// gather reads the record of a move and all that goes along with it: of a household its
// members, and of each of them what is about it. It returns NotFound.
func (k *Keeper) gather(ctx context.Context, m Move) (g gathered, err error) {
	err = k.cfg.Streams.View(func(tx *journal.Tx) error {
		g.upTo = tx.LastArrival()
		return nil
	})
	if err == nil {
		err = k.cfg.Await(ctx, g.upTo)
	}
	if err != nil {
		return g, fault.Wrap("wait for the view", err)
	}
	if g.lead, err = k.add(ctx, &g, m.Kind, m.Record); err != nil {
		return g, err
	}
	if g.lead == nil {
		return g, fault.New(fault.NotFound, "no such %s in the city", m.Kind)
	}
	if m.Kind == personKind {
		if g.others, err = k.othersAt(ctx, g.lead); err != nil {
			return g, err
		}
	}
	for at := 0; at < len(g.pieces); at++ {
		if err := k.addAbout(ctx, &g, g.pieces[at]); err != nil {
			return g, err
		}
	}
	return g, nil
}

// add adds one record; nil: the view does not have it.
func (k *Keeper) add(ctx context.Context, g *gathered, kind string, id change.RecordID) (*merge.Record, error) {
	at, err := k.cfg.View.Snapshot(ctx, kind, id)
	if err != nil || at.Record == nil {
		return nil, err
	}
	if at.Applied < g.upTo {
		return nil, fault.New(fault.Unavailable, "the view is made again").WithHint("try again when the city has caught up: tongbu status")
	}
	if kind == personKind && head[at.Record.Value("relation").Text()] {
		g.head = at.Record.Value("name")
	}
	g.pieces = append(g.pieces, piece{kind: kind, id: id, spots: at.Spots})
	return at.Record, nil
}

// addAbout adds what is about one record.
func (k *Keeper) addAbout(ctx context.Context, g *gathered, of piece) error {
	for _, kind := range k.cfg.View.Schema().Kinds() {
		field, is := kind.Field(kind.Moves())
		if !is || field.Ref != of.kind || kind.Sort == schema.Derived {
			continue
		}
		ids, err := k.naming(ctx, kind, field.Name, of.id, true)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if g.has(kind.Name, id) {
				continue
			}
			if _, err := k.add(ctx, g, kind.Name, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *gathered) has(kind string, id change.RecordID) bool {
	return slices.ContainsFunc(g.pieces, func(p piece) bool { return p.kind == kind && p.id == id })
}

// naming are the records of a kind whose field names one, void ones too where they are asked
// for.
func (k *Keeper) naming(ctx context.Context, kind *schema.Kind, field string, id change.RecordID, void bool) (ids []change.RecordID, err error) {
	where, err := filter.AllAmong(kind, filter.Among{Field: field, In: []change.Value{change.Text(string(id))}})
	if err != nil {
		return nil, err
	}
	q := view.Query{Kind: kind, Columns: []string{view.ColID}, Where: where, Scope: view.Scope{All: true}, Void: void}
	err = k.cfg.View.EachRow(ctx, q, func(_ context.Context, row view.Row) error {
		ids = append(ids, change.RecordID(row.Values[0].Text()))
		return nil
	})
	return ids, err
}

// othersAt counts who else is in the household of a person.
func (k *Keeper) othersAt(ctx context.Context, person *merge.Record) (int, error) {
	home := change.RecordID(person.Value("household").Text())
	kind, known := k.cfg.View.Schema().Kind(personKind)
	if home == "" || !known {
		return 0, nil
	}
	ids, err := k.naming(ctx, kind, "household", home, false)
	return len(slices.DeleteFunc(ids, func(id change.RecordID) bool { return id == person.ID() })), err
}
