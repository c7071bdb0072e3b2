package sqlite

import (
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

const saveState = `INSERT INTO records (kind, id, unit, state) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET unit = excluded.unit, state = excluded.state`

// save writes the record's state and its row.
func (a *application) save(r *merge.Record) error {
	s, ok := a.view.savers[r.Kind()]
	if !ok {
		return fault.New(fault.Internal, "a record of an unknown kind reached the view's tables")
	}
	home := view.BelongingOf(r)
	if err := a.w.exec(saveState, r.Kind(), string(r.ID()), string(home.Unit), r.Encode()); err != nil {
		return err
	}
	return a.w.exec(s.text, s.row(r, home, a.path(home.Unit))...)
}

// remove takes the record out.
func (a *application) remove(k key) error {
	kind, ok := a.kind(k)
	if !ok {
		return nil
	}
	if err := a.w.exec(`DELETE FROM records WHERE kind = ? AND id = ?`, k.kind, string(k.id)); err != nil {
		return err
	}
	return a.w.exec(`DELETE FROM `+tableOf(kind)+` WHERE id = ?`, string(k.id))
}

func (a *application) path(unit change.UnitID) view.Path {
	p, ok := a.paths[unit]
	if !ok {
		p = view.PathOf(a.view.tree, unit)
		a.paths[unit] = p
	}
	return p
}

// saver writes rows of one kind.
type saver struct {
	text    string // the statement
	columns []view.Column
}

func newSaver(k *schema.Kind) *saver {
	s := &saver{columns: view.Columns(k)}
	names := append(fixed(), "void", "conflicts")
	for _, c := range s.columns {
		names = append(names, fieldColumn(c.Field))
	}
	sets := make([]string, 0, len(names))
	for _, name := range names[1:] {
		sets = append(sets, name+" = excluded."+name)
	}
	s.text = "INSERT INTO " + tableOf(k) + " (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) +
		") ON CONFLICT (id) DO UPDATE SET " + strings.Join(sets, ", ")
	return s
}

// row returns the arguments of the statement.
func (s *saver) row(r *merge.Record, home view.Belonging, path view.Path) []any {
	row := make([]any, 0, len(s.columns)+10)
	row = append(row, string(r.ID()), string(home.Unit), string(home.Audience), path.Unit)
	for _, code := range path.Tiers {
		row = append(row, code)
	}
	row = append(row, r.Void(), len(r.Conflicts()))
	for _, c := range s.columns {
		row = append(row, c.Cell(r))
	}
	return row
}
