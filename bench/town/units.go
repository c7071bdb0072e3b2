// Package town founds networks for the measures: real directories, real
// certificates, real ports; the directories are opened with the product's own
// packages, as its program opens them.
package town

import (
	"encoding/binary"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/tree"
)

// Shape is how many units a unit has below it.
type Shape struct{ Districts, Streets, Communities int }

// Units lists the units of a shape, parents first, the city first of all. The
// same shape has the same ids and codes.
func (s Shape) Units() []tree.Unit {
	city := tree.Unit{ID: id(1), Code: "990100000000", Name: "城", Level: tree.City}
	units := []tree.Unit{city}
	for d := 1; d <= s.Districts; d++ {
		district := unit(city, tree.District, fmt.Sprintf("9901%02d000000", d), 0, 0, d)
		units = append(units, district)
		for st := 1; st <= s.Streets; st++ {
			street := unit(district, tree.Street, fmt.Sprintf("9901%02d%03d000", d, st), 0, st, d)
			units = append(units, street)
			for c := 1; c <= s.Communities; c++ {
				units = append(units, unit(street, tree.Community, fmt.Sprintf("9901%02d%03d%03d", d, st, c), c, st, d))
			}
		}
	}
	return units
}

func unit(parent tree.Unit, level tree.Level, code string, c, s, d int) tree.Unit {
	return tree.Unit{ID: id(uint64(level)<<48 | uint64(d)<<32 | uint64(s)<<16 | uint64(c)), Code: code, Name: "单位" + code[4:], Level: level, Parent: parent.ID}
}

func id(n uint64) change.UnitID {
	var raw [10]byte
	binary.BigEndian.PutUint64(raw[2:], n)
	return change.NewUnitID(raw)
}

// Level lists the units of a level.
func Level(units []tree.Unit, level tree.Level) []tree.Unit {
	var of []tree.Unit
	for _, u := range units {
		if u.Level == level {
			of = append(of, u)
		}
	}
	return of
}
