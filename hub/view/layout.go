package view

import (
	"slices"

	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Columns that rows have besides those of a question: ids, where a question
// sees codes.
const (
	RowUnit     = "unit"     // id of the unit the record belongs to
	RowAudience = "audience" // id of the unit it is addressed to
	RowCode     = "code"     // what ColUnit shows
	RowVoid     = "void"     // 1 for a void record, else 0
)

// RowFixed lists the columns that the rows of every kind begin with: texts all
// but the last two, and none is nothing. That of the contested fields is a set.
func RowFixed() []string {
	return []string{ColID, RowUnit, RowAudience, RowCode, ColCity, ColDistrict, ColStreet, ColCommunity, ColContested, RowVoid, ColConflicts}
}

// layout is what the applier knows of a kind's tables.
type layout struct {
	kind    *schema.Kind
	columns []Column
	counted []Column
	judged  bool // rows have findings
}

func layouts(s *schema.Schema) map[string]*layout {
	all := map[string]*layout{}
	for _, k := range s.Kinds() {
		_, judged := k.Field(schema.FindingsField)
		all[k.Name] = &layout{kind: k, columns: Columns(k), counted: Counted(k), judged: judged}
	}
	return all
}

// row appends the cells of a row: those of RowFixed, then one for each of
// Columns.
func (l *layout) row(cells []Cell, r Content, home Belonging, path *Path) []Cell {
	conflicts := r.Conflicts()
	cells = append(cells, TextCell(string(r.ID())), TextCell(string(home.Unit)), TextCell(string(home.Audience)), TextCell(path.Unit),
		TextCell(path.Tiers[0]), TextCell(path.Tiers[1]), TextCell(path.Tiers[2]), TextCell(path.Tiers[3]),
		contestedCell(conflicts), NumberCell(flag(r.Void())), NumberCell(int64(len(conflicts))))
	for _, c := range l.columns {
		cells = append(cells, c.Cell(r))
	}
	return cells
}

// noFields is the cell of the most records.
var noFields = TextCell("[]")

func contestedCell(conflicts []merge.Conflict) Cell {
	if len(conflicts) == 0 {
		return noFields
	}
	fields := make([]string, len(conflicts))
	for i, c := range conflicts {
		fields[i] = c.Field
	}
	slices.Sort(fields)
	return setCell(slices.Compact(fields))
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
