package rulepack

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// Criterion is one thing that a unit is to reach: a figure is at least, or at most, a bar.
type Criterion struct {
	Key       string // names it within its pack
	Indicator string // NAME/GROUP; "": no figure says it
	Most      bool   // the bar is the most that there may be
	Bar       int    // per cent of a rate; a number of a count
	Veto      bool   // where it is not met nothing else counts
}

// assessable are the indicators that a criterion may name; true are rates. A test holds
// them against those that there are.
var assessable = map[string]bool{
	"persons/all": false, "households/all": false, "labour_force/all": false,
	"unemployed/all": false, "unemployed/half_year": false, "unemployed/year": false,
	"employment_rate/all": true, "employment_rate/registered": true, "employment_rate/hardship": true, "employment_rate/4050": true,
	"employment_rate/4050_ages": true, "employment_rate/resettled": true, "employment_rate/resettled_homes": true,
	"registered_unemployment_rate/all": true, "zero_employment/now": false, "double_laid_off/all": false,
	"stable_rate/former_zero": true, "stable_rate/placed": true, "six_clear/all": true, "placement_success/all": true, "certificate_rate/all": true,
	"dynamic_zero/zero_employment": true, "dynamic_zero/student": true, "dynamic_zero/rural": true, "dynamic_zero/all": true,
	"overdue/recognition": true, "overdue/visits": true, "overdue/hardship": true, "overdue/contacts": true,
	"in_time/recognition": true, "in_time/one_employed": true, "in_time/one_month": true, "in_time/dual": true, "in_time/visits": true,
	"in_time/hardship": true, "in_time/registration": true, "in_time/first_contact": true, "in_time/contacts": true,
}

// Bounds of a list of criteria.
const (
	maxCriteria = 20
	maxCount    = 1_000_000
)

// All are the criteria of a pack: those it lists, or those that its keys say.
func (c *Community) All() []Criterion {
	if len(c.Criteria) > 0 {
		return slices.Clone(c.Criteria)
	}
	var all []Criterion
	add := func(asked bool, key, indicator string, most bool, bar int, veto bool) {
		if asked {
			all = append(all, Criterion{key, indicator, most, bar, veto})
		}
	}
	add(c.DynamicZero, "veto_dynamic_zero", "dynamic_zero/zero_employment", true, 0, true)
	add(c.RateAll > 0, "rate_all", "employment_rate/all", false, c.RateAll, false)
	add(c.RateRegistered > 0, "rate_registered", "employment_rate/registered", false, c.RateRegistered, false)
	add(c.RateHardship > 0, "rate_hardship", "employment_rate/hardship", false, c.RateHardship, false)
	add(c.RateResettled > 0, "rate_resettled", "employment_rate/resettled", false, c.RateResettled, false)
	add(c.RateStable > 0, "rate_stable", "stable_rate/former_zero", false, c.RateStable, false)
	add(c.OneEmployedMonths > 0, "one_employed_months", map[int]string{1: "in_time/one_month"}[c.OneEmployedMonths], false, 100, false)
	add(c.JoblessMonths > 0, "jobless_months", map[int]string{6: "unemployed/half_year", 12: "unemployed/year"}[c.JoblessMonths], true, 0, false)
	add(c.Certificates, "certificates", "certificate_rate/all", false, 100, false)
	return all
}

// Second is the other pack that the program brings: dynamic zero is a veto, and what came
// of the former families and of the resettled counts.
func Second() Community {
	return Community{DynamicZero: true, RateStable: 70, RateResettled: 95, Share: 60}
}

// criteria reads a list of criteria, which stands in place of the other keys.
func (p *pack) criteria(r *Rules, n node) *Refusal {
	rows, ok := n.(*ast.SequenceNode)
	if !ok || len(rows.Values) == 0 || len(rows.Values) > maxCriteria {
		return refuse("criteria", fmt.Sprintf("give a list of 1 to %d rows", maxCriteria), fmt.Sprintf("应为 1 到 %d 行的列表", maxCriteria))
	}
	r.Community.Criteria = nil
	for i, row := range rows.Values {
		c, wrong := criterionOf(row, i+1)
		if wrong == nil {
			wrong = contradiction(r.Community.Criteria, c, i+1)
		}
		if wrong != nil {
			return wrong
		}
		r.Community.Criteria = append(r.Community.Criteria, c)
	}
	p.listed = true
	return nil
}

// criterionOf reads one row.
func criterionOf(n node, row int) (c Criterion, wrong *Refusal) {
	entries, wrong := entriesOf(n)
	if wrong != nil {
		return c, inRow(row, "cannot be read", "无法读取")
	}
	bars := 0
	var bar node
	for _, e := range entries {
		switch text, _ := textOf(e.value); e.key {
		case "indicator":
			c.Key, c.Indicator = text, text
		case "at_least", "at_most":
			bar, c.Most = e.value, e.key == "at_most"
			bars++
		case "veto":
			if c.Veto, wrong = vetoOf(e.value, row); wrong != nil {
				return c, wrong
			}
		default:
			return c, inRow(row, "takes indicator, at_least or at_most, and veto", "可有 indicator、at_least 或 at_most、veto")
		}
	}
	rate, known := assessable[c.Indicator]
	switch {
	case !known:
		return c, inRow(row, "names no indicator by which units are assessed: NAME/GROUP, as in employment_rate/all", "没有写可用于评定的指标：应为 指标/分组，如 employment_rate/all")
	case bars != 1:
		return c, inRow(row, "needs one of at_least and at_most", "at_least 和 at_most 应写一个")
	}
	most := int64(maxCount)
	if rate {
		most = 100
	}
	number, ok := wholeOf(bar)
	if !ok || number < 0 || number > most {
		return c, inRow(row, fmt.Sprintf("needs a bar that is a whole number from 0 to %d", most), fmt.Sprintf("的标准应为 0 到 %d 的整数", most))
	}
	c.Bar = int(number)
	if c.Most && rate && c.Bar == 100 || !c.Most && c.Bar == 0 {
		return c, inRow(row, "asks for nothing: every unit meets it", "没有任何要求，所有单位都能达到")
	}
	return c, nil
}

func vetoOf(n node, row int) (bool, *Refusal) {
	veto, ok := boolOf(n)
	if !ok {
		return false, inRow(row, "needs true or false for veto", "的 veto 应为 true 或 false")
	}
	return veto, nil
}

// contradiction finds what a criterion has against those before it.
func contradiction(before []Criterion, c Criterion, row int) *Refusal {
	for i, b := range before {
		switch {
		case b.Indicator != c.Indicator:
		case b.Most == c.Most:
			return inRow(row, fmt.Sprintf("asks again for what row %d asks for", i+1), fmt.Sprintf("与第 %d 行重复", i+1))
		case b.Most && b.Bar < c.Bar, c.Most && c.Bar < b.Bar:
			return inRow(row, fmt.Sprintf("contradicts row %d: nothing meets both", i+1), fmt.Sprintf("与第 %d 行矛盾，不可能同时达到", i+1))
		}
	}
	return nil
}

func inRow(row int, en, zh string) *Refusal {
	return refuse("criteria", fmt.Sprintf("row %d %s", row, en), fmt.Sprintf("第 %d 行%s", row, zh))
}
