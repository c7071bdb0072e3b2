package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"tongbu/hub/view"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// Names in meta.
const (
	metaIdentity = "identity" // layout, schema and journal the file was made for
	metaTree     = "tree"     // the tree of which the columns of the tiers are
	metaApplied  = "applied"  // watermark
	metaSkipped  = "skipped"  // changes noted and not applied
	metaSettled  = "settled"  // 1: the indexes are made
)

const setMeta = `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

// identity says what the file must have been made for to be of use. The
// city's unit is part of it, as it decides which refusals count.
func (v *View) identity() string {
	return fmt.Sprintf("%d/%s/%q/%q", format, view.Shape(v.schema), v.opts.City, v.opts.Source)
}

// identity reads what the file was made for, "" for an empty file.
func (f *file) identity() (have string, err error) {
	var n int64
	if _, err := f.writer.get(`SELECT count(*) FROM sqlite_schema WHERE name = 'meta'`, nil, &n); err != nil || n == 0 {
		return "", err
	}
	_, err = f.writer.get(`SELECT value FROM meta WHERE name = ?`, []any{metaIdentity}, &have)
	return have, err
}

func (w *writer) setIdentity(identity, treeSum string) error {
	for name, value := range map[string]any{metaIdentity: identity, metaTree: treeSum, metaApplied: 0, metaSkipped: 0, metaSettled: 0} {
		if err := w.exec(setMeta, name, value); err != nil {
			return err
		}
	}
	return nil
}

// raise lifts the watermark to upTo and adds to the count of skipped changes.
func (w *writer) raise(upTo uint64, skipped int) error {
	if upTo > 1<<62 {
		return fault.New(fault.Invalid, "arrival %d is out of range", upTo)
	}
	if err := w.exec(`UPDATE meta SET value = max(value, ?) WHERE name = ?`, int64(upTo), metaApplied); err != nil {
		return err
	}
	if skipped == 0 {
		return nil
	}
	return w.exec(`UPDATE meta SET value = value + ? WHERE name = ?`, skipped, metaSkipped)
}

// Settle implements view.Keeper: it makes the indexes.
func (v *View) Settle(ctx context.Context) error {
	return fault.Wrap("make the indexes of the view", v.settle(ctx, 1, func(x index) string { return "CREATE INDEX " + x.name + " ON " + x.on }))
}

// Unsettle implements view.Keeper: it drops them.
func (v *View) Unsettle(ctx context.Context) error {
	return fault.Wrap("drop the indexes of the view", v.settle(ctx, 0, func(x index) string { return "DROP INDEX " + x.name }))
}

// Settled implements view.Keeper.
func (v *View) Settled(ctx context.Context) (bool, error) {
	state, err := v.number(ctx, metaSettled)
	return state == 1, err
}

// settle brings the view to a state, 1 with indexes, by a statement for each.
func (v *View) settle(ctx context.Context, state uint64, statement func(index) string) error {
	now, err := v.number(ctx, metaSettled)
	if err != nil || now == state {
		return err
	}
	return v.update(ctx, func(w *writer) error {
		for _, x := range indexes(v.schema) {
			if err := ctx.Err(); err != nil {
				return fault.Wrap("change the indexes of the view", err)
			}
			if err := w.session.run(statement(x)); err != nil {
				return err
			}
		}
		return w.exec(setMeta, metaSettled, int64(state))
	})
}

// Applied implements view.Keeper.
func (v *View) Applied(ctx context.Context) (uint64, error) { return v.number(ctx, metaApplied) }

// Skipped implements view.Keeper.
func (v *View) Skipped(ctx context.Context) (uint64, error) { return v.number(ctx, metaSkipped) }

func (v *View) number(ctx context.Context, name string) (uint64, error) {
	var n int64
	err := v.ask(ctx, `SELECT value FROM meta WHERE name = ?`, []any{name}, func(row *statement) error { return row.scan(&n) })
	return uint64(n), err
}

// treeSum is a hash of what the columns of the tiers are made from.
func treeSum(t *tree.Tree) string {
	if t == nil {
		return ""
	}
	units := t.Units(t.Root().ID)
	for i := range units {
		units[i].Name = "" // not in any column
	}
	raw, err := json.Marshal(units)
	if err != nil {
		return "" // strings and numbers only: cannot happen
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
