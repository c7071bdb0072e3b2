package work

import (
	"net/url"

	"tongbu/internal/facts"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// Act is something that may be done for somebody, and why it is offered.
type Act struct {
	Href, Word, Why string
	First           bool // it is what is most likely wanted
}

// MatchPath is where a person or a vacancy is matched.
func MatchPath(kind, id string) string { return "/match/" + kind + "/" + url.PathEscape(id) }

// ActsOf are what a person may have done, by the state: what is missing first.
func ActsOf(v *visit.Visit, c *desk.Card, fact *desk.Shown) (all []Act) {
	if c.Subject.Void || fact == nil {
		return nil
	}
	id := c.Subject.ID
	said := func(field string) bool { return isTrue(fact, field) }
	offer := func(kind, zh, en, whyZh, whyEn string, first bool) {
		all = append(all, Act{Href: NewPath(kind, id, nil), Word: v.Say(zh, en), Why: v.Say(whyZh, whyEn), First: first})
	}
	match := func() {
		all = append(all, Act{Href: MatchPath(personKind, string(id)), Word: v.Say("匹配岗位", "Find vacancies"), Why: v.Say("看哪些岗位合适，为什么", "which vacancies fit, and why")})
	}
	jobless, seeking := facts.IsJobless(textOf(fact, "status")), c.Fact(facts.SeekingLedger, id) != nil
	if jobless {
		if fact.Fields["loss_on"] == nil {
			offer("unemployment", "记失业", "Loss of work", "还没有失业日期和原因；下一步是失业登记", "no day or reason of the loss yet; then comes the registration", true)
		}
		if !said("registered") {
			offer("registration", "失业登记", "Register as unemployed", "没有工作，还没登记", "without work and not registered", true)
		}
		if !seeking {
			offer("job_seeking", "求职登记", "Register as job seeker", "还没有求职登记", "not registered as a seeker", said("willing"))
		}
		offer("referral", "推荐岗位", "Recommend a job", "记下推荐到哪个单位", "note the employer", false)
		match()
		offer("training_wish", "报培训", "Training", "登记培训意愿", "note the wish for training", false)
		offer("placement", "登记就业", "Found work", "找到工作了，登记安置", "has found work: note the placement", false)
	} else {
		offer("unemployment", "记失业", "Loss of work", "刚失去工作；下一步是失业登记", "has just lost work; then comes the registration", false)
		offer("job_seeking", "求职登记", "Register as job seeker", "想换工作也可以登记", "for who wants another job", false)
	}
	if hardship, _ := fact.Fields["hardship"].([]string); len(hardship) > 0 {
		offer("benefit_application", "申请补贴", "Apply for a subsidy", "属就业困难人员，可能享受社保补贴", "in hardship: a subsidy of insurance may be due", !jobless && said("employed"))
	} else if jobless && said("older") {
		offer("hardship_step", "申请困难认定", "Apply as hardship case", "4050，还没有认定", "40 or 50 and over, not recognised", true)
	}
	offer("insurance_state", "登记社保", "Insurance", "参保、中断、接续", "insured, interrupted, resumed", false)
	if c.Household != nil {
		all = append(all, Act{Href: NewPath("visit", c.Household.ID, nil), Word: v.Say("记走访", "Visit"), Why: v.Say("到家里去过", "somebody was there")})
	}
	offer("service", "记服务", "Service", "政策咨询、职业指导、送岗位", "advice, guidance, job information", false)
	return all
}
