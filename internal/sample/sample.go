// Package sample carries what demonstrations and tests start from: the real
// division table of a city, a choice of its communities, and made-up
// households and persons to put into them.
//
// The divisions are public facts (data/README.md names source and licence).
// The people are not: each name, number, lane and telephone is invented, and
// every birth year lies between 1896 and 1906, so that no living person can
// have the ID number of a made-up one; OfToday makes people of today of them,
// with numbers that nobody can have. Everything is a pure function of its
// arguments; nothing here reads a clock or the system's randomness.
package sample

import (
	_ "embed"
	"slices"
	"strings"
)

// Codes of the embedded table that callers name.
const (
	RootCode = "420200000000" // 黄石市, the root of the table
	Zhonglou = "420202007005" // 钟楼社区, the community Pick takes first
)

// Levels of the rows.
const (
	levelDistrict  = 3
	levelStreet    = 4
	levelCommunity = 5
)

const header = "code,name,level,parent_code\n"

//go:embed data/huangshi.csv
var huangshi string

// HuangshiCSV returns the division table of Huangshi as CSV with the header
// code,name,level,parent_code; the first row is the city, whose parent is
// blank. The bytes are the caller's own.
func HuangshiCSV() []byte { return []byte(huangshi) }

// Row is one line of the division table: a 12-digit code, the name, the level
// (2 city, 3 district, 4 street, 5 community) and the code of the unit above,
// blank for the city.
type Row struct {
	Code, Name string
	Level      int
	Parent     string
}

// Rows returns the whole table in the order of the codes, so that each unit
// stands before the units below it.
func Rows() []Row {
	var rows []Row
	for line := range strings.Lines(strings.TrimPrefix(huangshi, header)) {
		rows = append(rows, parseRow(strings.TrimSuffix(line, "\n")))
	}
	slices.SortFunc(rows, byCode)
	return rows
}

// parseRow splits a line of the embedded table, which has no quoted field and
// no level of two digits (a test reads the table with encoding/csv as well).
func parseRow(line string) Row {
	code, rest, _ := strings.Cut(line, ",")
	name, rest, _ := strings.Cut(rest, ",")
	level, parent, _ := strings.Cut(rest, ",")
	return Row{Code: code, Name: name, Level: int(level[0] - '0'), Parent: parent}
}

func byCode(a, b Row) int { return strings.Compare(a.Code, b.Code) }
