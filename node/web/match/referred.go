package match

import (
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/matching"
	"tongbu/node/desk"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// referral is one of before, in words.
type referral struct{ Href, Text, Result string }

// earlier are the referrals of before of a person or to a vacancy, by the other one; the
// latest stands last.
type earlier struct {
	of   map[change.RecordID]*desk.Shown
	rows []*desk.Shown
	say  func(row *desk.Shown) string
}

// referrals reads them in the ledger of job seeking and placement.
func referrals(v *visit.Visit, kind string, id change.RecordID) (earlier, error) {
	e := earlier{of: map[change.RecordID]*desk.Shown{}}
	k, known := v.Site.Replica.Schema.Kind(facts.SeekingLedger)
	if !known {
		return e, nil
	}
	e.say = func(row *desk.Shown) string {
		day, _ := row.Fields["referred_on"].(string)
		result := values.Text(k, "result", row.Fields["result"], v.Lang)
		placed, _ := row.Fields["placed_on"].(string)
		if result == "" && placed != "" {
			result = v.Say("已安置", "placed")
		}
		if result == "" {
			result = v.Say("还没反馈", "no feedback yet")
		}
		if why := values.Text(k, "failure", row.Fields["failure"], v.Lang); why != "" {
			result += v.Say("：", ": ") + why
		}
		return day + v.Say(" 推荐过，", " referred, ") + result
	}
	other := "vacancy"
	if kind == matching.VacancyKind {
		other = "person"
	}
	err := v.Site.Desk.List(v.Ctx(), k.Name, fmt.Sprintf("%s = %q AND referred_on:*", kind, string(id)), v.Asker("match"), func(row *desk.Shown) error {
		e.rows = append(e.rows, row)
		return nil
	})
	slices.SortStableFunc(e.rows, func(a, b *desk.Shown) int { return strings.Compare(dayOf(a), dayOf(b)) })
	for _, row := range e.rows {
		if to, _ := row.Fields[other].(string); to != "" {
			e.of[change.RecordID(to)] = row
		}
	}
	return e, err
}

func dayOf(row *desk.Shown) string {
	day, _ := row.Fields["referred_on"].(string)
	return day
}

// said is what came of an earlier referral of a pair; "" for none.
func (e earlier) said(id change.RecordID) string {
	if row := e.of[id]; row != nil {
		return e.say(row)
	}
	return ""
}

// shown are all of them, the latest first.
func (e earlier) shown(v *visit.Visit, person bool) (all []referral) {
	for _, row := range slices.Backward(e.rows) {
		field, kind := "person", matching.PersonKind
		name, _ := row.Fields["name"].(string)
		if person {
			field, kind = "vacancy", matching.VacancyKind
			to, _ := row.Fields["referred_to"].(string)
			post, _ := row.Fields["vacancy_name"].(string)
			name = strings.TrimSpace(to + " " + post)
		}
		one := referral{Text: name, Result: e.say(row)}
		if id, _ := row.Fields[field].(string); id != "" {
			one.Href = visit.RecordPath(kind, id)
		}
		all = append(all, one)
	}
	return all
}
