package facts_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/flow"
	"tongbu/internal/rulepack"
)

// packs are of all kinds that rows are made by; some end, some follow each other, and
// some cannot be used.
func packs(w *world) []facts.Entry {
	return []facts.Entry{
		w.pack(rulepack.AgeKind, "2026-01-01", "", `ages: "2025"`),
		w.pack(rulepack.ZeroKind, "2026-02-01", "2026-02-20", "free_income: 300\neverybody: true"),
		w.pack(rulepack.ZeroKind, "2026-02-10", "2026-03-31", "free_income: 0"),
		w.pack(rulepack.ClearKind, "2026-03-15", "", "service_days: 10\ninsurance_months: 1"),
		w.pack(rulepack.SubsidyKind, "2026-05-01", "", "minimum_wage: 3000"),
		w.pack(rulepack.ClocksKind, "2026-06-01", "", "retiree_check_months: 6"),
		w.pack(rulepack.CommunityKind, "2026-07-01", "", "rate_all: 90"),
		w.pack(rulepack.ZeroKind, "2026-01-01", "", "free_incomes: 1"),
		w.pack("9", "2026-01-01", "", "何时何地"),
		w.entry(facts.HolidayKind, "", `{"year":2026,"off":"2026-10-01..2026-10-07","worked":"2026-10-10"}`),
		w.entry(facts.HolidayKind, "", `{"year":2026,"off":"2026-10-01..2026-10-08"}`),
		w.entry(facts.HolidayKind, "", `{"year":2027,"off":"2026-10-01"}`),
	}
}

// TestPublish: of one kind the pack that begins last is in force, what is bad says
// nothing, and the order tells nothing.
func TestPublish(t *testing.T) {
	w := newWorld(t)
	all, random := packs(w), rand.New(rand.NewPCG(5, 6))
	p := facts.Publish(all)
	for range 20 {
		random.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
		if again := facts.Publish(all); !reflect.DeepEqual(p, again) {
			t.Fatal("another order publishes something else")
		}
	}
	for _, c := range []struct {
		day       string
		income    int64
		everybody bool
		service   int
		rate      int
	}{
		{"2025-12-31", 0, false, 90, 95},
		{"2026-02-01", 300_00, true, 90, 95},
		{"2026-02-09", 300_00, true, 90, 95},
		{"2026-02-10", 0, false, 90, 95},
		{"2026-03-15", 0, false, 10, 95},
		{"2026-07-01", 0, false, 10, 90},
	} {
		r := p.Figures(c.day)
		if r.FreeIncome != c.income || r.Everybody != c.everybody || r.ServiceDays != c.service || r.Community.RateAll != c.rate {
			t.Errorf("%s: %d %v %d %d, want %+v", c.day, r.FreeIncome, r.Everybody, r.ServiceDays, r.Community.RateAll, c)
		}
		if r.Holidays.Works("2026-10-08") || r.Holidays.Works("2026-10-10") {
			t.Errorf("%s: the later table of holidays does not count", c.day)
		}
	}
	if p.Figures("2026-12-01").Holidays.Known("2027-01-01") {
		t.Error("a table of days of another year counts")
	}
}

// TestPublishedDigest: it is another one for whatever counts, and for nothing else.
func TestPublishedDigest(t *testing.T) {
	w := newWorld(t)
	pack := w.pack(rulepack.ZeroKind, "2026-02-01", "", "free_income: 300")
	digest := func(records ...facts.Entry) change.Hash {
		p := facts.Publish(records)
		return p.Digest()
	}
	if digest() != (change.Hash{}) || digest(w.pack(rulepack.ZeroKind, "2026-02-01", "", "free_income: x")) != (change.Hash{}) {
		t.Error("nothing that counts has a digest")
	}
	if digest(pack) == digest() || digest(pack) == digest(w.entry(facts.HolidayKind, "", `{"year":2026,"off":"2026-10-01"}`)) {
		t.Error("two things that count have one digest")
	}
}

