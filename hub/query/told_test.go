package query_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/query"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// TestNumbersInTexts: an ID number that somebody has typed into a text is masked for a
// program that may not see numbers, in rows and in all rows; people read texts as they are.
func TestNumbersInTexts(t *testing.T) {
	f := newFixture(t)
	j := viewtest.NewJournal()
	j.Person(viewtest.First, "p-1", viewtest.Fields{"name": change.Text("王" + idNumber), "sex": change.Text("1")})
	f.open(j)
	q := question.Question{Kind: "person", Select: []string{"name"}}
	for name, c := range map[string]struct {
		who  query.Asker
		full bool
	}{
		"a person":                       {by(viewtest.City), true},
		"a program":                      {query.Asker{Unit: viewtest.UnitID(viewtest.City), Program: "stats"}, false},
		"a program that may see numbers": {query.Asker{Unit: viewtest.UnitID(viewtest.City), Program: "stats", Reveal: true}, true},
		"a person who may see numbers":   {query.Asker{Unit: viewtest.UnitID(viewtest.City), Reveal: true}, true},
	} {
		got, err := f.Query(t.Context(), c.who, q)
		if err != nil || len(got.Rows) != 1 {
			t.Fatalf("%s: %v, %v", name, got.Rows, err)
		}
		if full := strings.Contains(fmt.Sprint(got.Rows[0]), idNumber); full != c.full {
			t.Errorf("%s: got %v, want the number in full %v", name, got.Rows[0], c.full)
		}
	}
}

// TestSummed: what is missing is added up over communities, and an answer is as old as what
// the connected one says that has not reported for longest.
func TestSummed(t *testing.T) {
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	got := query.Summed(noon, []query.Community{
		{Code: "a", Enrolled: true, Connected: true, LastHeard: at(-1), Head: 10, Applied: 7},
		{Code: "b", Enrolled: true, Connected: true, LastHeard: at(-3), Head: 5, Applied: 5},
		{Code: "c", Enrolled: true, Connected: true, LastHeard: at(-2), Head: 9, Applied: 4},
		{Code: "d", Enrolled: true, Connected: true, Head: 2, Applied: 4}, // has never said how much it has
		{Code: "e", Enrolled: true, Since: at(-9), LastHeard: at(-5)},
		{Code: "f", Enrolled: true, Since: at(-9)},
		{Code: "g"},
	})
	want := question.Coverage{AsOf: at(-3), Units: 6, Absent: 1, Pending: 8, Silent: []question.Silent{{Unit: "e", Since: at(-5)}, {Unit: "f", Since: at(-9)}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestMostGroups: counts are by three fields at most, and each of these counts.
func TestMostGroups(t *testing.T) {
	f := newFixture(t)
	group := func(fields string) (rows []question.Row, err error) {
		a, err := f.Query(t.Context(), by(viewtest.City), question.Question{Kind: "person", GroupBy: fields})
		if err != nil {
			return nil, err
		}
		return a.Rows, nil
	}
	for _, by := range []string{"sex,unit,valid", "unit,valid,sex"} {
		if rows, err := group(by); err != nil || len(rows) != 4 {
			t.Errorf("by %s: %v, %v, want a count for each sex of each community", by, rows, err)
		}
	}
	if rows, err := group("sex,unit,valid,hukou"); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "at most") {
		t.Errorf("by four fields: %v, %v", rows, err)
	}
}
