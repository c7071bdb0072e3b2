package sqlite

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/fault"
)

// Names in meta.
const (
	metaIdentity = "identity" // layout, schema and journal the file was made for
	metaTree     = "tree"     // the tree of which the paths are
	metaApplied  = "applied"  // watermark
	metaSkipped  = "skipped"  // changes noted and not applied
	metaSettled  = "settled"  // 1: the indexes are made
	metaReviewed = "reviewed" // day of the findings
)

const (
	setMeta     = `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	getStanding = `SELECT (SELECT value FROM meta WHERE name = 'applied'), (SELECT value FROM meta WHERE name = 'skipped'),
		(SELECT value FROM meta WHERE name = 'settled'), (SELECT value FROM meta WHERE name = 'tree'), (SELECT value FROM meta WHERE name = 'reviewed'),
		EXISTS (SELECT 1 FROM strays), EXISTS (SELECT 1 FROM refused), EXISTS (SELECT 1 FROM ranges)`
)

// identity reads what the file was made for, "" for an empty file.
func (f *file) identity() (have string, err error) {
	var n int64
	if _, err := f.writer.get(`SELECT count(*) FROM sqlite_schema WHERE name = 'meta'`, nil, &n); err != nil || n == 0 {
		return "", err
	}
	_, err = f.writer.get(`SELECT value FROM meta WHERE name = ?`, []any{metaIdentity}, &have)
	return have, err
}

func (w *writer) setIdentity(identity string) error {
	for name, value := range map[string]any{metaIdentity: identity, metaTree: "", metaApplied: 0, metaSkipped: 0, metaSettled: 0, metaReviewed: ""} {
		if err := w.exec(setMeta, name, value); err != nil {
			return err
		}
	}
	return nil
}

func standingOf(row *statement) (s view.Standing, err error) {
	var applied, skipped int64
	err = row.scan(&applied, &skipped, &s.Settled, &s.Tree, &s.Reviewed, &s.Strays, &s.Refusals, &s.Ranges)
	s.Applied, s.Skipped = uint64(applied), uint64(skipped)
	return s, err
}

// Standing implements view.Tables.
func (t *Tables) Standing(ctx context.Context) (s view.Standing, err error) {
	err = t.ask(ctx, getStanding, nil, func(row *statement) error {
		s, err = standingOf(row)
		return err
	})
	return s, err
}

// Standing implements view.Tx.
func (x *tx) Standing() (s view.Standing, err error) {
	err = x.each(getStanding, nil, func(row *statement) error {
		s, err = standingOf(row)
		return err
	})
	return s, err
}

// Advance implements view.Tx.
func (x *tx) Advance(applied, skipped uint64) error {
	if err := x.exec(setMeta, metaApplied, int64(applied)); err != nil {
		return err
	}
	return x.exec(setMeta, metaSkipped, int64(skipped))
}

// Reviewed implements view.Tx.
func (x *tx) Reviewed(day string) error { return x.exec(setMeta, metaReviewed, day) }

// Identify implements view.Tx.
func (x *tx) Identify(identity string) error { return x.exec(setMeta, metaIdentity, formed(identity)) }

// Settle implements view.Tables: it makes the indexes or drops them.
func (t *Tables) Settle(ctx context.Context, settled bool) error {
	return t.transact(ctx, func(w *writer) error {
		for _, i := range indexes(t.schema) {
			if err := ctx.Err(); err != nil {
				return fault.Wrap("change the indexes of the view", err)
			}
			text := "DROP INDEX IF EXISTS " + i.name
			if settled {
				text = i.text()
			}
			if err := w.session.run(text); err != nil {
				return err
			}
		}
		return w.exec(setMeta, metaSettled, settled)
	})
}
