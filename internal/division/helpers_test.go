package division_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/tree"
)

func id(n int) change.UnitID { return change.NewUnitID([10]byte{byte(n >> 8), byte(n)}) }

func code(n int) string { return fmt.Sprintf("%012d", n) }

func unit(n int, level tree.Level, parent int) tree.Unit {
	u := tree.Unit{ID: id(n), Code: code(n), Name: fmt.Sprint("unit ", n), Level: level}
	if parent > 0 {
		u.Parent = id(parent)
	}
	return u
}

// small is a city (1) with a district (2) of the streets 3 and 4; the communities 5 and 6
// hang on 3, 7 on 4.
func small() []tree.Unit {
	return []tree.Unit{unit(1, tree.City, 0), unit(2, tree.District, 1), unit(3, tree.Street, 2), unit(4, tree.Street, 2),
		unit(5, tree.Community, 3), unit(6, tree.Community, 3), unit(7, tree.Community, 4)}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// counting makes ids that no unit has.
func counting() func() change.UnitID {
	n := 1000
	return func() change.UnitID { n++; return id(n) }
}

const header = "op,code,name,level,parent_code,new_code,heir_code,list\n"

// judge judges a file on a small tree.
func judge(t *testing.T, units []tree.Unit, file string) ([]division.Step, []division.Problem) {
	t.Helper()
	rows, problems, err := division.Parse(strings.NewReader(header + file))
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return division.Judge(division.Plan{Tree: must(tree.New(units)), Rows: rows, On: "2026-12-01", Version: 1})
}
