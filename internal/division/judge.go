package division

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/tree"
)

// Plan is what is judged.
type Plan struct {
	Tree    *tree.Tree // of the day, without this
	Rows    []Row
	On      string
	Version uint64
}

// Judge says what becomes of each unit, or why nothing does: all of a file is done or
// nothing. Units below one that is merged go to the heir, also where no row says so.
func Judge(p Plan) ([]Step, []Problem) {
	j := judging{Plan: p, was: map[change.UnitID]tree.Unit{}, now: map[change.UnitID]*tree.Unit{}, rows: map[change.UnitID]*Row{}}
	for _, u := range p.Tree.Units(p.Tree.Root().ID) {
		next := u
		j.order, j.was[u.ID], j.now[u.ID] = append(j.order, u.ID), u, &next
	}
	for _, step := range []func(){j.name, j.code, j.place, j.merge, j.follow, j.checkBelow} {
		if step(); len(j.problems) > 0 { // what follows from one problem is none of its own
			slices.SortStableFunc(j.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
			return nil, j.problems
		}
	}
	units := make([]tree.Unit, 0, len(j.order))
	for _, id := range j.order {
		units = append(units, *j.now[id])
	}
	if _, err := tree.New(units); err != nil {
		return nil, []Problem{{0, "tree", err.Error()}}
	}
	return j.steps(), nil
}

type judging struct {
	Plan
	order    []change.UnitID // of the units, those that are added last
	was      map[change.UnitID]tree.Unit
	now      map[change.UnitID]*tree.Unit
	rows     map[change.UnitID]*Row   // by the unit that they are about
	taken    map[string]change.UnitID // codes of the units that stand from the day on
	problems []Problem
}

func (j *judging) problem(line int, rule, format string, args ...any) {
	j.problems = append(j.problems, problem(line, rule, format, args...))
}

// name finds the unit of each row.
func (j *judging) name() {
	for i := range j.Rows {
		row := &j.Rows[i]
		if row.Op == Split {
			j.problem(row.Line, "split", "a split cannot be done yet: it needs the custody of each household that goes to another unit; add the new unit, and move its households there one by one")
			continue
		}
		if row.Op == Add {
			id := j.newID(row.Code)
			j.order, j.rows[id] = append(j.order, id), row
			j.now[id] = &tree.Unit{ID: id, Code: row.Code, Name: row.Name, Level: row.Level, Since: j.On}
			continue
		}
		u, ok := j.standing(row.Code)
		switch {
		case !ok:
			j.problem(row.Line, "unknown_code", "no unit has the code %s on %s%s", row.Code, j.On, j.hint(row.Code))
		case j.rows[u.ID] != nil:
			j.problem(row.Line, "twice", "unit %s is in line %d already: one operation a unit; recode takes a name and a parent too", row.Code, j.rows[u.ID].Line)
		case u.ID == j.Tree.Root().ID && row.Op != Rename && row.Op != Recode:
			j.problem(row.Line, "root", "unit %s is at the top of the tree: it can be renamed and recoded only", row.Code)
		default:
			j.rows[u.ID] = row
		}
	}
}

// newID is made of the code and the day, so that a city that was restored and announces the
// same again means the same unit; no unit that there was has it.
func (j *judging) newID(code string) change.UnitID {
	for n := 0; ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "division %s %s %s %d", j.Tree.Root().ID, code, j.On, n))
		id := change.NewUnitID([10]byte(sum[:10]))
		if j.now[id] == nil {
			return id
		}
	}
}

// standing is the unit that has a code before the day and stands.
func (j *judging) standing(code string) (tree.Unit, bool) {
	u, ok := j.Tree.ByCode(code)
	return u, ok && u.Code == code && u.Stands()
}

// hint says what became of a code.
func (j *judging) hint(code string) string {
	u, ok := j.Tree.ByCode(code)
	switch {
	case !ok:
		return ""
	case !u.Stands():
		return "; the unit was retired on " + u.Until
	}
	return fmt.Sprintf("; it has become %s %s", u.Code, u.Name)
}

// code gives the units their codes and names, and finds codes that two would have.
func (j *judging) code() {
	for id, row := range j.rows {
		u := j.now[id]
		u.Name, u.Code = cmp.Or(row.Name, u.Name), cmp.Or(row.NewCode, u.Code)
		if row.Op == Merge || row.Op == Retire {
			u.Until = j.On
		}
		if row.Name != "" {
			if err := tree.CheckName(row.Name); err != nil {
				j.problem(row.Line, "form", "%s", err)
			}
		}
		if was := j.was[id]; row.Op == Rename && was.Name == u.Name || row.Op == Recode && was.Code == u.Code {
			j.problem(row.Line, "nothing", "unit %s has that %s already", row.Code, map[Op]string{Rename: "name", Recode: "code"}[row.Op])
		}
	}
	j.taken = map[string]change.UnitID{}
	for _, id := range j.order {
		u := j.now[id]
		if !u.Stands() {
			continue
		}
		first, twice := j.taken[u.Code]
		if !twice {
			j.taken[u.Code] = id
			continue
		}
		line := j.lineOf(id)
		if line == 0 { // the other one took its code
			line = j.lineOf(first)
		}
		j.problem(line, "code_taken", "two units would have the code %s on %s", u.Code, j.On)
	}
}

