package viewtest

import (
	"flag"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/facts"
	"tongbu/internal/schema"
	"tongbu/internal/test/drawn"
	"tongbu/internal/test/report"
)

// histories is how many are told, unless -rapid.checks says.
const histories = 100

// TestHistories: of what stations and the tiers above them have written of their families,
// in whatever order it comes, the stations and the city have the same records, derived
// rows and figures. The city's rows are those it has made step by step, on other days too.
func TestHistories(t *testing.T) {
	draw(t, "rapid.checks", strconv.Itoa(report.Scale(histories, 1000)))
	draw(t, "rapid.nofailfile", "true") // planted bugs would leave theirs in the tree
	line, s := report.Begin(t, "histories of families"), MustSchema(t)
	line.Seeds = "drawn"
	made := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		line.Runs++
		of := drawHistory(rt, s)
		c := newCity(t, rt, of)
		c.live()
		for _, unit := range []string{First, Second, Street, District} {
			at := newStation(rt, of, unit)
			at.hear(of.mixed("at " + unit))
			c.wantSame(at, made)
		}
	})
	for _, kind := range []string{facts.PersonFacts, facts.HouseholdFacts, facts.UnemployedLedger, facts.SeekingLedger, facts.InsuranceLedger, facts.HardshipRegister, facts.Achievement, facts.CaseKind, facts.TaskKind, facts.LayoffRegister, facts.CensusForm,
		facts.VacancyLedger, facts.MatterRegister} {
		if made[kind] < line.Runs/10 {
			t.Errorf("%d rows of %s in %d histories: they tell too little", made[kind], kind, line.Runs)
		}
	}
	line.Figure("rows", made)
}

// city is a view that applies a history in portions, some twice, with days that turn
// between them.
type city struct {
	*rapid.T
	*history
	v view.View
}

func newCity(t *testing.T, rt *rapid.T, of *history) *city {
	v, err := view.Open(t.Context(), NewMemory(of.schema), of.schema,
		view.Options{Tree: of.tree, City: UnitID(City), Fetch: of.journal.Fetch, Source: "journal-1"})
	if err != nil {
		rt.Fatal(err)
	}
	rt.Cleanup(func() { _ = v.Close() })
	return &city{rt, of, v}
}

func (c *city) live() {
	if drawn.Evenly(c.T, "settled at first", true, true, false) {
		c.review(c.aDay())
	}
	all := c.mixed("at the city")
	for i := range all {
		all[i].Arrival = uint64(i + 1)
	}
	for at := 0; at < len(all); {
		from := max(0, at-numberTo(c.T, "again", 4))
		at = min(len(all), at+drawn.Evenly(c.T, "portion", 1, 2, 5, 10, 20))
		if err := c.v.Apply(c.Context(), all[from:at], uint64(at)); err != nil {
			c.Fatal(err)
		}
		switch numberTo(c.T, "day", 8) {
		case 0:
			c.review(c.aDay())
		case 1: // it is left half done
			if _, err := c.v.Review(c.Context(), c.aDay()); err != nil {
				c.Fatal(err)
			}
		}
	}
	c.review(c.day)
}

// aDay is often the last one: what is made step by step on it is never made again.
func (c *city) aDay() string { return drawn.Evenly(c.T, "it is", c.day, c.day, c.day, someDay(c.T)) }

func (c *city) review(day string) {
	err := c.v.Settle(c.Context())
	for more := true; more && err == nil; {
		more, err = c.v.Review(c.Context(), day)
	}
	if err != nil {
		c.Fatal(err)
	}
}

// wantSame holds what the city has of a unit against what the unit has.
func (c *city) wantSame(at *station, made map[string]int) {
	want, parts := at.account()
	got, err := c.v.Account(c.Context(), at.unit, c.day)
	if err != nil {
		c.Fatal(err)
	}
	if result, by := got.Compare(want); result != digest.Equal {
		c.Fatalf("%s: the account of %s is %s by %s", c.day, at.unit, result, by)
	}
	rows := c.keptRows(at.unit)
	if diff := cmp.Diff(at.rows, rows); diff != "" {
		c.Fatalf("%s: of %s the station has -, the city +:\n%s", c.day, at.unit, diff)
	}
	var sum digest.Maker
	for _, row := range rows {
		made[row.Kind]++
		if err := sum.AddRow(row); err != nil {
			c.Fatal(err)
		}
	}
	if kept, err := sum.Account(c.day, got.Schema, got.Published); err != nil || kept.RowsHash != want.RowsHash {
		c.Fatalf("%s: the rows of %s have another digest (%v)", c.day, at.unit, err)
	}
	for _, day := range []string{"", c.day} {
		got := map[string]int64{}
		if err := c.v.Parts(c.Context(), []change.UnitID{at.unit}, day, func(of change.UnitID, part string, n int64) {
			if of == at.unit {
				got[part] += n
			}
		}); err != nil {
			c.Fatal(err)
		}
		for part := range got {
			if got[part] == 0 {
				delete(got, part)
			}
		}
		if diff := cmp.Diff(parts, got); diff != "" {
			c.Fatalf("%s: figures of %s made for %q: the station has -, the city +:\n%s", c.day, at.unit, day, diff)
		}
	}
}

// keptRows are the derived rows of a unit itself as they stand in the tables.
func (c *city) keptRows(unit change.UnitID) (all []facts.Row) {
	for _, k := range c.schema.Kinds() {
		if k.Sort != schema.Derived {
			continue
		}
		names := []string{view.ColID}
		for _, f := range k.Fields {
			if f.Name != "unit" {
				names = append(names, f.Name)
			}
		}
		q := view.Query{Kind: k, Columns: names, Scope: view.Scope{Under: unit}, Limit: 10000}
		found, err := c.v.Rows(c.Context(), q)
		if err != nil {
			c.Fatal(err)
		}
		for _, r := range found {
			if maker, named := change.RecordID(r.Values[0].Text()).Maker(); named && maker != unit {
				continue // of a unit below
			}
			row := facts.Row{Kind: k.Name, ID: change.RecordID(r.Values[0].Text()), Values: map[string]change.Value{}}
			for i, name := range names[1:] {
				if v := r.Values[i+1]; !v.IsNull() {
					row.Values[name] = v
				}
			}
			all = append(all, row)
		}
	}
	facts.SortRows(all)
	return slices.Clip(all)
}

// draw sets a flag of what is drawn, unless the command line has.
func draw(t *testing.T, name, value string) {
	f := flag.Lookup(name)
	if f.Value.String() == f.DefValue {
		_ = f.Value.Set(value)
		t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
	}
}
