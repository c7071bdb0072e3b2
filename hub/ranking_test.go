package hub_test

import (
	"testing"

	"tongbu/hub"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
)

// TestRankingOfArrivals: what a community enters is received on the day whose words of the
// city have it; the street cannot tell.
func TestRankingOfArrivals(t *testing.T) {
	town := kit.MustTown(t)
	city := town.MustCity(t)
	h, err := hub.Open(t.Context(), city, kit.OpenView)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	node := town.MustReplica(t, city, kit.First)
	today, err := city.Day()
	if err != nil {
		t.Fatal(err)
	}
	sync := func() {
		t.Helper()
		for range 2 {
			town.MustExchange(t, node, city)
			kit.MustJudge(t, city)
			if _, err := h.Operate.Verify(t.Context(), operate.Checked{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	said := func(day string) {
		t.Helper()
		if err := h.Root.SayingArrived().Do(t.Context(), day, ""); err != nil {
			t.Fatal(err)
		}
	}
	ranked := func() question.Ranked {
		t.Helper()
		a, err := h.Ask(t.Context(), question.Question{Kind: question.Ranking})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range a.Rows {
			if r := a.RankedOf(row); r.Unit == kit.First.Code {
				return r
			}
		}
		t.Fatal("the community is not ranked")
		return question.Ranked{}
	}
	kit.MustPut(t, node, "person", `{"id":"p","name":"人"}`)
	kit.MustPut(t, node, "placement", `{"id":"e1","person":"p","on":"2026-01-05"}`+"\n"+`{"id":"e2","person":"p","on":"2026-01-06"}`)
	kit.MustPut(t, node, "vacancy", `{"id":"v","employer_name":"一厂","posts":7,"registered_on":"`+today[:4]+`-01-01"}`)
	if r := ranked(); r.Received != 0 || r.Events != 0 {
		t.Errorf("before anything came: got %+v", r)
	}
	sync()
	if r := ranked(); r.Received != 0 || r.Events != 0 {
		t.Errorf("before the city has said a word: got %+v", r)
	}
	said(today)
	// The first event marks the person too, which is a change like those of the clerk.
	if r := ranked(); r.Received != 5 || r.Rejected != 0 || r.Events != 2 || r.NextDay != 2 || r.GoodDays != r.Days || r.Jobs != 7 || r.Labour != 0 || *r.NetworkValue != 1 {
		t.Errorf("after its word of the day: got %+v", r)
	}
	kit.MustPut(t, node, "placement", `{"id":"e3","person":"p","on":"2026-01-07"}`)
	sync()
	said(calendar.AddDays(today, 2))
	if r := ranked(); calendar.AddDays(today, 2)[:4] == today[:4] && (r.Received != 6 || r.Events != 3 || r.NextDay != 2) {
		t.Errorf("after one came two days late: got %+v", r)
	}
	if _, err := h.Ask(t.Context(), question.Question{Kind: question.Ranking, Scope: change.UnitID("nosuch")}); fault.Of(err) == 0 {
		t.Error("of a unit that is not: an answer")
	}
}
