package work

import (
	"strconv"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/flow"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

const (
	householdKind, personKind = "household", "person"

	familyFlow = flow.Family
)

func pathID(v *visit.Visit) change.RecordID { return change.RecordID(v.R.PathValue("id")) }

// textOf is the text of a field of a row, "" for none.
func textOf(row *desk.Shown, field string) string {
	if row == nil {
		return ""
	}
	text, _ := row.Fields[field].(string)
	return text
}

func isTrue(row *desk.Shown, field string) bool {
	is, _ := row.Fields[field].(bool)
	return is
}

// say is what a row says in a field, in words and covered.
func say(v *visit.Visit, kind string, row *desk.Shown, field string) string {
	k, known := v.Site.Replica.Schema.Kind(kind)
	if row == nil || !known {
		return ""
	}
	return values.Text(k, field, row.Fields[field], v.Lang)
}

// levelHere is the level of this unit, as a code of the list deciding_tier.
func levelHere(v *visit.Visit) string {
	return strconv.Itoa(int(v.Site.Replica.Members.Unit().Level))
}

// levelText is what the units of a level are called.
func levelText(v *visit.Visit, level int) string {
	switch level {
	case flow.City:
		return v.Say("市", "city")
	case flow.District:
		return v.Say("区", "district")
	case flow.Street:
		return v.Say("街道", "street")
	}
	return v.Say("社区", "community")
}

// leftOf says how long it is to a day; nil where there is none.
func leftOf(v *visit.Visit, due string) *pages.Left {
	if due == "" {
		return nil
	}
	left := pages.LeftOf(v.Lang, calendar.Number(due)-calendar.Number(v.Today()))
	return &left
}

// daysSince is how many days ago a day was; "" where it is not known.
func daysSince(v *visit.Visit, day string) string {
	if day == "" {
		return ""
	}
	return strconv.Itoa(calendar.Number(v.Today()) - calendar.Number(day))
}

// stateText is what a step of a procedure leads to, as the list case_state has it.
func stateText(v *visit.Visit, f *flow.Flow, step string) string {
	k, known := v.Site.Replica.Schema.Kind(facts.CaseKind)
	if !known {
		return step
	}
	return values.Text(k, "state", f.Code(step), v.Lang)
}

// taskText is what a kind of task is called.
func taskText(v *visit.Visit, task string) string {
	k, known := v.Site.Replica.Schema.Kind(facts.TaskKind)
	if !known {
		return task
	}
	return values.Text(k, "task", task, v.Lang)
}

// caseText is what a case is about: the kind of family, the benefit or the certificate, where
// it has one.
func caseText(v *visit.Visit, row *desk.Shown) string {
	text := say(v, facts.CaseKind, row, "flow")
	for _, field := range []string{"family_kind", "benefit", "certificate_kind"} {
		if more := say(v, facts.CaseKind, row, field); more != "" {
			text += v.Say("：", ": ") + more
		}
	}
	return text
}

// mayEnter reports whether units of this level write the code of a step.
func mayEnter(v *visit.Visit, k *schema.Kind, step string) bool {
	f, has := k.Field("step")
	if step == "" || !has {
		return true
	}
	item, known := f.List().Item(step)
	if !known || len(item.Writers) == 0 {
		return known
	}
	for _, level := range item.Writers {
		if strconv.Itoa(level) == levelHere(v) {
			return true
		}
	}
	return false
}

// apartOf is what tells the subject of a row from others of the name: sex and age of a
// person, and the address of the household.
func apartOf(v *visit.Visit, person, home *desk.Shown, family bool) string {
	var all []string
	if !family && person != nil {
		sex := say(v, personKind, person, "sex")
		if age, ok := calendar.Age(textOf(person, "birth_date"), v.Today()); ok {
			sex = strings.TrimSpace(sex + " " + strconv.Itoa(age))
		}
		all = append(all, sex)
	}
	all = append(all, say(v, householdKind, home, "address"))
	return strings.Trim(strings.Join(all, v.Say("，", ", ")), v.Say("，", ", "))
}

func idOf(row *desk.Shown, field string) change.RecordID { return change.RecordID(textOf(row, field)) }
