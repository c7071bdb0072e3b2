package work

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/flow"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// casePage is the page of one case.
type casePage struct {
	What, Name, Home string // what it is about, whom, and where that is told
	Apart            string
	Family           bool
	State, Since     string
	Ended            bool
	Earlier          int // stations that are left out
	Way              []station
	First            *running // the clock that is due first
	Days             []day    // of a short one, to its last day
	Clocks           []running
	Steps            []step
	Unheard          []step
	Tries            []step     // contacts that reached nobody: they renew no term
	Members          []caseMate // of a family, with what each does
	Acts             []act
	Visit            string // the form of a visit; "": none
	Confirmed        string // the day of the city's last receipt
}

// caseMate is a member of the family of a case.
type caseMate struct {
	Href, Name, Apart, State, Since string
	Idle                            bool // without work, able and willing: the case is about getting one of these to work
}

// act is a step that may be taken now.
type act struct {
	Href, Word string
	First      bool
}

func showCase(v *visit.Visit) error {
	row, err := v.Site.Desk.Get(v.Ctx(), facts.CaseKind, pathID(v), v.Asker("case"))
	if err != nil {
		return notFoundInstead(err)
	}
	if textOf(row, personKind) == "" {
		return v.Go(ownRecord(row))
	}
	kind, id := aboutWhom(row)
	c, err := v.Site.Desk.Card(v.Ctx(), kind, id, v.Asker("case"))
	if err != nil {
		return notFoundInstead(err)
	}
	all := c.Cases()
	at := slices.IndexFunc(all, func(m facts.Matter) bool { return m.ID == row.ID })
	if at < 0 { // it went between the two looks
		return visit.NotFound()
	}
	p, err := caseOf(v, c, &all[at], row)
	if err != nil {
		return err
	}
	return v.Page("households", "work/case", p)
}

func caseOf(v *visit.Visit, c *desk.Card, m *facts.Matter, row *desk.Shown) (*casePage, error) {
	t, err := newTeller(v, c)
	if err != nil {
		return nil, err
	}
	p := &casePage{What: caseText(v, row), Name: say(v, facts.CaseKind, row, "name"), Family: m.Flow.Name == familyFlow, State: say(v, facts.CaseKind, row, "state"),
		Since: textOf(row, "since"), Ended: m.Ended, Home: visit.RecordPath(c.Kind, string(c.Subject.ID))}
	if p.Name == "" {
		p.Name = v.Say("（未填）", "(empty)")
	}
	p.Apart = apartOf(v, personOf(c, m.Person), c.Household, p.Family)
	p.Way, p.Earlier = t.way(m)
	for i := range m.Clocks {
		p.Clocks = append(p.Clocks, t.running(&m.Clocks[i]))
	}
	p.First, p.Days = t.first(p.Clocks)
	for i := range m.Steps {
		p.Steps = append(p.Steps, t.step(m.Flow, &m.Steps[i]))
	}
	for i := range m.Unheard {
		one := t.step(m.Flow, &m.Unheard[i].Step)
		one.Why = whyText(v, m, &m.Unheard[i])
		p.Unheard = append(p.Unheard, one)
	}
	if !t.confirmed.IsZero() {
		p.Confirmed = t.confirmedOn()
	}
	p.Acts = actsOf(v, c, m)
	p.Tries = t.tries(c, m)
	if p.Family {
		p.Members = matesOf(v, c)
	}
	if k, is := v.Site.Replica.Schema.Kind("visit"); is && p.Family && !m.Ended && v.Writes(k) {
		p.Visit = NewPath("visit", c.Subject.ID, map[string]string{"kind": "3"})
	}
	return p, nil
}

// actsOf are the steps that may be taken here now, the usual one first.
func actsOf(v *visit.Visit, c *desk.Card, m *facts.Matter) (all []act) {
	if !v.Who.Role.May(people.Write) {
		return nil
	}
	usual := m.Ahead()
	for _, s := range m.Next(int(v.Site.Replica.Members.Unit().Level)) {
		if to := stepPath(v, c, m, s.Name); to != "" {
			all = append(all, act{Href: to, Word: actText(v, m.Flow, s.Name), First: len(usual) > 0 && usual[0] == s.Name})
		}
	}
	return all
}

