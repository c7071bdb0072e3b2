package doctor

import (
	"context"
	"strconv"
	"strings"
)

// version compares the program here with that of the hub above.
func version(_ context.Context, f *facts) []Finding {
	own := f.Program
	if f.status != nil && f.status.Program != "" {
		own = f.status.Program
	}
	switch {
	case f.isRoot:
		return one(ok(say("%s", own)))
	case f.status == nil || f.status.Parent == nil || f.status.Parent.Program == "":
		return one(ok(say("%s; the hub above has not said what it runs", own)))
	}
	above := f.status.Parent.Program
	switch order, comparable := compareVersions(own, above); {
	case own == above:
		return one(ok(say("%s, as at the hub above", own)))
	case !comparable:
		return one(ok(say("%s; the hub above runs %s", own, above)))
	case order > 0:
		return one(warn(say("%s is newer than the %s of the hub above", own, above), say("upgrade the hub above: the city first, then downward")))
	}
	return one(warn(say("%s is older than the %s of the hub above", own, above), say("upgrade this one when the tiers above are done")))
}

// compareVersions compares two versions of releases, as in v1.2.3; false: one of them is
// no release's.
func compareVersions(a, b string) (order int, comparable bool) {
	x, ok1 := numbers(a)
	y, ok2 := numbers(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	for i := range x {
		if x[i] != y[i] {
			return x[i] - y[i], true
		}
	}
	return 0, true
}

func numbers(v string) (n [3]int, isRelease bool) {
	core, _, _ := strings.Cut(strings.TrimPrefix(v, "v"), "-")
	parts := strings.Split(core, ".")
	if len(parts) != len(n) {
		return n, false
	}
	for i, p := range parts {
		number, err := strconv.Atoi(p)
		if err != nil {
			return n, false
		}
		n[i] = number
	}
	return n, true
}
