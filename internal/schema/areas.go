package schema

import (
	_ "embed"
	"strings"
	"sync"
)

// Every six-digit code of a division since 1980, a line each, in order.
//
//go:embed data/areas.txt
var areaCodes string

// readAreas makes a set of them; once, as a schema is loaded many times in a test.
var readAreas = sync.OnceValue(func() map[string]bool {
	areas := make(map[string]bool, len(areaCodes)/7)
	for line := range strings.Lines(areaCodes) {
		areas[strings.TrimSpace(line)] = true
	}
	return areas
})

// everArea reports whether six digits were the code of a division in any year.
func everArea(area string) bool { return readAreas()[area] }
