package watch_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
)

var (
	unemployed = question.Question{Kind: "ledger_unemployed", Select: []string{"id", "person", "name", "lasts", "loss_on", "ended_on", "valid_from", "valid_until"}}
	families   = question.Question{Kind: "household_facts", Select: []string{"id", "household", "members", "labour", "unemployed", "zero_employment"}}
)

// textOf is a value of a field.
func textOf(s string) change.Value { return change.Text(s) }

// seeker is what is asked of a person who has no work, at home in a household of the unit.
func seeker(of tree.Unit, household string) fields {
	return fields{"name": textOf("王明"), "household": textOf(string(kit.Name(of, "household", household))), "relation": textOf("02"), "hukou": textOf("10"), "sex": textOf("1"),
		"birth_date": textOf("1980-06-02"), "status": textOf("9"), "labour_ability": textOf("1"), "job_wish": textOf("1")}
}

func home(of tree.Unit, number string) *change.Change {
	return record(of, "household", number, fields{"head_name": textOf("王明"), "survey_date": textOf("2026-01-01")})
}

// derivedCopies are copies of two derived kinds.
func derivedCopies() (ledger, family *copied) {
	return newCopy(unemployed, "person"), newCopy(families, "household")
}

// TestDerived: rows of derived kinds come with the event, the move, the void or the word
// that changes them.
func TestDerived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	him := string(kit.Name(kit.First, "person", "1"))
	ledger, family := derivedCopies()
	step := func(what string, rows int, changes ...*change.Change) {
		t.Helper()
		clerk.MustSay(t, w.city, kit.First, changes...)
		w.sync()
		ledger.seen, family.seen = map[string]bool{}, map[string]bool{}
		w.mustCatchUp(ledger)
		w.mustCatchUp(family)
		w.wantCopy(ledger)
		w.wantCopy(family)
		if len(ledger.rows) != rows {
			t.Errorf("%s: %d rows of the ledger, want %d", what, len(ledger.rows), rows)
		}
	}
	step("counted", 2, home(kit.First, "a"), home(kit.First, "b"), person(kit.First, "1", seeker(kit.First, "a")), person(kit.First, "2", seeker(kit.First, "b")))
	step("an event", 2, record(kit.First, "placement", "w", fields{"person": textOf(him), "on": textOf("2026-03-01"), "employer_name": textOf("一店")}))
	step("the event is void", 2, record(kit.First, "placement", "w", fields{"valid": textOf("0"), "void_reason": textOf("写错")}))
	step("a move", 2, person(kit.First, "1", fields{"household": textOf(string(kit.Name(kit.First, "household", "b")))}))
	if len(family.seen) != 2 {
		t.Errorf("a move: rows of %d households came, want both", len(family.seen))
	}
	step("moved out", 2, person(kit.First, "1", fields{"household": change.Null}))
	step("void", 1, person(kit.First, "1", fields{"valid": textOf("0")}))
	step("a household is void", 1, record(kit.First, "household", "b", fields{"valid": textOf("0")}))
}

// TestEventElsewhere: an event that is first of one person and then of another changes
// the rows of both.
func TestEventElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	one, two := string(kit.Name(kit.First, "person", "1")), string(kit.Name(kit.First, "person", "2"))
	clerk.MustSay(t, w.city, kit.First, home(kit.First, "a"), person(kit.First, "1", seeker(kit.First, "a")), person(kit.First, "2", seeker(kit.First, "a")),
		record(kit.First, "placement", "w", fields{"person": textOf(one), "on": textOf("2026-03-01"), "employer_name": textOf("一店")}))
	w.sync()
	ledger, family := derivedCopies()
	w.mustCatchUp(ledger)
	w.mustCatchUp(family)
	clerk.MustSay(t, w.city, kit.First, record(kit.First, "placement", "w", fields{"person": textOf(two)}))
	w.sync()
	for _, c := range []*copied{ledger, family} {
		w.mustCatchUp(c)
		w.wantCopy(c)
	}
}

