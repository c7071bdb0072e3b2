package facts

import "tongbu/internal/change"

// trainingRows are the rows of L4 (技能培训台帐): one for each enrolment with its
// result, and one for a wish that none has followed.
func (b *Book) trainingRows(f *family, m *member) {
	for i := range m.events {
		switch e := &m.events[i]; e.Kind {
		case "enrolment":
			b.trainingRow(f, m, e, wishBefore(m, e), e)
		case "training_wish":
			if last(m.events, within(e.on, "", "enrolment")) == nil {
				b.trainingRow(f, m, e, e, nil)
			}
		}
	}
}

func (b *Book) trainingRow(f *family, m *member, by, wish, enrolled *event) {
	class := enrolled.entry().text("class")
	inClass := func(kind string) func(event) bool {
		return func(e event) bool {
			return enrolled != nil && e.Kind == kind && e.text("class") == class && class != ""
		}
	}
	result := last(m.events, func(e event) bool {
		return enrolled != nil && e.Kind == "training_result" && (e.text("enrolment") == string(enrolled.ID) || inClass("training_result")(e))
	})
	row := f.person(m).day("wish_on", wish.day()).from(wish.entry(), "occupation", "free").
		from(enrolled.entry(), "class", "class_name", "institution_name", "person_category").day("enrolled_on", enrolled.day()).
		from(result.entry(), "from", "to", "theory", "practice", "passed", "certificate_no", "level", "subsidy", "placed", "went_to").
		day("result_on", result.day())
	days := result.entry().value("days")
	if days.IsNull() {
		days = attended(m, inClass("class_attendance"))
	}
	if row["days"] = days; !days.IsNull() {
		row["travel_subsidy"] = change.Int(days.Int() * f.rules.Subsidies.TravelDay)
	}
	f.add(TrainingLedger, by.ID, row)
}

// attended adds up the days of attendance, Null where none are said.
func attended(m *member, passes func(event) bool) change.Value {
	sum, said := int64(0), false
	for _, e := range m.events {
		if passes(e) && e.has("days") {
			sum, said = sum+e.value("days").Int(), true
		}
	}
	if !said {
		return change.Null
	}
	return change.Int(sum)
}

// wishBefore is the wish that an enrolment follows.
func wishBefore(m *member, e *event) *event {
	return last(m.events, func(other event) bool { return other.Kind == "training_wish" && other.on <= e.on })
}
