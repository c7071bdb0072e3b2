package sqlite

import (
	"context"
	"database/sql"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

const selectPlaces = `SELECT s.name, p.seq FROM placed AS p JOIN streams AS s ON s.no = p.stream
WHERE p.kind = ? AND p.id = ? ORDER BY s.name, p.seq`

// Record implements view.Reader.
func (v *View) Record(ctx context.Context, kind string, id change.RecordID) (*merge.Record, error) {
	var state []byte
	err := v.ask(ctx, `SELECT state FROM records WHERE kind = ? AND id = ?`, []any{kind, string(id)},
		func(rows *sql.Rows) error { return rows.Scan(&state) })
	if err != nil {
		return nil, err
	}
	if state == nil {
		return nil, fault.New(fault.NotFound, "no such record")
	}
	return decodeState(state)
}

// Places implements view.Reader.
func (v *View) Places(ctx context.Context, kind string, id change.RecordID) ([]view.Place, error) {
	var places []view.Place
	err := v.ask(ctx, selectPlaces, []any{kind, string(id)}, func(rows *sql.Rows) error {
		p, err := scanPlace(rows)
		places = append(places, p)
		return err
	})
	return places, err
}

func scanPlace(rows *sql.Rows) (view.Place, error) {
	var name string
	var seq int64
	if err := rows.Scan(&name, &seq); err != nil {
		return view.Place{}, err
	}
	stream, err := change.ParseStream(name)
	if err != nil {
		return view.Place{}, fault.As(fault.Damaged, "read a place of the view", err)
	}
	return view.Place{Stream: stream, Seq: uint64(seq)}, nil
}

// Digest implements view.Reader.
func (v *View) Digest(ctx context.Context, unit change.UnitID) (change.Hash, error) {
	text, args := `SELECT kind, id, state FROM records ORDER BY kind, id`, []any{}
	if unit != "" {
		text, args = `SELECT kind, id, state FROM records WHERE unit = ? ORDER BY kind, id`, []any{string(unit)}
	}
	digest := merge.NewDigest()
	err := v.ask(ctx, text, args, func(rows *sql.Rows) error {
		var kind, id string
		var state sql.RawBytes
		if err := rows.Scan(&kind, &id, &state); err != nil {
			return err
		}
		return digest.Add(kind, change.RecordID(id), state)
	})
	return digest.Sum(), err
}
