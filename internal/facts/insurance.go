package facts

import "tongbu/internal/change"

// insuranceRows are the rows of L5 (社保关系台帐): one for each insurance of a person,
// by its newest state, named by the first event that speaks of it.
func (b *Book) insuranceRows(f *family, m *member) {
	met := map[string]bool{}
	for i := range m.events {
		first := &m.events[i]
		code := first.text("insurance")
		if first.Kind != "insurance_state" || code == "" || met[code] {
			continue
		}
		met[code] = true
		b.insuranceRow(f, m, first, code)
	}
}

func (b *Book) insuranceRow(f *family, m *member, first *event, code string) {
	state := last(m.events, func(e event) bool { return e.Kind == "insurance_state" && e.text("insurance") == code })
	benefit := last(m.events, of("ui_benefit"))
	checked := last(m.events, of("retiree_check"))
	row := f.person(m).from(state.entry(), "insurance", "number", "employer_name", "flexible", "state", "first_on",
		"paid_from", "paid_to", "months", "interrupted_on", "interruption", "resumed_on").day("state_on", state.day())
	switch insuranceGroup(*state) {
	case jobless:
		row.as("ui_state", benefit.entry(), "state")
	case pension:
		row.day("checked_on", checked.day())
		row.subsidy(m)
	}
	f.add(InsuranceLedger, first.ID, row)
}

// subsidy adds the insurance subsidy: from the first to the last period paid, and the
// sum.
func (c cells) subsidy(m *member) {
	sum, from, to := int64(0), "", ""
	for _, e := range m.events {
		if e.Kind != "payment" || !e.is("benefit", insuranceSubsidy) {
			continue
		}
		sum += e.value("amount").Int()
		if begins := e.date("from"); begins != "" && (from == "" || begins < from) {
			from = begins
		}
		to = max(to, e.date("to"))
	}
	if sum > 0 {
		c.day("subsidy_from", from).day("subsidy_to", to)["subsidy"] = change.Int(sum)
	}
}