func (j *judging) lineOf(id change.UnitID) int {
	if row := j.rows[id]; row != nil {
		return row.Line
	}
	return 0
}

// find is the unit that a code names from the day on, or, where nobody has it then, before.
// It may be one that stands no longer.
func (j *judging) find(code string) *tree.Unit {
	if id, ok := j.taken[code]; ok {
		return j.now[id]
	}
	if u, ok := j.Tree.ByCode(code); ok {
		return j.now[u.ID]
	}
	return nil
}

// place puts the units below their parents.
func (j *judging) place() {
	for id, row := range j.rows {
		if row.ParentCode == "" {
			continue
		}
		u, parent := j.now[id], j.find(row.ParentCode)
		switch {
		case parent == nil:
			j.problem(row.Line, "orphan", "the parent %s is no unit", row.ParentCode)
			continue
		case !parent.Stands():
			j.problem(row.Line, "orphan", "the parent %s does not stand on %s", row.ParentCode, j.On)
			continue
		case row.Op == Add && row.Level == 0 && parent.Level < tree.Community:
			u.Level = parent.Level + 1
		}
		switch {
		case parent.Level >= u.Level && row.Op == Add:
			j.problem(row.Line, "level", "a unit of level %d cannot stand below %s (%s)", u.Level, parent.Code, parent.Level)
		case parent.Level >= u.Level:
			j.problem(row.Line, "cycle", "unit %s (%s) cannot stand below %s (%s)", row.Code, u.Level, parent.Code, parent.Level)
		case row.Op == Reparent && u.Parent == parent.ID:
			j.problem(row.Line, "nothing", "unit %s stands below %s already", row.Code, row.ParentCode)
		}
		u.Parent = parent.ID
	}
}

// merge gives the merged units their heirs.
func (j *judging) merge() {
	for id, row := range j.rows {
		if row.Op != Merge {
			continue
		}
		u, heir := j.now[id], j.find(row.HeirCode)
		switch {
		case heir == nil:
			j.problem(row.Line, "no_heir", "the heir %s is no unit", row.HeirCode)
			continue
		case heir.ID == id:
			j.problem(row.Line, "no_heir", "unit %s cannot be its own heir", row.Code)
		case !heir.Stands():
			j.problem(row.Line, "heir_retired", "the heir %s does not stand on %s: name the unit that everything goes to in the end", row.HeirCode, j.On)
		case heir.Level != u.Level:
			j.problem(row.Line, "heir_level", "unit %s (%s) cannot be merged into %s (%s): an heir is of the same level", row.Code, u.Level, heir.Code, heir.Level)
		}
		u.Heir = heir.ID
	}
}

// follow puts what is below a merged unit below its heir.
func (j *judging) follow() {
	for _, id := range j.order {
		u := j.now[id]
		if above := j.now[u.Parent]; above != nil && above.Merged() && !u.Merged() {
			u.Parent = above.Heir
		}
	}
}

// checkBelow finds units that would stand below a retired one.
func (j *judging) checkBelow() {
	below := map[change.UnitID]int{}
	for _, id := range j.order {
		u := j.now[id]
		if above := j.now[u.Parent]; above != nil && u.Stands() && !above.Stands() {
			below[above.ID]++
		}
	}
	for id, n := range below {
		j.problem(j.lineOf(id), "orphan", "%d units stand below %s, which is retired: give each another parent, or merge the unit", n, j.now[id].Code)
	}
}

// steps are what has become of the units, in the order of the file. A unit that follows one
// above it stands in that one's line.
func (j *judging) steps() []Step {
	var steps []Step
	for _, id := range j.order {
		was, now := j.was[id], *j.now[id]
		if was == now {
			continue
		}
		s := Step{On: j.On, Version: j.Version, Op: Reparent, Was: was, Now: now}
		if row := j.rows[id]; row != nil {
			s.Op, s.Line = row.Op, row.Line
		} else {
			s.Line = j.lineOf(was.Parent)
		}
		steps = append(steps, s)
	}
	slices.SortStableFunc(steps, order)
	return steps
}
