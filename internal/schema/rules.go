package schema

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Check is a rule across fields, declared in YAML. Test names what is checked:
//
//	present     Field is filled in
//	any_of      one of Fields is filled in
//	id_sex      Field, a code of sex (1, 2), agrees with the ID number Other
//	id_birth    Field, a date, agrees with the ID number Other
//	not_before  Field, a date, is Years or more after the date Other
//	not_future  Field, a date, is not after today
//	never       nothing passes: the conditions alone are the problem
//
// The rule is checked only when all conditions of When hold and the field Unless
// (a reason) is empty. Where a field that a test needs is empty or malformed
// the test passes: other rules say so.
type Check struct {
	Rule     string      `yaml:"rule" json:"rule"`
	Test     string      `yaml:"test" json:"test"`
	Field    string      `yaml:"field" json:"field"`
	Other    string      `yaml:"other" json:"other,omitempty"`
	Fields   []string    `yaml:"fields" json:"fields,omitempty"`
	Years    int         `yaml:"years" json:"years,omitempty"`
	When     []Condition `yaml:"when" json:"when,omitempty"`
	Unless   string      `yaml:"unless" json:"unless,omitempty"`
	Strength Strength    `yaml:"strength" json:"strength"`
	Message  Label       `yaml:"message" json:"message"`

	test func(c *Check, r record) bool
}

// Condition holds when each part of it that is given holds.
type Condition struct {
	Field   string   `yaml:"field" json:"field"`
	Present bool     `yaml:"present" json:"present,omitempty"`
	In      []string `yaml:"in" json:"in,omitempty"`           // the code, or one of the set, is here or below
	NotIn   []string `yaml:"not_in" json:"not_in,omitempty"`   // filled in, and not so
	MinAge  int      `yaml:"min_age" json:"min_age,omitempty"` // Field is a date of birth: full years today
	MaxAge  int      `yaml:"max_age" json:"max_age,omitempty"`
}

// record is what the tests see.
type record struct {
	kind   *Kind
	values map[string]change.Value
	today  string
}

func (r record) text(field string) string { return r.values[field].Text() }
func (r record) has(field string) bool    { return !r.values[field].IsNull() }

type test struct {
	run          func(c *Check, r record) bool
	field, other Type // what Field and Other must be; "" is any
	pair         bool // Other is needed
}

func tests() map[string]test {
	return map[string]test{
		"present":    {run: func(c *Check, r record) bool { return r.has(c.Field) }},
		"any_of":     {run: func(c *Check, r record) bool { return slices.ContainsFunc(c.Fields, r.has) }},
		"never":      {run: func(*Check, record) bool { return false }},
		"id_sex":     {run: idSex, field: Code, other: IDNumber, pair: true},
		"id_birth":   {run: idBirth, field: Date, other: IDNumber, pair: true},
		"not_before": {run: notBefore, field: Date, other: Date, pair: true},
		"not_future": {run: notFuture, field: Date},
	}
}

func (c *Check) holds(r record) bool {
	if c.Unless != "" && r.has(c.Unless) {
		return true
	}
	for _, w := range c.When {
		if !w.holds(r) {
			return true
		}
	}
	return c.test(c, r)
}

func (c *Check) problem() Problem {
	return Problem{Field: c.Field, Rule: c.Rule, Hard: c.Strength == Hard, Message: c.Message.In("en"), Zh: c.Message.In("zh")}
}

func idSex(c *Check, r record) bool {
	id, err := ParseID(r.text(c.Other))
	sex := r.text(c.Field)
	return err != nil || (sex != "1" && sex != "2") || id.Male == (sex == "1")
}

func idBirth(c *Check, r record) bool {
	id, err := ParseID(r.text(c.Other))
	return err != nil || !ValidDate(r.text(c.Field)) || id.Birth == r.text(c.Field)
}

