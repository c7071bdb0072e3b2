package sqlite

import (
	"context"
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Select implements view.Tables.
func (t *Tables) Select(ctx context.Context, s *view.Selection, fn func([]view.Cell) error) error {
	text, args := textOf(s)
	ask, n := t.ask, len(s.Columns)
	if s.Counted {
		n++
	}
	if s.Named {
		n++
	}
	switch {
	case s.Total:
		n = 1
	case s.Limit <= 0:
		ask = t.askLong
	}
	cells := make([]view.Cell, n)
	return ask(ctx, text, args, func(row *statement) error {
		for i := range cells {
			cells[i] = row.cell(int32(i))
		}
		return fn(cells)
	})
}

// Counts implements view.Tables.
func (t *Tables) Counts(ctx context.Context, k *schema.Kind, field string, fn func([]byte, view.Cell, int64) error) error {
	return t.ask(ctx, "SELECT unit, value, n FROM "+countsOf(k)+" WHERE field = ?", []any{field}, func(row *statement) error {
		n, _ := row.cell(2).Number()
		return fn(row.bytes(0), row.cell(1), n)
	})
}

// Find implements view.Tables. It is one statement, as that sees one moment.
func (t *Tables) Find(ctx context.Context, kind string, id change.RecordID) (found view.Found, err error) {
	text, args := findStrays, []any{kind, string(id)}
	if texts, known := t.kinds[kind]; known {
		text, args = texts.find, []any{view.IDKey(id), kind, string(id)}
	}
	found.ID = id
	err = t.ask(ctx, text, args, func(row *statement) error {
		var part, a, b int64
		if err := row.scan(&part, &a, &b); err != nil {
			return err
		}
		switch part {
		case partStray:
			found.Strays = append(found.Strays, view.ShortSpot{Stream: a, Seq: b})
		case partWatermark:
			found.Applied = uint64(a)
		default:
			found.Held = row.held(3, id, t.kinds[kind].columns)
		}
		return nil
	})
	return found, err
}

// Parts of what Find reads, beside the record.
const (
	partStray     = 0
	partWatermark = 2
)

// Streams implements view.Tables.
func (t *Tables) Streams(ctx context.Context, numbers ...int64) (map[int64]change.Stream, error) {
	names := map[int64]change.Stream{}
	text, args := streamsText(numbers)
	err := t.ask(ctx, text, args, func(row *statement) error { return nameStream(row, names) })
	return names, err
}

func streamsText(numbers []int64) (text string, args []any) {
	if len(numbers) == 0 {
		return `SELECT no, name FROM streams`, nil
	}
	return `SELECT no, name FROM streams WHERE no IN (SELECT value FROM json_each(?))`, []any{list(numbers)}
}

// nameStream reads a row of streams.
func nameStream(row *statement, names map[int64]change.Stream) error {
	var no int64
	var name string
	if err := row.scan(&no, &name); err != nil {
		return err
	}
	s, err := change.ParseStream(name)
	if err != nil {
		return fault.As(fault.Damaged, "read a stream of the view", err)
	}
	names[no] = s
	return nil
}

// Each implements view.Tables. Only the ids are put in order, for rows of forty
// columns would be sorted in memory.
func (t *Tables) Each(ctx context.Context, k *schema.Kind, unit change.UnitID, fn func(view.Held) error) error {
	keys, args := "SELECT i.no AS no, "+idText+"(i.id) AS name FROM "+tableOf(k)+" AS i", []any{}
	if unit != "" {
		within, bounds := ofOne(k, "i", unit)
		if given, more := ofMoved("i", unit); k.Personal {
			bounds, within = append(bounds, more...), within+" UNION ALL "+keys+" WHERE "+given
		}
		keys, args = keys+" WHERE "+within, bounds
	}
	sorted := "(SELECT no, name FROM (" + keys + ") ORDER BY name LIMIT -1) AS o"
	text := strings.Replace(heldText(k), " FROM ", " FROM "+sorted+" CROSS JOIN ", 1) + " WHERE r.no = o.no"
	return t.ask(ctx, text, args, t.eachHeld(k, fn))
}

// Gather implements view.Tables.
func (t *Tables) Gather(ctx context.Context, k *schema.Kind, unit change.UnitID, fn func(view.Held) error) error {
	where, args := ofOne(k, "r", unit)
	err := t.ask(ctx, t.kinds[k.Name].held+" WHERE "+where, args, t.eachHeld(k, fn))
	if err != nil || !k.Personal {
		return err
	}
	where, args = ofMoved("r", unit)
	return t.ask(ctx, t.kinds[k.Name].held+" WHERE "+where, args, t.eachHeld(k, fn))
}

// eachHeld reads the rows of heldText.
func (t *Tables) eachHeld(k *schema.Kind, fn func(view.Held) error) func(*statement) error {
	columns := t.kinds[k.Name].columns
	return func(row *statement) error {
		id, ok := view.IDOf(row.bytes(1))
		if !ok {
			return errKey()
		}
		return fn(row.held(0, id, columns))
	}
}

// EachStored implements view.Tables.
func (t *Tables) EachStored(ctx context.Context, k *schema.Kind, fn func(view.Held) error) error {
	text := strings.Replace(heldText(k), tableOf(k)+" AS r LEFT JOIN "+storedOf(k)+" AS s", storedOf(k)+" AS s CROSS JOIN "+tableOf(k)+" AS r", 1)
	return t.askLong(ctx, text, nil, t.eachHeld(k, fn))
}

// Strayed implements view.Tables.
func (t *Tables) Strayed(ctx context.Context, kind string) (found bool, err error) {
	err = t.ask(ctx, "SELECT 1 FROM strays WHERE kind = ? LIMIT 1", []any{kind}, func(*statement) error {
		found = true
		return nil
	})
	return found, err
}

func errKey() error {
	return fault.New(fault.Damaged, "a record of the view has no id")
}
