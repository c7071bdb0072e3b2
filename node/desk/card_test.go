package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
)

func (d *clerk) mustCard(kind string, id change.RecordID) *desk.Card {
	d.t.Helper()
	c, err := desk.New(d.at).Card(d.t.Context(), kind, id, kit.Clerk)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

const (
	headNumber = "420202190001010019"
	couple     = `{"id":"p-1","name":"甲","household":"h-1","relation":"02","status":"9","sex":"1","id_number":"` + headNumber + `"}
{"id":"p-2","name":"乙","household":"h-1","relation":"12","status":"1"}`
)

func (d *clerk) putFamily() (household, head, wife change.RecordID) {
	d.t.Helper()
	household = d.mustPut("household", `{"id":"h-1","head_name":"甲","address":"湖滨路1号"}`)[0].ID
	persons := d.mustPut("person", couple)
	return household, persons[0].ID, persons[1].ID
}

// TestCardOfPerson: the person, the household and who lives there, what is recorded
// about the person alone, what follows from it, and the history.
func TestCardOfPerson(t *testing.T) {
	d := newDesk(t)
	household, head, wife := d.putFamily()
	d.mustPut("unemployment", fmt.Sprintf(`{"id":"u-1","person":%q,"on":"2026-03-01"}`, head))
	d.mustPut("registration", fmt.Sprintf(`{"person":%q,"on":"2026-03-05"}`, head))
	d.mustPut("job_seeking", fmt.Sprintf(`{"person":%q,"on":"2026-03-06"}`, wife))
	c := d.mustCard("person", head)
	if c.Subject.ID != head || c.Subject.Version == "" || c.Household == nil || c.Household.ID != household {
		t.Errorf("got %v of household %v", c.Subject, c.Household)
	}
	if len(c.Members) != 2 || c.Members[0].ID != head || c.Members[1].ID != wife {
		t.Errorf("got %d members, want the head and the wife", len(c.Members))
	}
	var said []string
	for _, told := range c.Said {
		said = append(said, told.Kind.Name+" "+told.Day)
		if told.By != kit.First.Code {
			t.Errorf("%s was written by %q", told.Kind.Name, told.By)
		}
	}
	if got := strings.Join(said, ", "); !strings.HasPrefix(got, "registration 2026-03-05, unemployment 2026-03-01") {
		t.Errorf("told of %s", got)
	}
	if c.Fact("ledger_unemployed", head) == nil || c.Fact("person_facts", wife) == nil {
		t.Errorf("of %d rows none of the first ledger, or none of the wife", len(c.Facts))
	}
	if len(c.Past) == 0 {
		t.Error("no history")
	}
	if said := fmt.Sprint(c.Subject.Fields, c.Past, c.Facts, c.Members[0].Fields); strings.Contains(said, headNumber) {
		t.Error("the card tells the whole ID number")
	}
}

// TestCardOfHousehold: what is about each member is told too.
func TestCardOfHousehold(t *testing.T) {
	d := newDesk(t)
	household, head, wife := d.putFamily()
	d.mustPut("job_seeking", fmt.Sprintf(`{"person":%q,"on":"2026-03-06"}`, wife))
	d.mustPut("visit", fmt.Sprintf(`{"household":%q,"on":"2026-03-07"}`, household))
	c := d.mustCard("household", household)
	if c.Household != c.Subject || len(c.Members) != 2 || len(c.Said) < 2 || c.Said[0].Kind.Name != "visit" || c.Fact("household_facts", household) == nil {
		t.Errorf("got %d members and %d records", len(c.Members), len(c.Said))
	}
	looked, err := operate.New(d.at, operate.Beyond{}).Audit(0, "person", head, "")
	if err != nil || len(looked) == 0 {
		t.Errorf("the audit log has %d entries of the head, %v", len(looked), err)
	}
}

// TestCardOfOthers: what is not here, and what another unit holds, has none.
func TestCardOfOthers(t *testing.T) {
	d := newDesk(t)
	d.putFamily()
	for _, id := range []change.RecordID{kit.Name(kit.Second, "person", "p-1"), kit.Name(kit.First, "person", "p-9"), "420202190001010019"} {
		if _, err := desk.New(d.at).Card(t.Context(), "person", id, kit.Clerk); fault.Of(err) != fault.NotFound {
			t.Errorf("got %v, want that there is no such person", err)
		}
	}
	if _, err := desk.New(d.at).Card(t.Context(), "visit", "v-1", kit.Clerk); fault.Of(err) != fault.Invalid {
		t.Errorf("got %v, want that a visit has no card", err)
	}
}

// TestHouseholds lists them in each order, chosen by what they are, and as they are now.
func TestHouseholds(t *testing.T) {
	d := newDesk(t)
	at := desk.New(d.at)
	list := func(ask desk.AskHouseholds) (heads string, got *desk.Households) {
		t.Helper()
		got, err := at.Households(t.Context(), ask, kit.Clerk)
		if err != nil {
			t.Fatal(err)
		}
		for _, shown := range got.Shown {
			heads += fmt.Sprint(shown.Fields["head_name"])
		}
		return heads, got
	}
	for i, line := range []string{`{"id":"h-1","head_name":"Bo","address":"3号","kinds":["01","02"]}`, `{"id":"h-2","head_name":"Ci","address":"1号","low_income":true}`, `{"id":"h-3","head_name":"Ai","address":"2号","kinds":["02"],"head_id_number":"` + headNumber + `"}`} {
		d.town.Clock.Advance(1e9)
		d.mustPut("household", line)
		if _, got := list(desk.AskHouseholds{}); got.All != i+1 {
			t.Errorf("%d households, want %d", got.All, i+1)
		}
	}
	for ask, want := range map[desk.AskHouseholds]string{
		{}: "AiCiBo", {Order: desk.ByName}: "AiBoCi", {Order: desk.ByAddress}: "CiAiBo", {Kind: "02"}: "AiBo", {Kind: "01"}: "Bo", {LowIncome: true}: "Ci", {Page: 9}: "AiCiBo", {Kind: "99"}: "",
	} {
		if got, _ := list(ask); got != want {
			t.Errorf("%+v: got %s, want %s", ask, got, want)
		}
	}
	_, got := list(desk.AskHouseholds{Kind: "01"})
	if got.Total != 1 || got.All != 3 || got.LowIncome != 1 || got.Kinds["02"] != 2 || got.Of != 1 {
		t.Errorf("got %+v", got)
	}
	d.town.Clock.Advance(1e9)
	d.mustPut("household", `{"id":"h-1","head_name":"Bo","kinds":["02"]}`)
	if got, _ := list(desk.AskHouseholds{Kind: "02"}); got != "BoAi" {
		t.Errorf("after a change: got %s, want BoAi", got)
	}
	if _, err := at.Households(t.Context(), desk.AskHouseholds{Order: "size"}, kit.Clerk); fault.Of(err) != fault.Invalid {
		t.Errorf("got %v for an order that is none", err)
	}
}

// BenchmarkCard shows a person of a community of 10,000, with the entries in the audit log.
func BenchmarkCard(b *testing.B) {
	s := newNode(b)
	households, persons := families(0, 3333)
	kit.MustPut(b, s.at, "household", households)
	kit.MustPut(b, s.at, "person", persons)
	b.Run("person", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			id := kit.Name(kit.First, "person", fmt.Sprintf("p-%06d-1", i%3333))
			if _, err := s.desk.Card(b.Context(), "person", id, kit.Clerk); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first list", func(b *testing.B) {
		for b.Loop() {
			if _, err := desk.New(s.at).Households(b.Context(), desk.AskHouseholds{}, kit.Clerk); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list", func(b *testing.B) {
		if _, err := s.desk.Households(b.Context(), desk.AskHouseholds{}, kit.Clerk); err != nil { // reads them all
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := s.desk.Households(b.Context(), desk.AskHouseholds{Order: desk.ByAddress}, kit.Clerk); err != nil {
				b.Fatal(err)
			}
		}
	})
}