func notBefore(c *Check, r record) bool {
	later, earlier := r.text(c.Field), r.text(c.Other)
	return !ValidDate(later) || !ValidDate(earlier) || later >= addYears(earlier, c.Years)
}

func notFuture(c *Check, r record) bool {
	return r.today == "" || !ValidDate(r.text(c.Field)) || r.text(c.Field) <= r.today
}

func (w Condition) holds(r record) bool {
	if w.Present && !r.has(w.Field) {
		return false
	}
	if w.In != nil && !w.matches(r, w.In) {
		return false
	}
	if w.NotIn != nil && (!r.has(w.Field) || w.matches(r, w.NotIn)) {
		return false
	}
	return w.holdsAge(r)
}

func (w Condition) holdsAge(r record) bool {
	if w.MinAge == 0 && w.MaxAge == 0 {
		return true
	}
	age, ok := Age(r.text(w.Field), r.today)
	return ok && age >= w.MinAge && (w.MaxAge == 0 || age <= w.MaxAge)
}

// matches reports whether a code of the field is one of wanted, or below it.
func (w Condition) matches(r record, wanted []string) bool {
	item, _ := r.values[w.Field].Get()
	codes, _ := item.([]string)
	if s, ok := item.(string); ok {
		codes = []string{s}
	}
	f, _ := r.kind.Field(w.Field)
	for _, code := range codes {
		if slices.ContainsFunc(wanted, func(wider string) bool { return f.list.Within(code, wider) }) {
			return true
		}
	}
	return false
}

// finishChecks refuses a rule that names what is not there: a rule that can
// never be right must not be published.
func finishChecks(k *Kind) error {
	seen := map[string]bool{}
	for _, c := range k.Checks {
		if c == nil || !namePattern.MatchString(c.Rule) || seen[c.Rule] {
			return invalid("a check has no proper rule name, or one that is taken")
		}
		seen[c.Rule] = true
		if err := c.finish(k); err != nil {
			return fault.Wrap("check "+c.Rule, err)
		}
	}
	return nil
}

func (c *Check) finish(k *Kind) error {
	t, ok := tests()[c.Test]
	switch {
	case !ok:
		return invalid("no test is named %q", c.Test)
	case !is(k, c.Field, t.field):
		return invalid("field %q is not there or of the wrong type", c.Field)
	case t.pair != (c.Other != ""), t.pair && !is(k, c.Other, t.other):
		return invalid("field %q is not there, of the wrong type or not wanted", c.Other)
	case (c.Test == "any_of") != (len(c.Fields) > 0), c.Unless != "" && !is(k, c.Unless, ""):
		return invalid("fields or unless are wrong")
	case slices.ContainsFunc(c.Fields, func(name string) bool { return !is(k, name, "") }):
		return invalid("one of the fields is not there")
	case c.Strength != Soft && c.Strength != Hard, c.Message.Zh == "", c.Years < 0, c.Years > 150:
		return invalid("strength, message or years are wrong")
	}
	c.test = t.run
	return c.finishConditions(k)
}

func (c *Check) finishConditions(k *Kind) error {
	for _, w := range c.When {
		f, ok := k.Field(w.Field)
		coded := w.In != nil || w.NotIn != nil
		aged := w.MinAge != 0 || w.MaxAge != 0
		if !ok || f.Name != w.Field || (coded && f.list == nil) || (aged && f.Type != Date) || (!w.Present && !coded && !aged) {
			return invalid("a condition on %q is wrong", w.Field)
		}
		for _, code := range slices.Concat(w.In, w.NotIn) {
			if _, ok := f.list.Item(code); !ok {
				return invalid("a condition names the code %q, which is not in the list", code)
			}
		}
	}
	return nil
}

// is reports whether a kind has the field, by its canonical name, of a type.
func is(k *Kind, name string, t Type) bool {
	f, ok := k.Field(name)
	return ok && f.Name == name && (t == "" || f.Type == t)
}
