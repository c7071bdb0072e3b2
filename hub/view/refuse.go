package view

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// applyRefusals merges the fresh refusals before all else, so that the changes
// they name can be left out, and marks the records that are to be rebuilt. A
// refusal is never refused itself.
func (a *application) applyRefusals(ctx context.Context) error {
	w, fresh := a.byKind[system.RefusalKind]
	if !fresh {
		return nil
	}
	return a.mergeFirst(ctx, w, func(r *merge.Record) error {
		for _, bring := range []func(*merge.Record) error{a.refuse, a.applyRange, a.applyAlone} {
			if err := bring(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// mergeFirst merges the records of a kind of the city's words before all else, and calls
// fn for each.
func (a *application) mergeFirst(ctx context.Context, w *work, fn func(*merge.Record) error) error {
	for portion := range slices.Chunk(w.records, a.view.tables.Portion()) {
		if err := ctx.Err(); err != nil {
			return err
		}
		records := make([]*pending, len(portion))
		for i := range portion {
			records[i] = &portion[i]
		}
		b, err := a.lookBeside(w, portion)
		if err != nil {
			return err
		}
		b.refused = nil
		merged, err := a.mergeAll(w, records, b)
		if err != nil {
			return err
		}
		for _, r := range merged {
			if err := fn(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuse replaces what the refusal refused by what it refuses now.
func (a *application) refuse(r *merge.Record) error {
	var now *system.Refused
	if names, ok := system.RefusalFrom(r).Names(); ok {
		now, a.refusals = &names, true
	}
	before, err := a.tx.Refuse(r.ID(), now)
	if err != nil {
		return err
	}
	if before != nil && now != nil && *before == *now {
		return nil
	}
	a.rebuildLater(before)
	a.rebuildLater(now)
	return nil
}

// rebuildLater marks the record of a change that is refused now or no more.
func (a *application) rebuildLater(of *system.Refused) {
	if of == nil {
		return
	}
	if w := a.workOf(of.Kind, 0); w != nil {
		w.record(of.Record).rebuilt = true
	}
}

// rebuild makes the record of all its changes but the refused ones. Without
// any other the record is as if it had never been, and its changes are strays.
func (a *application) rebuild(w *work, k *keeping, was *merge.Record, out *writes) (*merge.Record, error) {
	if k.held.There() {
		w.count(was, a.homeWas(was), -1) // it is written again or taken out
	}
	fresh := map[ShortSpot]*Change{}
	spots := slices.Concat(k.stored.spots, k.strays)
	k.all(func(c *Change) {
		at := a.spotOf(c)
		fresh[at] = c
		spots = append(spots, at)
	})
	slices.SortFunc(spots, ShortSpot.compare)
	spots = slices.Compact(spots)
	refused := map[change.Dot]bool{}
	for _, dot := range k.refused {
		refused[dot] = true
	}
	var left []merge.Placed
	var kept []ShortSpot
	for _, at := range spots {
		p, err := a.changeAt(at, fresh)
		if err != nil {
			return nil, err
		}
		p.Change = p.Change.Named(k.id)
		byName := refused[p.Change.Dot(p.Stream)]
		ranged, err := a.isRanged(at)
		if err != nil {
			return nil, err
		}
		counts := !byName && !ranged
		if counts {
			if counts, err = a.countsStored(w.kind.Name, k.id, p, uint64(at.Seq)); err != nil {
				return nil, err
			}
		}
		if counts {
			left = append(left, p)
		}
		if !ranged || byName || p.Stream.Device == a.view.opts.Own {
			kept = append(kept, at)
		}
	}
	spots = kept
	r := merge.Build(w.kind.Name, k.id, left, refused)
	a.touch(was)
	a.touch(r)
	if len(left) == 0 {
		out.setAside(w.kind.Name, k, spots)
		return r, nil
	}
	if len(k.strays) > 0 {
		out.found = append(out.found, k.id)
	}
	out.put(k.held, r, a.home(r), spots)
	return r, nil
}

// setAside notes a record that has no change left.
func (o *writes) setAside(kind string, k *keeping, spots []ShortSpot) {
	for _, at := range spots {
		o.strays = append(o.strays, Stray{Kind: kind, ID: k.id, Spot: at})
	}
	if k.held.There() {
		o.removes = append(o.removes, k.held)
	}
}

// changeAt returns the change at the spot, from the journal unless it came
// with this call.
func (a *application) changeAt(at ShortSpot, fresh map[ShortSpot]*Change) (p merge.Placed, err error) {
	if c, ok := fresh[at]; ok {
		return merge.Placed{Stream: c.Stream, Change: c.Change}, nil
	}
	in, named := a.streams[at.Stream]
	if !named {
		return p, fault.New(fault.Damaged, "a stream of the view has no name")
	}
	if a.view.opts.Fetch == nil {
		return p, fault.New(fault.Internal, "the view has no journal to fetch a change from")
	}
	raw, err := a.view.opts.Fetch(in, uint64(at.Seq))
	if err != nil {
		return p, fault.Wrap("fetch a change from the journal", err)
	}
	c, err := change.Decode(raw)
	return merge.Placed{Stream: in, Change: c}, err
}
