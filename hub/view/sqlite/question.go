package sqlite

import (
	"context"

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
func (t *Tables) Counts(ctx context.Context, k *schema.Kind, field string, all bool, units []change.UnitID, fn func([]byte, view.Cell, int64) error) error {
	text, args := "SELECT unit, value, n FROM "+countsOf(k)+" WHERE field = ?", []any{field}
	if !all {
		text, args = text+" AND unit IN (SELECT value FROM json_each(?))", append(args, list(units))
	}
	return t.ask(ctx, text, args, func(row *statement) error {
		n, _ := row.cell(2).Number()
		return fn(row.bytes(0), row.cell(1), n)
	})
}

// Find implements view.Tables. It is one statement, as that sees one moment:
// the first row is the record, then come the strays.
func (t *Tables) Find(ctx context.Context, kind string, id change.RecordID) (found view.Found, err error) {
	text, args := findStrays, []any{kind, string(id)}
	if texts, known := t.kinds[kind]; known {
		text, args = texts.find, []any{string(id), kind, string(id)}
	}
	err = t.ask(ctx, text, args, func(row *statement) error {
		var record bool
		var a, b int64
		if err := row.scan(&record, &a, &b); err != nil || !record {
			found.Strays = append(found.Strays, view.ShortSpot{Stream: a, Seq: b})
			return err
		}
		found.Applied = uint64(a)
		if raw := row.bytes(3); raw != nil {
			found.Stored = append([]byte{}, raw...)
		}
		return nil
	})
	return found, err
}

// findStrays are the rows of Find for a kind that has no tables.
const findStrays = `SELECT 1, value, 0, NULL FROM meta WHERE name = 'applied'` + andStrays

const andStrays = ` UNION ALL SELECT 0, stream, seq, NULL FROM strays WHERE kind = ? AND id = ?`

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

// Each implements view.Tables.
func (t *Tables) Each(ctx context.Context, k *schema.Kind, unit change.UnitID, path view.Path, fn func(string, []byte) error) error {
	text, args := `SELECT r.id, s.stored FROM `+tableOf(k)+` AS r JOIN `+storedOf(k)+` AS s ON s.no = r.no`, []any{}
	if unit != "" { // by its community it is found
		text, args = text+` WHERE r.unit = ? AND r.community = ?`, []any{string(unit), path.Tiers[3]}
	}
	return t.ask(ctx, text+` ORDER BY r.id`, args, func(row *statement) error {
		var id string
		if err := row.scan(&id); err != nil {
			return err
		}
		return fn(id, row.bytes(1))
	})
}
