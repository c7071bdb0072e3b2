package schema

import "slices"

// subjectChecks gives an event the rules that all events have: an event about nobody is
// in no ledger, so somebody has to be told.
func (b *builder) subjectChecks(k *Kind) {
	if k.Sort != Event {
		return
	}
	f := k.byAlias[k.Subject]
	of := b.s.byName[f.Ref]
	add := func(rule, test, zh, en string) {
		k.Checks = append(k.Checks, &Check{Rule: rule, Test: test, Field: f.Name, Strength: Soft, Message: Label{Zh: zh, En: en}})
	}
	add("subject_unknown", "ref_known", "没有这个"+of.Label.Zh+"，本条不进台帐", "nobody has this "+of.Label.En+": it is in no ledger")
	add("subject_void", "ref_valid", of.Label.Zh+"已作废，本条不进台帐", "the "+of.Label.En+" is void: it is in no ledger")
	if communities(k) && communities(of) { // what units above say is about others' by its nature
		add("subject_elsewhere", "ref_here", of.Label.Zh+"属于其他社区，本条不进台帐", "the "+of.Label.En+" is another community's: it is in no ledger")
	}
}

// communities reports whether communities alone write the kind.
func communities(k *Kind) bool { return slices.Equal(k.Writers, []int{5}) }
