package names

import (
	_ "embed"
	"strconv"
	"strings"
)

// Lines of two code points, and of where the first comes from.
var (
	//go:embed data/private_use.csv
	privateUse string
	//go:embed data/radicals.csv
	radicals string
)

// standsFor are the characters that stand for others, which NFKC does not know.
var standsFor = readTables(privateUse, radicals)

func readTables(tables ...string) map[rune]rune {
	all := map[rune]rune{}
	for _, table := range tables {
		for line := range strings.Lines(table) {
			from, rest, _ := strings.Cut(strings.TrimSpace(line), ",")
			to, _, _ := strings.Cut(rest, ",")
			a, wrong := strconv.ParseInt(from, 16, 32)
			b, alsoWrong := strconv.ParseInt(to, 16, 32)
			if wrong == nil && alsoWrong == nil { // the head line is words
				all[rune(a)] = rune(b)
			}
		}
	}
	return all
}
