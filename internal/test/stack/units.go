package stack

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/tree"
)

// Huangshi thins the division table of Huangshi to so many districts, streets
// and communities, spread evenly, with made-up ids.
func Huangshi(districts, streets, communities int) []tree.Unit {
	below := map[string][]sample.Row{}
	rows := sample.Rows()
	for _, r := range rows[1:] {
		below[r.Parent] = append(below[r.Parent], r)
	}
	tops := rows[:1]
	var units []tree.Unit
	ids := map[string]change.UnitID{}
	add := func(r sample.Row) {
		id := unitID(len(units))
		units = append(units, tree.Unit{ID: id, Code: r.Code, Name: r.Name, Level: tree.Level(r.Level), Parent: ids[r.Parent]})
		ids[r.Code] = id
	}
	add(tops[0])
	for _, n := range []int{districts, streets, communities} {
		tops = spread(tops, below, n)
		for _, r := range tops {
			add(r)
		}
	}
	return units
}

// spread takes n rows below the tops: the first of each, then the second, and
// so on.
func spread(tops []sample.Row, below map[string][]sample.Row, n int) []sample.Row {
	var taken []sample.Row
	for at, found := 0, true; len(taken) < n && found; at++ {
		found = false
		for _, top := range tops {
			if rows := below[top.Code]; at < len(rows) && len(taken) < n {
				taken, found = append(taken, rows[at]), true
			}
		}
	}
	return taken
}

func unitID(n int) change.UnitID {
	var raw [10]byte
	binary.BigEndian.PutUint64(raw[:], uint64(n)+1)
	return change.NewUnitID(raw)
}