// TestPackFromADay: a pack changes rows from its first day on and to its last, and no
// others.
func TestPackFromADay(t *testing.T) {
	plain, packed := newWorld(t), newWorld(t)
	packed.publish(packed.pack(rulepack.ZeroKind, "2026-02-05", "2026-02-08", "free_income: 300"))
	f := family(plain)
	earning := plain.entry("household", string(id("h")), `{"head_name":"甲","people":2,"survey_date":"2026-01-10","low_income":true,"operating_income":20000}`)
	f.Household = &earning
	for _, c := range []struct {
		day, from, until string // no further
		zero             bool
	}{
		{"2026-02-04", "", "2026-02-04", false},
		{"2026-02-05", "2026-02-05", "2026-02-08", true},
		{"2026-02-08", "2026-02-05", "2026-02-08", true},
		{"2026-02-09", "2026-02-09", "2027-01-01", false},
	} {
		rows := packed.book.OfFamily(f, c.day)
		if zero := one(t, rows, facts.HouseholdFacts).Values["zero_employment"].Bool(); zero != c.zero {
			t.Errorf("%s: zero employment %v, want %v", c.day, zero, c.zero)
		}
		if rows.From < c.from || rows.Until > c.until {
			t.Errorf("%s: the rows are for %s to %s, want none before %s and after %s", c.day, rows.From, rows.Until, c.from, c.until)
		}
		if one(t, plain.book.OfFamily(f, c.day), facts.HouseholdFacts).Values["zero_employment"].Bool() {
			t.Errorf("%s: zero employment with an income, and no pack allows it", c.day)
		}
	}
}

// TestPacksOfFiguresEndNoSpan: what only figures go by leaves the rows as they are.
func TestPacksOfFiguresEndNoSpan(t *testing.T) {
	plain, packed := newWorld(t), newWorld(t)
	f := family(plain)
	packed.publish(packed.pack(rulepack.CommunityKind, "2026-02-05", "", "rate_all: 90"), packed.pack(rulepack.ClearKind, "2026-02-06", "", "service_days: 90"))
	if !reflect.DeepEqual(plain.book.OfFamily(f, "2026-02-04"), packed.book.OfFamily(f, "2026-02-04")) {
		t.Error("the rows are others")
	}
}

// TestPlainTerms: where nothing is published clocks have the terms that their flows name.
func TestPlainTerms(t *testing.T) {
	plain := rulepack.Plain()
	named, met := facts.TermsOf(&plain).Named, map[string]bool{}
	for _, of := range flow.Flows {
		for _, state := range of.States {
			for _, clock := range state.Clocks {
				for name, usual := range map[string]flow.Term{clock.Name: clock.Term, flow.After(clock.Name): clock.After} {
					met[name] = true
					if term, has := named[name]; has && term != usual {
						t.Errorf("%s: %+v by the rules, %+v by the flow", name, term, usual)
					}
				}
			}
		}
	}
	tasks, _ := mustSchema(t).List("task_kind")
	for name := range named {
		if _, known := tasks.Item(name); !known && !met[name] {
			t.Errorf("a term of %s, which no clock is named", name)
		}
	}
}

// TestClocksByPack: clocks go by the terms and the working days that are published.
func TestClocksByPack(t *testing.T) {
	w := newWorld(t)
	f := assisted(w)
	w.publish(w.pack(rulepack.ClocksKind, "2026-02-10", "", "one_employed_days: 30\nvisit_months: 2\nstreet_days: 3\nnotice_days: 10"),
		w.entry(facts.HolidayKind, "", `{"year":2026,"off":"2026-02-16..2026-02-20"}`))
	for day, want := range map[string]string{
		"2026-02-05": "family_confirm p1 02-26", // five days of notice and seven working ones, over the festival
		"2026-02-11": "family_confirm p1 02-25", // ten and three, and it begins before the confirmation
		"2026-02-12": "family_one p1 03-14; family_visit p1 04-12",
	} {
		got := strings.Join(tasks(t, w.book.OfFamily(f, day)), "; ")
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	for _, row := range rowsOf(w.book.OfFamily(f, "2026-02-11"), facts.TaskKind) {
		if row.Values["unsure"].Bool() {
			t.Errorf("%s is unsure, and there is a table of holidays", row.Values["task"].Text())
		}
	}
}
