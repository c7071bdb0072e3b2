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
func (a *application) insert(r view.State, home view.Belonging, s *stored) (bool, error) {
	save, err := a.saver(r)
	if err != nil {
		return false, err
	}
	n, err := a.w.put(save.insert, save.row(r, home, a.path(home.Unit)))
	if n == 0 || err != nil {
		return false, err
	}
	a.tally(r, home, 1)
	return true, a.w.exec(save.store, a.w.last(), s.encode())
}

// save writes the record, which has the number unless that is 0. What was
// counted for it before is taken off already.
func (a *application) save(r *merge.Record, no int64, s *stored) error {
	home := view.BelongingOf(r)
	if no == 0 {
		_, err := a.insert(r, home, s)
		return err
	}
	save, err := a.saver(r)
	if err != nil {
		return err
	}
	a.tally(r, home, 1)
	if _, err := a.w.put(save.update, append(save.row(r, home, a.path(home.Unit)), view.NumberCell(no))); err != nil {
		return err
	}
	return a.w.exec(save.store, no, s.encode())
}

func (a *application) saver(r view.State) (*saver, error) {
	s, ok := a.view.savers[r.Kind()]
	if !ok {
		return nil, fault.New(fault.Internal, "a record of an unknown kind reached the view's tables")
	}
	return s, nil
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
	cells                        []view.Cell // of the row that is being written
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

// row returns the cells of insert, which are update's but the last. They are
// good until the next call.
func (s *saver) row(r view.State, home view.Belonging, path view.Path) []view.Cell {
	row := append(s.cells[:0], view.TextCell(string(r.ID())), view.TextCell(string(home.Unit)), view.TextCell(string(home.Audience)), view.TextCell(path.Unit))
	for _, code := range path.Tiers {
		row = append(row, view.TextCell(code))
	}
	row = append(row, view.NumberCell(flag(r.Void())), view.NumberCell(int64(len(r.Conflicts()))))
	for _, c := range s.columns {
		row = append(row, c.Cell(r))
	}
	s.cells = row
	return row
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
