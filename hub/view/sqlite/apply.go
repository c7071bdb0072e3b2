package sqlite

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// kindRefusal is the kind whose records take the effect from changes. A
// refusal is taken back by voiding it; it cannot be refused itself.
const kindRefusal = "refusal"

// Apply implements view.Keeper.
func (v *View) Apply(ctx context.Context, changes []view.Change, upTo uint64) error {
	err := v.update(ctx, func(w *writer) error {
		a := application{
			view: v, w: w,
			streams: map[change.Stream]int64{}, paths: map[change.UnitID]view.Path{},
			fresh: map[key][]merge.Placed{}, given: map[view.Place]*change.Change{},
		}
		return a.run(ctx, changes, upTo)
	})
	return fault.Wrap("apply changes to the view", err)
}

// key names a record.
type key struct {
	kind string
	id   change.RecordID
}

// application is the work of one Apply, in one transaction.
type application struct {
	view    *View
	w       *writer
	streams map[change.Stream]int64 // numbers of the streams met
	paths   map[change.UnitID]view.Path
	fresh   map[key][]merge.Placed // changes the view does not have yet
	order   []key                  // of fresh, as met
	given   map[view.Place]*change.Change
	refuses bool // some change is refused, so each record has to be looked up
	skipped int
}

func (a *application) run(ctx context.Context, changes []view.Change, upTo uint64) error {
	for i := range changes {
		if err := a.place(&changes[i]); err != nil {
			return err
		}
	}
	rebuild, err := a.applyRefusals(ctx)
	if err != nil {
		return err
	}
	for _, k := range a.order {
		if err := a.applyTo(ctx, k, rebuild[k]); err != nil {
			return err
		}
		delete(rebuild, k)
	}
	for k := range rebuild {
		if err := a.rebuild(k); err != nil {
			return err
		}
	}
	return a.w.raise(upTo, a.skipped)
}

// place notes where the change stands. One noted before is in the record's
// state already, as both are written in one transaction.
func (a *application) place(c *view.Change) error {
	stream, err := a.streamNo(c.Stream)
	if err != nil {
		return err
	}
	n, err := a.w.count(`INSERT OR IGNORE INTO placed (kind, id, stream, seq) VALUES (?, ?, ?, ?)`,
		c.Change.Kind, string(c.Change.Record), stream, int64(c.Seq))
	if err != nil || n == 0 {
		return err
	}
	if !a.counts(c) {
		a.skipped++
		return nil
	}
	k := key{kind: c.Change.Kind, id: c.Change.Record}
	if _, met := a.fresh[k]; !met {
		a.order = append(a.order, k)
	}
	a.fresh[k] = append(a.fresh[k], merge.Placed{Stream: c.Stream, Change: c.Change})
	a.given[view.Place{Stream: c.Stream, Seq: c.Seq}] = c.Change
	return nil
}

// counts reports whether the change has an effect: its kind is known, and a
// refusal is the city's own.
func (a *application) counts(c *view.Change) bool {
	if c.Change.Kind == kindRefusal && (a.view.opts.City == "" || c.Author != a.view.opts.City) {
		return false
	}
	_, known := a.view.schema.Kind(c.Change.Kind)
	return known
}

func (a *application) streamNo(s change.Stream) (int64, error) {
	if no, ok := a.streams[s]; ok {
		return no, nil
	}
	name := s.String()
	if err := a.w.exec(`INSERT OR IGNORE INTO streams (name) VALUES (?)`, name); err != nil {
		return 0, err
	}
	var no int64
	_, err := a.w.get(`SELECT no FROM streams WHERE name = ?`, []any{name}, &no)
	a.streams[s] = no
	return no, err
}

// applyTo brings the fresh changes into one record.
func (a *application) applyTo(ctx context.Context, k key, anew bool) error {
	if err := ctx.Err(); err != nil || k.kind == kindRefusal {
		return err
	}
	if !anew && a.refuses {
		refused, err := a.refusedOf(k)
		if err != nil {
			return err
		}
		anew = len(refused) > 0
	}
	if anew {
		return a.rebuild(k)
	}
	_, err := a.merge(k)
	return err
}

// merge applies the fresh changes of the record to its state.
func (a *application) merge(k key) (*merge.Record, error) {
	r, err := a.load(k)
	if err != nil {
		return nil, err
	}
	changed := false
	for _, p := range a.fresh[k] {
		changed = r.Apply(p.Stream, p.Change) || changed
	}
	if !changed {
		return r, nil
	}
	return r, a.save(r)
}

// load reads the record's state, an empty one when there is none.
func (a *application) load(k key) (*merge.Record, error) {
	var state []byte
	found, err := a.w.get(`SELECT state FROM records WHERE kind = ? AND id = ?`, []any{k.kind, string(k.id)}, &state)
	if err != nil {
		return nil, err
	}
	if !found {
		return merge.New(k.kind, k.id), nil
	}
	return decodeState(state)
}

func (a *application) kind(k key) (*schema.Kind, bool) { return a.view.schema.Kind(k.kind) }

func decodeState(state []byte) (*merge.Record, error) {
	r, err := merge.Decode(state)
	if err != nil {
		return nil, fault.As(fault.Damaged, "read a record of the view", err)
	}
	return r, nil
}
