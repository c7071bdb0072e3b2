package work

import (
	"net/url"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/flow"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// way is how a task is done: which form is opened, and what stands in it already.
type way struct {
	word pages.Text        // of the button
	kind string            // of what is entered
	home bool              // it is about the household
	of   string            // the field of the task that names what it is about, where that is nobody
	step string            // of a procedure: the form names the step and what it answers
	by   string            // the field that names what the task follows from
	set  map[string]string // other codes that are known beforehand
}

// ways are those of the tasks that a community does.
var ways = map[string]way{
	"family_open":      {word: pages.Text{Zh: "立案", En: "Open a case"}, kind: familyStep, home: true, set: map[string]string{"step": "FOUND", "family_kind": "02"}},
	"family_verify":    {word: pages.Text{Zh: "记核实", En: "Verify"}, kind: familyStep, home: true, step: "VERIFIED"},
	"family_notice":    {word: pages.Text{Zh: "记公示", En: "Public notice"}, kind: familyStep, home: true, step: "PUBLIC_NOTICE"},
	"family_mend":      {word: pages.Text{Zh: "补正", En: "Complete"}, kind: familyStep, home: true, step: "VERIFIED"},
	"family_one":       {word: pages.Text{Zh: "登记就业", En: "One at work"}, kind: familyStep, home: true, step: "ONE_EMPLOYED"},
	"family_two":       {word: pages.Text{Zh: "登记双就业", En: "Two at work"}, kind: familyStep, home: true, step: "DUAL_EMPLOYED"},
	"family_visit":     {word: pages.Text{Zh: "记走访", En: "Visit"}, kind: "visit", home: true, set: map[string]string{"kind": "3"}},
	"hardship_check":   {word: pages.Text{Zh: "记核实", En: "Check"}, kind: hardshipStep, step: "checked"},
	"hardship_notice":  {word: pages.Text{Zh: "记公示", En: "Public notice"}, kind: hardshipStep, step: "notice"},
	"hardship_mend":    {word: pages.Text{Zh: "补正", En: "Complete"}, kind: hardshipStep, step: "checked"},
	"hardship_review":  {word: pages.Text{Zh: "记复核", En: "Re-check"}, kind: hardshipStep, step: "reviewed"},
	"register":         {word: pages.Text{Zh: "失业登记", En: "Register"}, kind: "registration"},
	"first_contact":    {word: pages.Text{Zh: "记联系", En: "Contact"}, kind: "contact"},
	"contact":          {word: pages.Text{Zh: "记联系", En: "Contact"}, kind: "contact"},
	"no_contact":       {word: pages.Text{Zh: "注销登记", En: "Deregister"}, kind: "deregistration", by: "registration"},
	"refused_thrice":   {word: pages.Text{Zh: "注销登记", En: "Deregister"}, kind: "deregistration", by: "registration"},
	"benefit_check":    {word: pages.Text{Zh: "记审核", En: "Check"}, kind: benefitDecision, step: "community"},
	"benefit_mend":     {word: pages.Text{Zh: "补正", En: "Complete"}, kind: benefitDecision, step: "community"},
	"feedback":         {word: pages.Text{Zh: "记反馈", En: "Feedback"}, kind: "feedback", by: "referral"},
	"training_placed":  {word: pages.Text{Zh: "记回访", En: "Follow up"}, kind: "follow_up"},
	"retiree_check":    {word: pages.Text{Zh: "记认定", En: "Check"}, kind: "retiree_check"},
	"cert_yearly":      {word: pages.Text{Zh: "记年检", En: "Yearly check"}, kind: certificateStep, step: "yearly"},
	"loan_follow":      {word: pages.Text{Zh: "记跟踪", En: "Follow up"}, kind: loanStep, step: "followed"},
	"loan_overdue":     {word: pages.Text{Zh: "记还款", En: "Repayment"}, kind: loanStep, step: "followed"},
	"half_year":        {word: pages.Text{Zh: "记服务", En: "Service"}, kind: "service"},
	"whole_year":       {word: pages.Text{Zh: "记服务", En: "Service"}, kind: "service"},
	"low_income_work":  {word: pages.Text{Zh: "记走访", En: "Visit"}, kind: "visit", home: true},
	"low_income_able":  {word: pages.Text{Zh: "推荐岗位", En: "Recommend a job"}, kind: "referral"},
	"stopped_payer":    {word: pages.Text{Zh: "登记社保", En: "Insurance"}, kind: "insurance_state"},
	"no_subsidy":       {word: pages.Text{Zh: "申请补贴", En: "Apply"}, kind: "benefit_application"},
	"young_out":        {word: pages.Text{Zh: "失业登记", En: "Register"}, kind: "registration"},
	"layoff_visit":     {word: pages.Text{Zh: "记走访", En: "Visit"}, kind: "visit", home: true, set: map[string]string{"kind": "4"}},
	"layoff_family":    {word: pages.Text{Zh: "记走访", En: "Visit"}, kind: "visit", home: true, set: map[string]string{"kind": "4"}},
	"census_visit":     {word: pages.Text{Zh: "记走访", En: "Visit"}, kind: "visit", home: true, by: "campaign", set: map[string]string{"kind": "1"}},
	"census_vain":      {word: pages.Text{Zh: "记走访", En: "Visit"}, kind: "visit", home: true, by: "campaign", set: map[string]string{"kind": "1"}},
	"vacancy_ending":   {word: pages.Text{Zh: "去看", En: "Look"}},
	"arrears_open":     {word: pages.Text{Zh: "去看", En: "Look"}},
	"inspect_answer":   {word: pages.Text{Zh: "记答复", En: "Answer"}, kind: inspectionStep, of: "inspection", step: "answered"},
	"full_rectify":     {word: pages.Text{Zh: "记整改", En: "Rectified"}, kind: communityStep, of: "for_unit", step: "rectified"},
	"duplicate_answer": {word: pages.Text{Zh: "记答复", En: "Answer"}},
	"duplicate_move":   {word: pages.Text{Zh: "去看", En: "Look"}},
	"duplicate_number": {word: pages.Text{Zh: "去看", En: "Look"}},
	"correction":       {word: pages.Text{Zh: "去看", En: "Look"}},
	"crossed":          {word: pages.Text{Zh: "去看", En: "Look"}},
}

// Kinds of the events that are steps.
const (
	familyStep      = "family_step"
	hardshipStep    = "hardship_step"
	benefitDecision = "benefit_decision"
	certificateStep = "certificate_step"
	loanStep        = "loan_step"
	inspectionStep  = "inspection_step"
	communityStep   = "community_step"
)

// NewPath is the address of the form of a kind about a record, with what is known of it.
func NewPath(kind string, of change.RecordID, known map[string]string) string {
	q := url.Values{}
	if of != "" {
		q.Set("of", string(of))
	}
	for field, code := range known {
		if code != "" {
			q.Set(field, code)
		}
	}
	return "/new/" + url.PathEscape(kind) + "?" + q.Encode()
}

// stepPath is the address of the form by which the next step of a case is taken here; ""
// where who is there may not.
func stepPath(v *visit.Visit, c *desk.Card, m *facts.Matter, step string) string {
	kind, of, known := "", m.Person, map[string]string{}
	answers := string(facts.EventOf(m.Last().ID))
	switch m.Flow.Name {
	case flow.Family:
		if kind, of = familyStep, c.Subject.ID; c.Household != nil {
			of = c.Household.ID
		}
		known["step"], known["answers"], known["family_kind"] = step, answers, textOf(toldOf(c, m.ID), "family_kind")
	case flow.Hardship:
		kind = hardshipStep
		known["step"], known["answers"] = step, answers
	case flow.Certificate:
		kind, of = certificateStep, m.Of
		known["step"], known["answers"] = step, answersOf(m)
	case flow.Loan:
		kind = loanStep
		known["step"], known["loan"], known["answers"] = step, string(m.Of), answersOf(m)
	case flow.Registration:
		kind = map[string]string{"registered": "registration", "contacted": "contact", "deregistered": "deregistration"}[step]
		known["registration"] = answers
	case flow.Benefit:
		kind, known = decides(v, step)
		known["application"] = string(m.ID)
	}
	if k, is := v.Site.Replica.Schema.Kind(kind); !is || !v.Writes(k) || !mayEnter(v, k, known["step"]) {
		return ""
	}
	return NewPath(kind, of, known)
}

// answersOf is the step that the next one of a case answers; "" where no event says that one,
// but the record that the case is of.
func answersOf(m *facts.Matter) string {
	if id := m.Last().ID; string(facts.EventOf(id)) == id {
		return id
	}
	return ""
}

// ownPath is the form of the next step of what is no person's: of an inspection of this unit,
// or of the unit itself.
func ownPath(w way, row *desk.Shown) string {
	of, by := textOf(row, w.of), textOf(row, "by")
	known := map[string]string{"step": w.step}
	if by != of {
		known["answers"] = by
	}
	if w.of == facts.ForUnit {
		of = "" // whom a station speaks for is filled in
	}
	return NewPath(w.kind, change.RecordID(of), known)
}

// decides is the form of a step of a benefit.
func decides(v *visit.Visit, step string) (kind string, known map[string]string) {
	switch step {
	case "community", "street", "district":
		return benefitDecision, map[string]string{"result": "approved", "tier": levelHere(v)}
	case "paid":
		return "payment", map[string]string{}
	}
	return benefitDecision, map[string]string{"result": step, "tier": levelHere(v)}
}

// formOf is the address of the form that does a task; "" where there is none for who is
// there. m is the case that it is of, nil for none.
func formOf(v *visit.Visit, c *desk.Card, row *desk.Shown, m *facts.Matter) string {
	w, known := ways[textOf(row, "task")]
	if w.kind == "visit" && textOf(row, "household") == "" { // of no home here
		w = way{kind: "contact"}
	}
	k, is := v.Site.Replica.Schema.Kind(w.kind)
	if !known || !is || !v.Writes(k) || textOf(row, "level") != levelHere(v) {
		return ""
	}
	switch {
	case w.of != "":
		return ownPath(w, row)
	case w.step != "" && m == nil:
		return ""
	case w.step != "":
		return stepPath(v, c, m, w.step)
	}
	of := change.RecordID(textOf(row, "person"))
	if home := textOf(row, "household"); w.home && home != "" {
		of = change.RecordID(home)
	}
	set := map[string]string{}
	for field, code := range w.set {
		set[field] = code
	}
	if w.by != "" {
		set[w.by] = textOf(row, "by")
	}
	return NewPath(w.kind, of, set)
}