// TestDayTurns: at the turn of a day the rows come that it changes.
func TestDayTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	clerk.MustSay(t, w.city, kit.First, home(kit.First, "a"), person(kit.First, "1", seeker(kit.First, "a")))
	w.sync()
	ages := newCopy(question.Question{Kind: "person_facts"}, "person")
	ledger, family := derivedCopies()
	for _, day := range []string{"2026-06-01", "2026-06-02", "2026-06-03", "2027-06-02", "2041-01-01", "2050-01-01"} {
		w.day = day
		w.sync()
		for _, c := range []*copied{ages, ledger, family} {
			w.mustCatchUp(c)
			w.wantCopy(c)
		}
	}
	if len(ages.rows) != 1 {
		t.Errorf("%d rows, want 1", len(ages.rows))
	}
}

// TestPublished: rules that the city publishes change the rows of anybody.
func TestPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.MustForger(t, kit.First).MustSay(t, w.city, kit.First, home(kit.First, "a"), person(kit.First, "1", seeker(kit.First, "a")))
	w.sync()
	ledger, family := derivedCopies()
	ages := newCopy(question.Question{Kind: "person_facts"}, "person")
	for i, content := range []string{"", "man_to: 40\nwoman_to: 40", "man_to: 60", "man_to: forty"} {
		if content != "" {
			w.publish(content)
			w.sync()
		}
		for _, c := range []*copied{ledger, family, ages} {
			c.seen = map[string]bool{}
			w.mustCatchUp(c)
			w.wantCopy(c)
		}
		if len(ages.seen) != 1 {
			t.Errorf("step %d: %d rows of facts came, want that of the person", i, len(ages.seen))
		}
	}
}

// TestSubjectIsShown: rows of a derived kind say whom they are about, whatever columns
// are chosen: nothing else says which rows are no more.
func TestSubjectIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.MustForger(t, kit.First).MustSay(t, w.city, kit.First, home(kit.First, "a"), person(kit.First, "1", seeker(kit.First, "a")))
	w.sync()
	c := newCopy(question.Question{Kind: "ledger_unemployed", Select: []string{"name"}}, "person")
	w.mustCatchUp(c)
	for id, about := range c.about {
		if about != string(kit.Name(kit.First, "person", "1")) {
			t.Errorf("row %s is about %q", id, about)
		}
	}
	if len(c.rows) != 1 {
		t.Errorf("%d rows, want 1", len(c.rows))
	}
}

// TestTreeOfDerived: derived rows of units that move are others as well.
func TestTreeOfDerived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.MustForger(t, kit.First).MustSay(t, w.city, kit.First, home(kit.First, "a"), person(kit.First, "1", seeker(kit.First, "a")))
	w.MustForger(t, kit.Second).MustSay(t, w.city, kit.Second, home(kit.Second, "a"), person(kit.Second, "1", seeker(kit.Second, "a")))
	w.sync()
	whole := newCopy(question.Question{Kind: "ledger_unemployed"}, "person")
	w.mustCatchUp(whole)
	street := newCopy(question.Question{Kind: "ledger_unemployed", Scope: kit.Street.ID}, "person")
	w.scope = kit.Street.ID
	w.mustCatchUp(street)
	w.retree(func(u *tree.Unit) {
		switch u.ID {
		case kit.First.ID:
			u.Code = "990101001077"
		case kit.Second.ID:
			u.Parent, u.Code = kit.FarStreet.ID, "990101002077"
		}
	})
	w.sync()
	w.mustCatchUp(street)
	w.wantCopy(street)
	if len(street.rows) != 1 {
		t.Errorf("%d rows of the street, want 1", len(street.rows))
	}
	w.scope = kit.City.ID
	w.mustCatchUp(whole)
	w.wantCopy(whole)
}