// actWords are what is done in a step; the state is called by what it leads to.
var actWords = []struct {
	step string
	word pages.Text
}{
	{"VERIFIED", pages.Text{Zh: "记入户核实", En: "Verified at home"}},
	{"PUBLIC_NOTICE", pages.Text{Zh: "记公示", En: "Public notice"}},
	{"STREET_CONFIRMED", pages.Text{Zh: "街道认定", En: "Confirm (street)"}},
	{"DISTRICT_FILED", pages.Text{Zh: "区备案", En: "File (district)"}},
	{"ASSISTING", pages.Text{Zh: "开始帮扶", En: "Begin assistance"}},
	{"ONE_EMPLOYED", pages.Text{Zh: "登记一人就业", En: "One at work"}},
	{"DUAL_PENDING", pages.Text{Zh: "申请双就业", En: "Ask for dual employment"}},
	{"DUAL_EMPLOYED", pages.Text{Zh: "登记双就业", En: "Two at work"}},
	{"STABLE", pages.Text{Zh: "登记稳定就业", En: "Stable"}},
	{"RELAPSED", pages.Text{Zh: "记复零", En: "Relapsed"}},
	{"RETURNED", pages.Text{Zh: "退回补正", En: "Return"}},
	{"REJECTED", pages.Text{Zh: "不予认定", En: "Reject"}},
	{"WITHDRAWN", pages.Text{Zh: "登记退出", En: "Family leaves"}},
	{"checked", pages.Text{Zh: "记社区核实", En: "Checked"}},
	{"notice", pages.Text{Zh: "记公示", En: "Public notice"}},
	{"rechecked", pages.Text{Zh: "街道复核", En: "Re-check (street)"}},
	{"recognised", pages.Text{Zh: "区认定", En: "Recognise (district)"}},
	{"reviewed", pages.Text{Zh: "记年度复核", En: "Yearly re-check"}},
	{"returned", pages.Text{Zh: "退回补正", En: "Return"}},
	{"rejected", pages.Text{Zh: "不予批准", En: "Reject"}},
	{"left", pages.Text{Zh: "退出援助", En: "Leaves assistance"}},
	{"registered", pages.Text{Zh: "失业登记", En: "Register"}},
	{"contacted", pages.Text{Zh: "记联系", En: "Contact"}},
	{"deregistered", pages.Text{Zh: "注销登记", En: "Deregister"}},
	{"community", pages.Text{Zh: "社区同意", En: "Approve (community)"}},
	{"street", pages.Text{Zh: "街道同意", En: "Approve (street)"}},
	{"district", pages.Text{Zh: "区同意", En: "Approve (district)"}},
	{"paid", pages.Text{Zh: "记发放", En: "Paid"}},
	{"stopped", pages.Text{Zh: "停发", En: "Stop"}},
	{"resumed", pages.Text{Zh: "恢复发放", En: "Resume"}},
}

func actText(v *visit.Visit, f *flow.Flow, step string) string {
	if k, known := v.Site.Replica.Schema.Kind(f.Kind); known && f.Prefix != "" {
		return values.Text(k, "step", step, v.Lang) // called by what is entered
	}
	for _, one := range actWords {
		if one.step == step {
			return one.word.In(v.Lang)
		}
	}
	return stateText(v, f, step)
}

// whyText says in plain words why a step does not count.
func whyText(v *visit.Visit, m *facts.Matter, u *flow.Unheard) string {
	switch u.Why {
	case flow.Crossed:
		if u.Name == m.Last().Name {
			return v.Say("两处各办了一次，只算一次", "It was taken in two places, and counts once")
		}
		return v.Say("办的时候，别处已另作决定，以那边为准", "Another decision had been taken meanwhile, which counts")
	case flow.Again:
		return v.Say("已经有一件在办，不再另立", "A case was open already")
	case flow.OutOf:
		return v.Say("次序不对：要先办前面的步骤", "Out of turn: earlier steps come first")
	case flow.NotTheir:
		return v.Say("这一步不归这一级办", "This step is not for a unit of that level")
	}
	return v.Say("它答复的步骤不算数，或还没有传到", "What it answers does not count, or has not arrived yet")
}

// matesOf are the members of a household with what each does today, those without work first.
func matesOf(v *visit.Visit, c *desk.Card) (all []caseMate) {
	for _, m := range c.Members {
		fact := c.Fact(facts.PersonFacts, m.ID)
		if m.Void || fact == nil {
			continue
		}
		one := caseMate{Href: visit.RecordPath(personKind, string(m.ID)), Name: say(v, personKind, m, "name"), Apart: apartOf(v, m, nil, false),
			State: say(v, facts.PersonFacts, fact, "status"), Since: cmp.Or(textOf(fact, "loss_on"), textOf(fact, "status_since")), Idle: isTrue(fact, "unemployed")}
		one.Name = cmp.Or(one.Name, v.Say("（未填）", "(empty)"))
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b caseMate) int {
		switch {
		case a.Idle == b.Idle:
			return 0
		case a.Idle:
			return -1
		}
		return 1
	})
	return all
}

// personOf is a member on a card.
func personOf(c *desk.Card, id change.RecordID) *desk.Shown {
	for _, m := range c.Members {
		if m.ID == id {
			return m
		}
	}
	return nil
}
