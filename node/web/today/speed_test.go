package today_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"tongbu/internal/sample"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// BenchmarkToday asks for the page of the day at a community of 10,000 persons, of whom
// many have events that something is to be done after: at once after a start, again and
// again, and each time after a save.
func BenchmarkToday(b *testing.B) {
	s := webtest.New(b)
	homes := census(b, s)
	start := time.Now()
	browser := s.As(people.Head) // and shows it the page
	b.Logf("the first: %v", time.Since(start))
	ask := func() {
		if got := browser.Get("/"); got.Code != http.StatusOK {
			b.Fatal(got.Code)
		}
	}
	counts, err := s.Node.Desk.Tally(b.Context(), "task", "", "task")
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("tasks: %v", counts)
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			ask()
		}
	})
	b.Run("after a save", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			kit.MustPut(b, s.Replica, "visit", fmt.Sprintf(`{"household":%q,"on":"2027-01-02","kind":"3","result":"1"}`+"\n", homes[i%len(homes)]))
			b.StartTimer()
			ask()
		}
	})
}

// census enters households with their members, losses of work and insurances.
func census(b *testing.B, s *webtest.Station) (homes []string) {
	b.Helper()
	m := sample.NewMaker(1)
	lines := map[string]*bytes.Buffer{}
	put := func(kind string, object map[string]any) {
		if lines[kind] == nil {
			lines[kind] = &bytes.Buffer{}
		}
		if err := json.NewEncoder(lines[kind]).Encode(object); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for i := range 3400 {
		h := m.Household(kit.First.Code, i)
		homes = append(homes, h.ID)
		h.Object["id"] = h.ID
		put("household", h.Object)
		for _, p := range h.Persons {
			p.Object["id"] = p.ID
			put("person", p.Object)
			n++
			on := fmt.Sprintf("2026-%02d-10", 1+n%12)
			if n%3 == 0 {
				put("unemployment", map[string]any{"person": p.ID, "on": on, "reason": "20"})
			}
			put("insurance_state", map[string]any{"person": p.ID, "on": "2026-01-05", "insurance": "1", "state": "1"})
		}
	}
	for _, kind := range []string{"household", "person", "unemployment", "insurance_state"} {
		kit.MustPut(b, s.Replica, kind, lines[kind].String())
	}
	return homes
}
