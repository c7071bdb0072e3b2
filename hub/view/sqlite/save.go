package sqlite

import (
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// insert writes a new record; it reports false, and does nothing, when the
// record is there.
func (a *application) insert(r *merge.Record, s *stored) (bool, error) {
	save, err := a.saver(r)
	if err != nil {
		return false, err
	}
	n, err := a.w.count(save.insert, a.row(save, r)...)
	if n == 0 || err != nil {
		return false, err
	}
	a.tally(r, 1)
	return true, a.w.exec(save.store, a.w.last(), s.encode())
}

// save writes the record, which has the number unless that is 0. What was
// counted for it before is taken off already.
func (a *application) save(r *merge.Record, no int64, s *stored) error {
	if no == 0 {
		_, err := a.insert(r, s)
		return err
	}
	save, err := a.saver(r)
	if err != nil {
		return err
	}
	a.tally(r, 1)
	if err := a.w.exec(save.update, append(a.row(save, r), no)...); err != nil {
		return err
	}
	return a.w.exec(save.store, no, s.encode())
}

func (a *application) saver(r *merge.Record) (*saver, error) {
	s, ok := a.view.savers[r.Kind()]
	if !ok {
		return nil, fault.New(fault.Internal, "a record of an unknown kind reached the view's tables")
	}
	return s, nil
}

// row returns the arguments of a statement that writes the record.
func (a *application) row(s *saver, r *merge.Record) []any {
	home := view.BelongingOf(r)
	return s.row(r, home, a.path(home.Unit))
}

// remove takes the record out.
func (a *application) remove(k key, no int64) error {
	kind, ok := a.kind(k)
	if !ok || no == 0 {
		return nil
	}
	if err := a.w.exec(`DELETE FROM `+storedOf(kind)+` WHERE no = ?`, no); err != nil {
		return err
	}
	return a.w.exec(`DELETE FROM `+tableOf(kind)+` WHERE no = ?`, no)
}

func (a *application) path(unit change.UnitID) view.Path {
	p, ok := a.paths[unit]
	if !ok {
		p = view.PathOf(a.view.tree, unit)
		a.paths[unit] = p
	}
	return p
}

// saver writes rows of one kind. One application at a time uses it.
type saver struct {
	insert, update, store, count string // statements
	columns, tallied             []view.Column
	args                         []any // of the row that is being written
}

func newSaver(k *schema.Kind) *saver {
	s := &saver{columns: view.Columns(k), tallied: tallied(k)}
	names := append(fixed(), "void", "conflicts")
	for _, c := range s.columns {
		names = append(names, fieldColumn(c.Field))
	}
	s.insert = "INSERT INTO " + tableOf(k) + " (" + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) +
		") ON CONFLICT (id) DO NOTHING"
	s.update = "UPDATE " + tableOf(k) + " SET " + strings.Join(names, " = ?, ") + " = ? WHERE no = ?"
	s.store = "INSERT INTO " + storedOf(k) + " (no, stored) VALUES (?, ?) ON CONFLICT (no) DO UPDATE SET stored = excluded.stored"
	s.count = "INSERT INTO " + tallyOf(k) + " (field, unit, value, n) VALUES (?, ?, ?, ?) ON CONFLICT (field, unit, value) DO UPDATE SET n = n + excluded.n"
	return s
}

// row returns the arguments of insert, which are update's but the last. They
// are good until the next call.
func (s *saver) row(r *merge.Record, home view.Belonging, path view.Path) []any {
	row := append(s.args[:0], string(r.ID()), string(home.Unit), string(home.Audience), path.Unit)
	for _, code := range path.Tiers {
		row = append(row, code)
	}
	row = append(row, r.Void(), len(r.Conflicts()))
	for _, c := range s.columns {
		row = append(row, c.Cell(r))
	}
	s.args = row
	return row
}
