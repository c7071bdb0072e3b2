package lines_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
)

// seed of all made-up people.
const seed = 20260401

// Lines as they are found, by bytes a second.
const (
	modem = 64_000 / 8
	dsl   = 512_000 / 8
	fibre = 10_000_000 / 8
)

// TestMain removes what the tests have built.
func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(workDir())
	os.Exit(code)
}

var workDir = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "tongbu-lines-")
	if err != nil {
		panic(err) // no test can run
	}
	return dir
})

var built = sync.OnceValues(func() (*proctest.Program, error) {
	return proctest.Build(context.Background(), workDir())
})

func mustBuild(tb testing.TB) *proctest.Program {
	tb.Helper()
	p, err := built()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// site is a community behind a bad line, and what it has written.
type site struct {
	*proctest.Tier
	people []sample.Record
}

// mustWrite writes n more persons.
func (s *site) mustWrite(tb testing.TB, maker *sample.Maker, n int) {
	tb.Helper()
	all := proctest.Persons(maker, s.Unit.Code, len(s.people)+n)
	if err := s.Write(tb.Context(), "person", proctest.Lines(all[len(s.people):])); err != nil {
		tb.Fatalf("%s: %v", s.Unit.Name, err)
	}
	s.people = all
}

// arrived looks whether the hub has on its disk all that the site wrote.
func (s *site) arrived(ctx context.Context) string {
	st, err := s.Look(ctx)
	if err != nil {
		return err.Error()
	}
	if st.Own.AtParent == st.Own.Head {
		return ""
	}
	return fmt.Sprintf("%+v %+v", st.Own, st.Parent)
}

// recorded looks whether the city has recorded all that the site wrote.
func (s *site) recorded(ctx context.Context) string {
	st, err := s.Look(ctx)
	if err != nil {
		return err.Error()
	}
	if st.Own.AtCity == st.Own.Head {
		return ""
	}
	return fmt.Sprintf("%+v %+v", st.Own, st.Parent)
}

// linked looks whether the site says that it has a line.
func (s *site) linked(ctx context.Context, want bool) string {
	st, err := s.Look(ctx)
	if err != nil {
		return err.Error()
	}
	if st.Parent.Connected == want {
		return ""
	}
	return fmt.Sprintf("connected: %v", st.Parent.Connected)
}

// wantOnce wants the city to have exactly the persons of the sites, each once.
func wantOnce(tb testing.TB, city *proctest.Tier, sites ...*site) {
	tb.Helper()
	for _, s := range sites {
		proctest.Await(tb, time.Minute, s.Unit.Name, func() string { return s.recorded(tb.Context()) })
	}
	var seen map[string]int
	want := 0
	for _, s := range sites {
		want += len(s.people)
	}
	proctest.Await(tb, time.Minute, "all persons at the city", func() string {
		var err error
		if seen, err = city.Counted(tb.Context(), "person"); err != nil || len(seen) < want {
			return fmt.Sprintf("%d of %d %v", len(seen), want, err)
		}
		return ""
	})
	units, err := city.Units(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	wrong := 0
	for _, s := range sites {
		for _, p := range s.people {
			if seen[string(change.NumberedRecordID(units[s.Unit.Code], "person", p.ID))] != 1 {
				wrong++
			}
		}
	}
	if wrong > 0 || len(seen) != want {
		tb.Errorf("persons at the city: %d, want %d; %d are not there once", len(seen), want, wrong)
	}
}
