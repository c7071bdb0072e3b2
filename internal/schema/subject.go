package schema

import "slices"

// Rules that follow from what a kind declares: nobody has to write them for each field,
// and a field that is added has them too.

// addRules gives a kind that people write the rules that follow from its declaration.
// What the city publishes has those alone that it declares, as programs of before do.
func (b *builder) addRules(k *Kind) {
	if k.System || k.Sort == Derived || k.Published > 0 {
		return
	}
	b.subjectChecks(k)
	for _, f := range slices.Clone(k.Fields) {
		switch {
		case f.Published > 0:
		case f.Type == Ref && (k.Sort != Event || f.Name != k.Subject):
			b.referenceChecks(k, f)
		case f.Type == Date:
			b.birthCheck(k, f)
		case f.Type == Code && f.list.isLimited():
			k.addCheck(&Check{Rule: f.Name + "_writer", Test: "code_writer", Field: f.Name, Strength: Entry,
				Message: Label{Zh: "应由其他层级的机构填写", En: "units of another tier write this"}})
		}
	}
}

// addCheck adds a check, unless one is declared that says the same.
func (k *Kind) addCheck(c *Check) {
	if slices.ContainsFunc(k.Checks, func(o *Check) bool { return o != nil && o.Test == c.Test && o.Field == c.Field && o.Other == c.Other }) {
		return
	}
	other := k.byAlias[c.Other]
	c.withdrawn = k.byAlias[c.Field].Withdrawn || other != nil && other.Withdrawn
	k.Checks = append(k.Checks, c)
}

// subjectChecks gives an event the rules that all events have: an event about nobody is
// in no ledger, so somebody has to be told.
func (b *builder) subjectChecks(k *Kind) {
	f := k.byAlias[k.Subject]
	if k.Sort != Event || f.Type == Unit {
		return
	}
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

// subjectKind is the kind of what a record is about; "" for none.
func (k *Kind) subjectKind() string {
	for _, f := range k.Fields {
		if f != nil && f.Name == k.Subject {
			return f.Ref
		}
	}
	return ""
}

// referenceChecks says of a reference that it names a record which is there, not void,
// and about the same person or household, where both say whom they are about; of an event
// that it is not before the event it follows.
func (b *builder) referenceChecks(k *Kind, f *Field) {
	of := b.s.byName[f.Ref]
	k.addCheck(&Check{Rule: f.Name + "_unknown", Test: "ref_known", Field: f.Name, Strength: Soft,
		Message: Label{Zh: f.Label.Zh + "：没有这条" + of.Label.Zh, En: f.Label.En + ": nobody has this " + of.Label.En}})
	k.addCheck(&Check{Rule: f.Name + "_void", Test: "ref_valid", Field: f.Name, Strength: Soft,
		Message: Label{Zh: f.Label.Zh + "：" + of.Label.Zh + "已作废", En: f.Label.En + ": the " + of.Label.En + " is void"}})
	if about := k.subjectKind(); about != "" && about == of.subjectKind() {
		whose := b.s.byName[about].Label
		k.addCheck(&Check{Rule: f.Name + "_of_another", Test: "same_subject", Field: f.Name, Strength: Soft,
			Message: Label{Zh: f.Label.Zh + "：属于另一" + whose.Zh, En: f.Label.En + ": it is of another " + whose.En}})
	}
	if k.Sort == Event && of.Sort == Event {
		k.addCheck(&Check{Rule: k.Day + "_before_" + f.Name, Test: "not_before_of", Field: k.Day, Other: f.Name, Member: of.Day, Strength: Soft,
			Message: Label{Zh: f.Label.Zh + "：晚于" + k.byAlias[k.Day].Label.Zh, En: f.Label.En + ": it is of a later day"}})
	}
}

// birthCheck says of a day that it is not before the birth of whom the record is of or
// about.
func (b *builder) birthCheck(k *Kind, f *Field) {
	message := Label{Zh: f.Label.Zh + "早于出生日期", En: f.Label.En + ": before the birth"}
	rule := f.Name + "_before_birth"
	about := b.s.byName[k.subjectKind()]
	switch {
	case k.Born != "" && f.Name != k.Born:
		k.addCheck(&Check{Rule: rule, Test: "not_before", Field: f.Name, Other: k.Born, Strength: Soft, Message: message})
	case about != nil && about.Born != "":
		k.addCheck(&Check{Rule: rule, Test: "not_before_of", Field: f.Name, Other: k.Subject, Member: about.Born, Strength: Soft, Message: message})
	}
}

// isLimited reports whether some codes of the list are not everybody's to write.
func (l *CodeList) isLimited() bool {
	return slices.ContainsFunc(l.Items, func(i Item) bool { return len(i.Writers) > 0 })
}

// codeWriter passes a void record, so that one which was written wrongly can be voided.
func codeWriter(c *Check, r record) bool {
	if r.MayWrite == nil || r.text("valid") == "0" {
		return true
	}
	f, _ := r.kind.Field(c.Field)
	item, known := f.list.Item(r.text(c.Field))
	return !known || len(item.Writers) == 0 || r.MayWrite(item.Writers)
}
