package rulepack

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"tongbu/internal/calendar"
)

// Apply has the content of a pack of a kind say what it says of the rules; what it does
// not say stays as it is. Of a content that cannot be used nothing is said, and why.
// A kind that has no keys may say anything: nothing acts on it.
func (r *Rules) Apply(kind, content string) *Refusal {
	keys := keysOf(kind)
	if keys == nil {
		return nil
	}
	entries, wrong := readEntries(content)
	if wrong != nil {
		return wrong
	}
	next, p := *r, pack{}
	for _, e := range entries {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == e.key })
		if i < 0 {
			return refuse(e.key, "packs of this kind have no such key", "这类规则包没有这个键")
		}
		if wrong := p.take(&next, keys[i], e.value); wrong != nil {
			return wrong
		}
	}
	if wrong := p.finish(&next, kind); wrong != nil {
		return wrong
	}
	*r = next
	return nil
}

// pack is one that is being applied.
type pack struct {
	agesBy     string // the key that has said the ages
	man, woman int    // the last years of working age, where a pack gives them

	listed bool   // criteria are listed
	single string // a key that says one, beside the list
}

func (p *pack) take(r *Rules, k key, n node) *Refusal {
	if k.node != nil {
		return k.node(p, r, n)
	}
	if k.name != "share" {
		p.single = k.name
	}
	switch in := k.in(r).(type) {
	case *bool:
		b, ok := boolOf(n)
		if !ok {
			return k.wanted()
		}
		*in = b
	case *int64:
		fen, ok := fenOf(n, k.most)
		if !ok || fen < 100*k.least || fen > 100*k.most {
			return k.wanted()
		}
		*in = fen
	case *int:
		number, ok := wholeOf(n)
		if !ok || number < k.least || number > k.most {
			return k.wanted()
		}
		*in = int(number)
	}
	return nil
}

// finish judges what the keys of a pack say together.
func (p *pack) finish(r *Rules, kind string) *Refusal {
	switch kind {
	case AgeKind:
		return p.finishAges(r)
	case ClocksKind:
		return r.Clocks.judge()
	case CommunityKind:
		if p.listed && p.single != "" {
			return refuse(p.single, "the criteria are given by the list already", "要求已由 criteria 列表给出")
		}
		if c := r.Community; !p.listed && c.RateAll+c.RateRegistered+c.RateHardship+c.RateResettled+c.RateStable+c.OneEmployedMonths+c.JoblessMonths == 0 && !c.Certificates && !c.DynamicZero {
			return refuse("rate_all", "the pack asks for nothing: every community would pass", "规则包没有任何要求，所有社区都会通过")
		}
	case BestKind:
		return r.Best.judge()
	}
	return nil
}

func (c *Clocks) judge() *Refusal {
	for _, of := range []struct {
		key         string
		least, most int
	}{{"hardship_notice_most", c.HardshipNoticeLeast, c.HardshipNoticeMost}, {"hardship_tier_most", c.HardshipTierLeast, c.HardshipTierMost}} {
		if of.most < of.least {
			return refuse(of.key, fmt.Sprintf("%d is below the least, which is %d", of.most, of.least), fmt.Sprintf("%d 小于下限 %d", of.most, of.least))
		}
	}
	return nil
}

func (b *Best) judge() *Refusal {
	for _, of := range []struct {
		key string
		sum int
	}{
		{"jobs", b.Jobs + b.Network + b.Service + b.Employment},
		{"network_next_day", b.NetworkNextDay + b.NetworkDays + b.NetworkAccepted},
		{"service_placed", b.ServicePlaced + b.ServiceClear + b.ServiceVisits},
	} {
		if of.sum == 0 {
			return refuse(of.key, "the weights that belong together are all 0", "同一组的权重之和为 0")
		}
	}
	return nil
}

// saysAges notes by which key the ages are said: two would contradict each other.
func (p *pack) saysAges(key string) *Refusal {
	if p.agesBy != "" {
		return refuse(key, "the ages are given by "+p.agesBy+" already", "劳动年龄已由 "+p.agesBy+" 给出")
	}
	p.agesBy = key
	return nil
}

