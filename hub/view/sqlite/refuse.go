package sqlite

import (
	"context"
	"database/sql"

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
	var was key
	found, err := a.w.get(`SELECT kind, id FROM refused WHERE refusal = ?`, []any{string(r.ID())}, &was.kind, &was.id)
	if err != nil {
		return err
	}
	if found {
		rebuild[was] = true
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
	err := a.w.each(`SELECT stream, count FROM refused WHERE kind = ? AND id = ?`, []any{k.kind, string(k.id)}, func(rows *sql.Rows) error {
		var name string
		var count int64
		if err := rows.Scan(&name, &count); err != nil {
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
// any other the record is as if it had never been.
func (a *application) rebuild(k key) error {
	if _, known := a.kind(k); !known {
		return nil
	}
	refused, err := a.refusedOf(k)
	if err != nil {
		return err
	}
	places, err := a.places(k)
	if err != nil {
		return err
	}
	var changes []merge.Placed
	for _, p := range places {
		c, err := a.changeAt(p)
		if err != nil {
			return err
		}
		if !refused[c.Dot(p.Stream)] {
			changes = append(changes, merge.Placed{Stream: p.Stream, Change: c})
		}
	}
	if len(changes) == 0 {
		return a.remove(k)
	}
	return a.save(merge.Build(k.kind, k.id, changes, refused))
}

func (a *application) places(k key) ([]view.Place, error) {
	var places []view.Place
	err := a.w.each(selectPlaces, []any{k.kind, string(k.id)}, func(rows *sql.Rows) error {
		p, err := scanPlace(rows)
		places = append(places, p)
		return err
	})
	return places, err
}

// changeAt returns the change at the place, from the journal unless it came
// with this call.
func (a *application) changeAt(p view.Place) (*change.Change, error) {
	if c, ok := a.given[p]; ok {
		return c, nil
	}
	if a.view.opts.Fetch == nil {
		return nil, fault.New(fault.Internal, "the view has no journal to fetch a change from")
	}
	raw, err := a.view.opts.Fetch(p.Stream, p.Seq)
	if err != nil {
		return nil, fault.Wrap("fetch a change from the journal", err)
	}
	return change.Decode(raw)
}
