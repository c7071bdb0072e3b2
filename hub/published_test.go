package hub_test

import (
	"testing"
	"time"

	"tongbu/hub"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
)

// TestPackActsEverywhere: a rule pack of the city makes other rows at the node, the
// street and the city, each once it has it; until all have, digests are not comparable,
// and never wrong.
func TestPackActsEverywhere(t *testing.T) {
	n := newNightly(t)
	n.writeFamily()
	n.sync()
	at := desk.New(n.node)
	n.wantZero(at, false, false)
	n.say()
	n.Clock.Advance(24 * time.Hour)
	kit.MustPut(t, n.city.Replica, "rule_pack", `{"id":"pack","name":"零就业家庭","edition":"2027","kind":"4","effective_from":"2026-01-01","content":"free_income: 300"}`)
	kit.MustPut(t, n.city.Replica, "holiday_table", `{"id":"2027","year":2027,"off":"2027-01-01..2027-01-03"}`)
	n.wantZero(at, true, false)
	n.say() // of those below nobody has heard of the pack
	n.sync()
	if got := n.results(n.city, operate.Checked{Unit: kit.First.Code}); sorted(got) != "node not comparable published, street not comparable published" {
		t.Errorf("before the pack arrived: %s", got)
	}
	n.wantZero(at, true, true)
	n.Clock.Advance(24 * time.Hour)
	n.say()
	n.sync()
	if got := n.results(n.city, operate.Checked{Unit: kit.First.Code}); sorted(got) != "node equal, street equal" {
		t.Errorf("after the pack arrived: %s", got)
	}
	if _, err := kit.Put(t, n.city.Replica, "rule_pack", `{"id":"bad","name":"零就业家庭","edition":"2028","kind":"4","effective_from":"2026-02-01","content":"free_incomes: 0"}`); err == nil {
		t.Error("a pack with an unknown key is taken")
	}
}

func (n *nightly) writeFamily() {
	n.t.Helper()
	kit.MustPut(n.t, n.node, "household", `{"id":"h","head_name":"王明","survey_date":"2027-01-01","operating_income":20000}`)
	kit.MustPut(n.t, n.node, "person", `{"id":"p","name":"王明","household":"h","relation":"02","hukou":"10","birth_date":"1980-05-05","sex":"1","labour_ability":"1","job_wish":"1","status":"9"}`)
}

// wantZero asks whether the family is without anybody at work: at city and street, and
// at the node of a desk that goes on.
func (n *nightly) wantZero(at *desk.Desk, city, below bool) {
	n.t.Helper()
	home := kit.Name(kit.First, "household", "h")
	for h, want := range map[*hub.Hub]bool{n.city: city, n.street: below} {
		n.verify(h) // the view comes to the end of the journal
		shown, err := h.Get(n.t.Context(), "household_facts", home, kit.Clerk)
		if err != nil || shown.Fields["zero_employment"] != want {
			n.t.Errorf("unit %s: %+v, %v; want %v", h.Replica.Place.Unit, shown, err, want)
		}
	}
	e, err := at.Part(n.t.Context(), desk.Table{Kind: "household_facts"}, 0, 1, nil, kit.Clerk)
	if err != nil || len(e.Part) != 1 || e.Part[0].Fields["zero_employment"] != below {
		n.t.Errorf("the node: %+v, %v; want %v", e, err, below)
	}
}
