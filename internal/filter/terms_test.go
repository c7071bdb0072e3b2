package filter_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/filter"
)

func TestTerms(t *testing.T) {
	one := func(field string, ranges ...filter.Range) filter.Term {
		return filter.Term{Field: field, Ranges: ranges, One: true}
	}
	equal := func(v any) filter.Range { return filter.Range{Low: v, High: v} }
	household, person := mustKind(t, "household"), mustKind(t, "person")
	for text, want := range map[string][]filter.Term{
		``:                 nil,
		`status = 失业`:      {one("status", equal("9"))},
		`status != 失业`:     nil,
		`NOT status = 失业`:  nil,
		`name = 王*`:        {one("name", filter.Range{Low: "王", High: "王\xff"})},
		`name = "王Li*"`:    {one("name", filter.Range{Low: "王", High: "王\xff"})},
		`name = "Li*"`:     nil,
		`name = *王`:        nil,
		`name:王`:           nil,
		`id_number = null`: {one("id_number", filter.Range{Empty: true})},
		`id_number:*`:      {{Field: "id_number", Ranges: []filter.Range{{}}}},
		`birth_date >= 1990-01-01 AND birth_date < 2000-01-01 AND sex = 男`: {
			one("birth_date", filter.Range{Low: "1990-01-01"}), one("birth_date", filter.Range{High: "2000-01-01"}), one("sex", equal("1"))},
		`hardship:"050"`:                      {{Field: "hardship", Ranges: []filter.Range{equal("050")}}},
		`status = 4 OR status = 9`:            {one("status", equal("4"), equal("9"))},
		`status = 4 OR sex = 1`:               nil,
		`(status = 4 AND sex = 1) OR sex = 2`: {one("sex", equal("1"), equal("2"))},
	} {
		if diff := cmp.Diff(want, mustParse(t, person, text).Terms()); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for text, want := range map[string][]filter.Term{
		`low_income`:         {one("low_income", equal(true))},
		`low_income != true`: {one("low_income", equal(false))},
		`NOT low_income`:     nil, // also where it is empty
		`people > 3`:         {one("people", filter.Range{Low: int64(3)})},
	} {
		if diff := cmp.Diff(want, mustParse(t, household, text).Terms()); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
