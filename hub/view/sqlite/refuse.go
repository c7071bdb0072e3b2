package sqlite

import (
	"cmp"
	"context"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// Fields of a refusal: the dot of the change it takes the effect from, and
// the record that change is of.
const (
	refusalStream = "stream"
	refusalCount  = "count"
	refusalKind   = "kind"
	refusalRecord = "record"
)

// applyRefusals merges the fresh refusals, so that the changes they name can
// be left out, and returns the records to build anew.
func (a *application) applyRefusals(ctx context.Context) (map[key]bool, error) {
	rebuild := map[key]bool{}
	for _, k := range a.order {
		if k.kind != kindRefusal {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := a.merge(k)
		if err != nil {
			return nil, err
		}
		if err := a.note(r, rebuild); err != nil {
			return nil, err
		}
	}
	_, err := a.w.get(`SELECT EXISTS (SELECT 1 FROM refused)`, nil, &a.refuses)
	return rebuild, err
}

// note replaces what the refusal refused by what it refuses now.
func (a *application) note(r *merge.Record, rebuild map[key]bool) error {
	var kind, id string
	found, err := a.w.get(`SELECT kind, id FROM refused WHERE refusal = ?`, []any{string(r.ID())}, &kind, &id)
	if err != nil {
		return err
	}
	if found {
		rebuild[key{kind: kind, id: change.RecordID(id)}] = true
	}
	if err := a.w.exec(`DELETE FROM refused WHERE refusal = ?`, string(r.ID())); err != nil {
		return err
	}
	k, dot, ok := refusedBy(r)
	if !ok {
		return nil
	}
	rebuild[k] = true
	return a.w.exec(`INSERT INTO refused (refusal, kind, id, stream, count) VALUES (?, ?, ?, ?, ?)`,
		string(r.ID()), k.kind, string(k.id), dot.Stream.String(), int64(dot.Count))
}

// refusedBy reads what a refusal refuses: nothing when it is void or does not
// name a change that can be refused.
func refusedBy(r *merge.Record) (key, change.Dot, bool) {
	stream, err := change.ParseStream(r.Value(refusalStream).Text())
	count := r.Value(refusalCount).Int()
	k := key{kind: r.Value(refusalKind).Text(), id: change.RecordID(r.Value(refusalRecord).Text())}
	ok := err == nil && count > 0 && !r.Void() && k.kind != "" && k.kind != kindRefusal && k.id != ""
	return k, change.Dot{Stream: stream, Count: uint64(count)}, ok
}

func (a *application) refusedOf(k key) (map[change.Dot]bool, error) {
	refused := map[change.Dot]bool{}
	err := a.w.each(`SELECT stream, count FROM refused WHERE kind = ? AND id = ?`, []any{k.kind, string(k.id)}, func(st *statement) error {
		var name string
		var count int64
		if err := st.scan(&name, &count); err != nil {
			return err
		}
		stream, err := change.ParseStream(name)
		if err != nil {
			return fault.As(fault.Damaged, "read a refusal of the view", err)
		}
		refused[change.Dot{Stream: stream, Count: uint64(count)}] = true
		return nil
	})
	return refused, err
}

// rebuild makes the record of all its changes but the refused ones. Without
// any other the record is as if it had never been, and its changes stand
// beside.
func (a *application) rebuild(k key) error {
	if _, known := a.kind(k); !known {
		return nil
	}
	refused, err := a.refusedOf(k)
	if err != nil {
		return err
	}
	no, spots, err := a.spots(k)
	if err != nil {
		return err
	}
	var changes []merge.Placed
	for _, at := range spots {
		in, c, err := a.changeAt(at)
		if err != nil {
			return err
		}
		if !refused[c.Dot(in)] {
			changes = append(changes, merge.Placed{Stream: in, Change: c})
		}
	}
	if len(changes) == 0 {
		return a.setAside(k, no, spots)
	}
	if err := a.w.exec(`DELETE FROM strays WHERE kind = ? AND id = ?`, k.kind, string(k.id)); err != nil {
		return err
	}
	r := merge.Build(k.kind, k.id, changes, refused)
	return a.save(r, no, &stored{spots: spots, form: formMerged, body: r.Encode()})
}

// spots lists where all changes of a record stand, in order, with the number
// of its row.
func (a *application) spots(k key) (no int64, spots []spot, err error) {
	no, have, err := a.load(k)
	if err != nil {
		return 0, nil, err
	}
	all, err := a.beside(k)
	if err != nil {
		return 0, nil, err
	}
	if have != nil {
		was, err := have.record(k, a.streamAt)
		if err != nil {
			return 0, nil, err
		}
		a.tally(was, view.BelongingOf(was), -1) // it is written anew or taken out
		spots = append(spots, have.spots...)
	}
	for at := range all {
		spots = append(spots, at)
	}
	for _, c := range a.fresh[k].all() {
		at, err := a.spotOf(c)
		if err != nil {
			return 0, nil, err
		}
		a.given[at] = c
		spots = append(spots, at)
	}
	slices.SortFunc(spots, func(x, y spot) int { return cmp.Or(cmp.Compare(x.stream, y.stream), cmp.Compare(x.seq, y.seq)) })
	return no, slices.Compact(spots), nil
}

func (a *application) setAside(k key, no int64, spots []spot) error {
	for _, at := range spots {
		if _, err := a.stray(k, at); err != nil {
			return err
		}
	}
	return a.remove(k, no)
}

// changeAt returns the change at the spot, from the journal unless it came
// with this call.
func (a *application) changeAt(at spot) (change.Stream, *change.Change, error) {
	if c, ok := a.given[at]; ok {
		return c.Stream, c.Change, nil
	}
	in, err := a.streamAt(at.stream)
	if err != nil {
		return in, nil, err
	}
	if a.view.opts.Fetch == nil {
		return in, nil, fault.New(fault.Internal, "the view has no journal to fetch a change from")
	}
	raw, err := a.view.opts.Fetch(in, uint64(at.seq))
	if err != nil {
		return in, nil, fault.Wrap("fetch a change from the journal", err)
	}
	c, err := change.Decode(raw)
	return in, c, err
}