func (p *pack) namedAges(r *Rules, n node) *Refusal {
	name, _ := textOf(n)
	ages, known := agesByName(name)
	if !known {
		return refuse("ages", `give plain or "2025"`, `应为 plain 或 "2025"`)
	}
	r.Ages = ages
	return p.saysAges("ages")
}

func (p *pack) manTo(r *Rules, n node) *Refusal   { return p.years("man_to", &p.man, n) }
func (p *pack) womanTo(r *Rules, n node) *Refusal { return p.years("woman_to", &p.woman, n) }

func (p *pack) years(key string, in *int, n node) *Refusal {
	years, ok := wholeOf(n)
	if !ok || years < leastAge || years > mostAge {
		return refuse(key, fmt.Sprintf("give a whole number from %d to %d", leastAge, mostAge), fmt.Sprintf("应为 %d 到 %d 的整数", leastAge, mostAge))
	}
	*in = int(years)
	if p.agesBy == "man_to" || p.agesBy == "woman_to" {
		return nil
	}
	return p.saysAges(key)
}

func (p *pack) finishAges(r *Rules) *Refusal {
	switch {
	case p.agesBy == "":
		return nil
	case (p.man == 0) != (p.woman == 0):
		return refuse(p.agesBy, "give man_to and woman_to together", "man_to 与 woman_to 应同时给出")
	case p.man != 0:
		r.Ages = plainAges(p.man, p.woman)
	}
	key := p.agesBy
	if p.man != 0 {
		key = "woman_to"
	}
	return judgeAges(key, r.Ages)
}

// ageTable reads a table of ages by its rows.
func (p *pack) ageTable(r *Rules, n node) *Refusal {
	rows, ok := n.(*ast.SequenceNode)
	if !ok || len(rows.Values) == 0 || len(rows.Values) > maxAgeRules {
		return refuse("table", fmt.Sprintf("give a list of 1 to %d rows", maxAgeRules), fmt.Sprintf("应为 1 到 %d 行的列表", maxAgeRules))
	}
	r.Ages = nil
	for i, row := range rows.Values {
		a, ok := ageRow(row)
		if !ok {
			return refuse("table", fmt.Sprintf("row %d needs months (%d to %d), and takes sex, category, and since, step, most together", i+1, 12*leastAge, 12*mostAge),
				fmt.Sprintf("第 %d 行应有 months（%d 到 %d），可有 sex、category，以及同时给出的 since、step、most", i+1, 12*leastAge, 12*mostAge))
		}
		r.Ages = append(r.Ages, a)
	}
	return p.saysAges("table")
}

func ageRow(n node) (a AgeRule, ok bool) {
	entries, wrong := entriesOf(n)
	if wrong != nil {
		return a, false
	}
	within := func(n node, in *int, least, most int64) bool {
		number, ok := wholeOf(n)
		*in = int(number)
		return ok && number >= least && number <= most
	}
	for _, e := range entries {
		text, _ := textOf(e.value)
		switch e.key {
		case "sex":
			a.Sex, ok = text, text == male || text == female
		case "category":
			a.Category, ok = text, slices.Contains([]string{"1", "2", "3"}, text)
		case "since":
			a.Since, ok = text, calendar.Valid(text+"-01")
		case "months":
			ok = within(e.value, &a.Months, 12*leastAge, 12*mostAge)
		case "most":
			ok = within(e.value, &a.Most, 12*leastAge, 12*mostAge)
		case "step":
			ok = within(e.value, &a.Step, 1, 120)
		default:
			ok = false
		}
		if !ok {
			return a, false
		}
	}
	some, all := a.Since != "" || a.Step > 0 || a.Most > 0, a.Since != "" && a.Step > 0 && a.Most > 0
	return a, a.Months > 0 && some == all && (!all || a.Most >= a.Months)
}
