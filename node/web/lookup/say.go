package lookup

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// said is a field of a record in words.
type said struct {
	Label, Text string
	Href        string // of the record that a reference names
	ID          bool   // a number, in figures of one width
}

// text is what a field of a record says, in words and covered.
func text(v *visit.Visit, k *schema.Kind, shown map[string]any, field string) string {
	item := shown[field]
	switch n := item.(type) {
	case int64: // as a decoder would have it
		item = json.Number(strconv.FormatInt(n, 10))
	case int:
		item = json.Number(strconv.Itoa(n))
	}
	said := values.Text(k, field, item, v.Lang)
	if f, ok := k.Field(field); ok && f.Type == schema.Money && said != "" {
		said = pages.Grouped(strings.TrimSuffix(said, ".00")) + v.Say(" 元", " yuan")
	}
	return said
}

// sayFields says the fields of a record that say something, in the order of the schema,
// but for some.
func sayFields(v *visit.Visit, k *schema.Kind, shown *desk.Shown, but ...string) (all []said) {
	for _, f := range k.Fields {
		if slices.Contains(but, f.Name) || f.IsComputed() || isMark(v, k, f.Name) {
			continue
		}
		one := said{Label: v.Label(f.Label), Text: text(v, k, shown.Fields, f.Name), ID: f.Mask || f.Type == schema.IDNumber}
		if one.Text == "" {
			continue
		}
		if id, is := shown.Fields[f.Name].(string); is && f.Type == schema.Ref {
			one.Href, one.Text = visit.RecordPath(f.Ref, id), calledIn(v, f, shown)
		}
		all = append(all, one)
	}
	return all
}

// calledIn is what the record is called that a field names; one without a name is called by
// its kind.
func calledIn(v *visit.Visit, f *schema.Field, shown *desk.Shown) string {
	called := shown.Called[f.Name]
	if called == "" || called == shown.Fields[f.Name] {
		return v.KindName(f.Ref)
	}
	return called
}

// isMark reports whether a field says only that events say another one.
func isMark(v *visit.Visit, k *schema.Kind, field string) bool {
	return slices.ContainsFunc(v.Site.Replica.Schema.Now().FindersOf(k), func(by *schema.Kind) bool { return by.FromEvents() == field })
}

// nameOf is what people call a record that is shown; a kind without names is called by
// its own name.
func nameOf(v *visit.Visit, k *schema.Kind, shown *desk.Shown) string {
	for _, name := range []string{"name", "head_name", "title", "employer_name", "occupation_name"} {
		if text := text(v, k, shown.Fields, name); text != "" {
			return text
		}
	}
	return v.Label(k.Label)
}

// kindOf is a kind of the schema; it is there, as the program has it.
func kindOf(v *visit.Visit, name string) *schema.Kind {
	k, _ := v.Site.Replica.Schema.Kind(name)
	return k
}

// ageOf is the age of somebody today; "" where no birth date is known.
func ageOf(v *visit.Visit, person *desk.Shown) string {
	birth, _ := person.Fields["birth_date"].(string)
	years, ok := calendar.Age(birth, v.Today())
	if !ok {
		return ""
	}
	return strconv.Itoa(years)
}

// sexAndAge is 女 52.
func sexAndAge(v *visit.Visit, person *desk.Shown) string {
	sex, age := text(v, kindOf(v, "person"), person.Fields, "sex"), ageOf(v, person)
	if sex != "" && age != "" {
		return sex + " " + age
	}
	return sex + age
}

// relationOf is what somebody is to the head of the household: beside a sex, 女 alone would
// be read as that.
func relationOf(v *visit.Visit, person *desk.Shown) string {
	is := text(v, kindOf(v, "person"), person.Fields, "relation")
	switch person.Fields["relation"] {
	case nil, "02": // the head
		return is
	}
	return v.Say("与户主：", "to the head: ") + is
}

// word is how far a record has come, in words; of one with a change that has no effect,
// that.
func word(v *visit.Visit, shown *desk.Shown) pages.Word {
	state := shown.State
	if len(shown.Refused) > 0 {
		state = desk.Refused
	}
	return pages.WordOf(v.Lang, state, v.Site.Parent())
}

// tag is a short fact.
type tag struct{ Class, Text string }

// kindTags are the kinds of a household as tags. Whether it is one without anybody at work
// follows from what its members do (zero), on every page by that one rule; what the form
// claims is called a claim where the records say otherwise.
func kindTags(v *visit.Visit, kinds []string, zero bool) (all []tag) {
	f, ok := kindOf(v, "household").Field("kinds")
	if !ok {
		return nil
	}
	if zero {
		all = append(all, tag{"red", v.Say("零就业", "nobody at work")})
	}
	for _, code := range kinds {
		item, known := f.List().Item(code)
		if !known {
			continue
		}
		switch {
		case code != zeroEmployment:
			all = append(all, tag{"", v.Label(item.Label())})
		case !zero:
			all = append(all, tag{"", claimed(v, v.Label(item.Label()))})
		}
	}
	return all
}

// claimed is what the form claims, as that.
func claimed(v *visit.Visit, what string) string {
	return v.Say("户表所填", "by the form: ") + what
}

// isZero reports whether nobody of a household works, by what its members do.
func isZero(c *desk.Card, home change.RecordID) bool {
	fact := c.Fact("household_facts", home)
	if fact == nil {
		return false
	}
	is, _ := fact.Fields["zero_employment"].(bool)
	return is
}

// Codes that pages speak of.
const (
	zeroEmployment = "02"  // a kind of household
	older          = "050" // a hardship: 4050
)

// setOf are the codes of a field with several.
func setOf(shown *desk.Shown, field string) []string {
	items, _ := shown.Fields[field].([]string)
	return items
}

// findings are what the rules find in a record, in words, with the fields that a rule of
// all fields has found something in.
func findings(v *visit.Visit, k *schema.Kind, rules []string, in map[string][]string) (all []string) {
	f, ok := k.Field(schema.FindingsField)
	for _, rule := range rules {
		text := rule
		if ok {
			if item, known := f.List().Item(rule); known {
				text = v.Label(item.Label())
			}
		}
		if fields := values.Labels(k, in[rule], v.Lang); fields != "" {
			text += v.Say("：", ": ") + fields
		}
		all = append(all, text)
	}
	return all
}

// lost is a change that the city refused, in words.
type lost struct {
	Why, Fix string
	Fields   []said
}

func lostOf(v *visit.Visit, k *schema.Kind, shown *desk.Shown) (all []lost) {
	for _, l := range shown.Refused {
		all = append(all, lost{Why: v.Say(l.Reason.Zh, l.Reason.En), Fix: v.Say(l.Reason.FixZh, l.Reason.FixEn), Fields: sayFields(v, k, &desk.Shown{Fields: l.Fields}, "unit")})
	}
	return all
}

func pathID(v *visit.Visit) change.RecordID { return change.RecordID(v.R.PathValue("id")) }
