package kit

import (
	"strings"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// Clerk is who looks at a desk.
var Clerk = desk.Asker{Operator: "clerk"}

// Put puts lines of JSON as records of a kind.
func Put(tb testing.TB, s *replica.Replica, kind, lines string) (all []desk.Written, err error) {
	tb.Helper()
	items := must(desk.ReadLines(strings.NewReader(lines)))(tb)
	err = desk.New(s).Put(tb.Context(), kind, items, Clerk.Operator, func(w desk.Written) error {
		all = append(all, w)
		return nil
	})
	return all, err
}

// MustPut is Put of what is taken.
func MustPut(tb testing.TB, s *replica.Replica, kind, lines string) []desk.Written {
	tb.Helper()
	return must(Put(tb, s, kind, lines))(tb)
}

// MustList returns the ids of the records that fit a filter.
func MustList(tb testing.TB, s *replica.Replica, kind, filter string) (ids []change.RecordID) {
	tb.Helper()
	err := desk.New(s).List(tb.Context(), kind, filter, Clerk, func(shown *desk.Shown) error {
		ids = append(ids, shown.ID)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return ids
}

// WantKind wants an error to be of a kind.
func WantKind(tb testing.TB, err error, want fault.Kind) {
	tb.Helper()
	if got := fault.Of(err); got != want {
		tb.Errorf("got %v (%v), want %v", got, err, want)
	}
}

// MustAwait asks again until it holds.
func MustAwait(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(20 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-late:
			tb.Fatalf("%s: not after 20 s", what)
		}
	}
}
