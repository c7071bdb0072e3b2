package view

import (
	"slices"

	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Columns that rows have besides those of a question.
const (
	RowUnit     = "unit"     // number of the unit the record belongs to (Tx.Units)
	RowAudience = "audience" // number of the unit it is addressed to
	RowVoid     = "void"     // 1 for a void record, else 0

	// Where the one change stands of which all fields are in the row, who made it,
	// and when; nothing in the rows beside which something is stored.
	RowStream = "stream" // number of the stream (Tx.Number)
	RowSeq    = "seq"
	RowActor  = "actor"
	RowAt     = "at"

	RowMoved = "moved" // 1 for a record of another unit than its id names; nothing for all others
)

// Where some columns stand in RowFixed.
const (
	atID = iota
	atUnit
	atAudience
	atContested
	atVoid
	atConflicts
	atStream
	atSeq
	atActor
	atAt
	atMoved
	fixedColumns
)

// RowFixed lists the columns that the rows of every kind begin with: the id, a set,
// the actor, and numbers all others. Those up to the conflicts are never nothing.
func RowFixed() []string {
	return []string{ColID, RowUnit, RowAudience, ColContested, RowVoid, ColConflicts, RowStream, RowSeq, RowActor, RowAt, RowMoved}
}

// layout is what the applier knows of a kind's tables.
type layout struct {
	kind    *schema.Kind
	columns []Column
	counted []Column
	judged  bool // rows have findings

	countedAt []int // where the counted columns stand

	plain []plain
	at    map[string]int // in the columns, of a plain column by its field
	blank []Cell         // the cells of the columns of a record without any field
}

func layouts(s *schema.Schema) map[string]*layout {
	all := map[string]*layout{}
	for _, k := range s.Kinds() {
		_, judged := k.Field(schema.FindingsField)
		l := &layout{kind: k, columns: Columns(k), counted: Counted(k), judged: judged}
		l.plain, l.blank, l.at = plainOf(l.columns), make([]Cell, len(l.columns)), map[string]int{}
		for _, p := range l.plain {
			l.at[p.name] = p.at
		}
		for _, of := range l.counted {
			l.countedAt = append(l.countedAt, slices.IndexFunc(l.columns, func(c Column) bool { return c.Field == of.Field }))
		}
		if i := slices.IndexFunc(l.columns, func(c Column) bool { return c.Field == ColValid }); i >= 0 {
			l.blank[i] = TextCell("1")
		}
		all[k.Name] = l
	}
	return all
}

// row appends the cells of a row: those of RowFixed, then one for each of
// Columns.
func (l *layout) row(cells []Cell, r Content, unit, audience int64, moved bool) []Cell {
	conflicts := r.Conflicts()
	cells = append(cells, TextCell(string(r.ID())), NumberCell(unit), NumberCell(audience),
		ContestedCell(conflicts), NumberCell(flag(r.Void())), NumberCell(int64(len(conflicts))), Cell{}, Cell{}, Cell{}, Cell{}, movedCell(moved))
	for i := range l.columns {
		cells = append(cells, l.columns[i].Cell(r))
	}
	return cells
}

func movedCell(moved bool) Cell {
	if moved {
		return NumberCell(1)
	}
	return Cell{}
}

// noFields is the cell of the most records.
var noFields = TextCell("[]")

// ContestedCell holds the names of the fields that are in conflict.
func ContestedCell(conflicts []merge.Conflict) Cell {
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
