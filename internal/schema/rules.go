package schema

import (
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/rulepack"
)

// Check is a rule across fields, declared in YAML. Test names what is checked:
//
//	present     Field is filled in
//	any_of      one of Fields is filled in
//	id_sex      Field, a code of sex (1, 2), agrees with the ID number Other
//	id_stated   Field, a code of sex, is stated (1, 2) where the ID number Other says it
//	id_birth    Field, a date, agrees with the ID number Other
//	id_prefix   Field, a text, begins with the ID number Other
//	not_before  Field, a date, is Years or more after the date Other
//	not_future  Field, a date, is not after today
//	none_of     none of Fields is filled in
//	division    Field, a text, begins with the code of a division of any year
//	in_year     Field, a date, is in the year Other
//	form_year   Field, a date, is not before the year in the form number Other
//	at_most     Field, a number, is not more than the number Other
//	never       nothing passes: the conditions alone are the problem
//
// and of what stands beside the record (Near):
//
//	ref_known   Field, a reference, names a record that is here, or one of another unit
//	ref_here    Field, a reference, names no record of another unit
//	ref_valid   Field, a reference, names no void record
//	same_subject   Field, a reference, names no record of another subject
//	not_before_of  Field, a date, is not before the date Member of the record that Other names
//	same_of     Field is what it is in the record that Other names
//	within_of   Field, a number, with that of all others that name the same in Other, is not
//	            more than that of the record named, unless With holds of one of the two
//	once        no other record has the value of Field
//	alone       no other record with the value of Other has that of Field
//	counts      Field, a number, is that of the records Of
//	has_one     one of the records Of passes With, or there are none at all
//	equals_of   Field is what Member says in the records Of that pass With
//	unit_code   Field, a text, begins with the division code of the unit
//	code_writer Field, a code, is one that the unit may write
//
// and, with a message that says what is wrong:
//
//	pack        Field, a text, can be the content of a rule pack of the kind Other
//	days_off    Field, a text, lists days of the year Other
//	days_worked Field, a text, lists weekends of the year Other that none of Fields lists
//	fields_of   Field, a text, is an object of fields that a record of the kind in Other may have
//
// Of is "kind.field": the records of the kind whose reference names this one.
//
// The rule is checked only when all conditions of When hold. What fails while the
// field Unless has a reason is explained. Where a field that a test needs is empty
// or malformed the test passes: other rules say so.
type Check struct {
	Rule     string      `yaml:"rule" json:"rule"`
	Test     string      `yaml:"test" json:"test"`
	Field    string      `yaml:"field" json:"field"`
	Other    string      `yaml:"other" json:"other,omitempty"`
	Fields   []string    `yaml:"fields" json:"fields,omitempty"`
	Years    int         `yaml:"years" json:"years,omitempty"`
	Of       string      `yaml:"of" json:"of,omitempty"`
	With     *Condition  `yaml:"with" json:"with,omitempty"`
	Member   string      `yaml:"member" json:"member,omitempty"`
	Many     int64       `yaml:"many" json:"many,omitempty"`       // of present_if_many: so many
	Percent  int64       `yaml:"percent" json:"percent,omitempty"` // or so large a share
	When     []Condition `yaml:"when" json:"when,omitempty"`
	Unless   string      `yaml:"unless" json:"unless,omitempty"`
	Strength Strength    `yaml:"strength" json:"strength"`
	Message  Label       `yaml:"message" json:"message"`

	Published uint64 `yaml:"-" json:"published,omitempty"` // number of the publication that has it; 0: the program

	test      func(c *Check, r record) bool
	refuses   func(c *Check, r record) *rulepack.Refusal // says the message; nil: Message does
	of        *Kind                                      // of Of
	kinds     map[string]*Kind                           // of fields_of: all of the schema
	withdrawn bool                                       // with a field that it names
	dated     bool                                       // what needsToday says
}

// Condition holds when each part of it that is given holds.
type Condition struct {
	Field   string   `yaml:"field" json:"field"`
	Present bool     `yaml:"present" json:"present,omitempty"`
	In      []string `yaml:"in" json:"in,omitempty"`           // the code, or one of the set, is here or below
	NotIn   []string `yaml:"not_in" json:"not_in,omitempty"`   // filled in, and not so
	NoneOf  []string `yaml:"none_of" json:"none_of,omitempty"` // not so, or empty
	Is      *bool    `yaml:"is" json:"is,omitempty"`           // of a boolean
	Below   *int64   `yaml:"below" json:"below,omitempty"`     // of a number: it is less
	Above   *int64   `yaml:"above" json:"above,omitempty"`     // of a number: it is more
	MinAge  int      `yaml:"min_age" json:"min_age,omitempty"` // Field is a date of birth: full years today
	MaxAge  int      `yaml:"max_age" json:"max_age,omitempty"`
}

// record is what the tests see.
type record struct {
	kind *Kind
	Subject
	set change.Fields // the values, where those of a change are judged: Values are not there then
}

func (r record) text(field string) string { return r.value(field).Text() }
func (r record) has(field string) bool    { return !r.value(field).IsNull() }

func (r record) value(field string) change.Value {
	if r.set != nil {
		return r.set.Get(field)
	}
	return r.Values[field]
}

type test struct {
	run          func(c *Check, r record) bool
	field, other Type // what Field and Other must be; "" is any
	pair         bool // Other is needed
	list         bool // Fields are needed
	of           bool // Of is needed
	numbers      bool // Field and Other are numbers
	member       bool // Member is needed

	refuses func(c *Check, r record) *rulepack.Refusal // in place of run
}

func tests() map[string]test {
	return map[string]test{
		"present":    {run: func(c *Check, r record) bool { return r.has(c.Field) }},
		"any_of":     {run: func(c *Check, r record) bool { return slices.ContainsFunc(c.Fields, r.has) }, list: true},
		"none_of":    {run: func(c *Check, r record) bool { return !slices.ContainsFunc(c.Fields, r.has) }, list: true},
		"never":      {run: func(*Check, record) bool { return false }},
		"id_sex":     {run: idSex, field: Code, other: IDNumber, pair: true},
		"id_stated":  {run: idStated, field: Code, other: IDNumber, pair: true},
		"id_birth":   {run: idBirth, field: Date, other: IDNumber, pair: true},
		"id_prefix":  {run: idPrefix, field: Text, other: IDNumber, pair: true},
		"not_before": {run: notBefore, field: Date, other: Date, pair: true},
		"not_future": {run: notFuture, field: Date},
		"at_most":    {run: atMost, pair: true, numbers: true},
		"division":   {run: division, field: Text},
		"in_year":    {run: inYear, field: Date, other: Integer, pair: true},
		"form_year":  {run: formYear, field: Date, other: Text, pair: true},
		"ref_known":  {run: refKnown, field: Ref},
		"ref_here":   {run: refHere, field: Ref},
		"ref_valid":  {run: refValid, field: Ref},
		"once":       {run: once},
		"alone":      {run: alone, pair: true},
		"counts":     {run: counts, field: Integer, of: true},
		"has_one":    {run: hasOne, of: true},
		"equals_of":  {run: equalsOf, of: true, member: true},
		"unit_code":  {run: unitCode, field: Text},

		"present_if_many": {run: presentIfMany, list: true},

		"same_subject":  {run: sameSubject, field: Ref},
		"not_before_of": {run: notBeforeOf, field: Date, other: Ref, pair: true, member: true},
		"same_of":       {run: sameOf, other: Ref, pair: true},
		"within_of":     {run: withinOf, field: Integer, other: Ref, pair: true},
		"code_writer":   {run: codeWriter, field: Code},

		"pack":        {refuses: packRefused, field: Text, other: Code, pair: true},
		"days_off":    {refuses: offRefused, field: Text, other: Integer, pair: true},
		"days_worked": {refuses: workedRefused, field: Text, other: Integer, pair: true, list: true},
		"fields_of":   {refuses: fieldsRefused, field: Text, other: Text, pair: true},
	}
}

func (c *Check) holds(r record) bool {
	if c.withdrawn {
		return true
	}
	for _, w := range c.When {
		if !w.holds(r) {
			return true
		}
	}
	if c.refuses != nil {
		return c.refuses(c, r) == nil
	}
	return c.test(c, r)
}

func (c *Check) problem(r record) Problem {
	p := Problem{Field: c.Field, Rule: c.Rule, Hard: c.Strength == Hard || c.Strength == Entry, Message: c.Message.In("en"), Zh: c.Message.In("zh"), AtEntry: c.Strength == Entry, Dated: c.needsToday()}
	if c.refuses != nil {
		if wrong := c.refuses(c, r); wrong != nil {
			p.Message, p.Zh = wrong.En, wrong.Zh
		}
	}
	p.Explained = !p.Hard && c.Unless != "" && r.has(c.Unless)
	return p
}

func idSex(c *Check, r record) bool {
	id, wrong := readID(r.text(c.Other))
	sex := r.text(c.Field)
	return wrong != nil || (sex != "1" && sex != "2") || id.Male == (sex == "1")
}

func idStated(c *Check, r record) bool {
	_, wrong := readID(r.text(c.Other))
	sex := r.text(c.Field)
	return wrong != nil || sex == "" || sex == "1" || sex == "2"
}

// idPrefix: a certificate of a person with an old number bears the new one.
func idPrefix(c *Check, r record) bool {
	_, wrong := readID(r.text(c.Other))
	return wrong != nil || !r.has(c.Field) || strings.HasPrefix(NormalizeID(r.text(c.Field)), WholeID(r.text(c.Other)))
}

// division knows the six digits of counties only: below them codes are too many to
// carry along.
func division(c *Check, r record) bool {
	code := r.text(c.Field)
	return r.kind.areas == nil || len(code) < 6 || !allDigits(code) || r.kind.areas(code[:6])
}

// formYear reads the year behind the twelve digits of the community.
func formYear(c *Check, r record) bool {
	day, form := r.text(c.Field), r.text(c.Other)
	if !calendar.Valid(day) || len(form) < 16 || !allDigits(form) || !calendar.Valid(form[12:16]+"-01-01") {
		return true
	}
	return day[:4] >= form[12:16]
}

func idBirth(c *Check, r record) bool {
	id, wrong := readID(r.text(c.Other))
	return wrong != nil || !calendar.Valid(r.text(c.Field)) || id.Birth == r.text(c.Field)
}

func notBefore(c *Check, r record) bool {
	later, earlier := r.text(c.Field), r.text(c.Other)
	return !calendar.Valid(later) || !calendar.Valid(earlier) || later >= calendar.AddYears(earlier, c.Years)
}

func notFuture(c *Check, r record) bool {
	return r.Today == "" || !calendar.Valid(r.text(c.Field)) || r.text(c.Field) <= r.Today
}

func atMost(c *Check, r record) bool {
	less, more := r.value(c.Field), r.value(c.Other)
	return !less.IsInt() || !more.IsInt() || less.Int() <= more.Int()
}

func inYear(c *Check, r record) bool {
	day, year := r.text(c.Field), r.value(c.Other)
	return !calendar.Valid(day) || !year.IsInt() || int64(calendar.Digits(day[:4])) == year.Int()
}

// presentIfMany asks for a field where the first of Fields is Many or more, or Percent or
// more of the second.
func presentIfMany(c *Check, r record) bool {
	n, of := r.value(c.Fields[0]), change.Null
	if len(c.Fields) > 1 {
		of = r.value(c.Fields[1])
	}
	few := !n.IsInt() || n.Int() < c.Many && (!of.IsInt() || n.Int()*100 < of.Int()*c.Percent)
	return r.has(c.Field) || few
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
	if w.NoneOf != nil && w.matches(r, w.NoneOf) {
		return false
	}
	if w.Is != nil && r.value(w.Field) != change.Bool(*w.Is) {
		return false
	}
	if w.Below != nil && (!r.value(w.Field).IsInt() || r.value(w.Field).Int() >= *w.Below) {
		return false
	}
	if w.Above != nil && (!r.value(w.Field).IsInt() || r.value(w.Field).Int() <= *w.Above) {
		return false
	}
	return w.holdsAge(r)
}

func (w Condition) holdsAge(r record) bool {
	if w.MinAge == 0 && w.MaxAge == 0 {
		return true
	}
	age, ok := calendar.Age(r.text(w.Field), r.Today)
	return ok && age >= w.MinAge && (w.MaxAge == 0 || age <= w.MaxAge)
}

// matches reports whether a code of the field is one of wanted, or below it.
func (w Condition) matches(r record, wanted []string) bool {
	value, found := r.value(w.Field), false
	if value.IsNull() {
		return false
	}
	f, _ := r.kind.Field(w.Field)
	look := func(code string) {
		found = found || slices.ContainsFunc(wanted, func(wider string) bool { return f.list.Within(code, wider) })
	}
	if s, ok := value.AsText(); ok {
		look(s)
		return found
	}
	return value.EachText(look) && found
}

// finishChecks refuses a rule that names what is not there: a rule that can
// never be right must not be published.
func (b *builder) finishChecks(k *Kind) error {
	seen := map[string]bool{}
	for _, c := range k.Checks {
		b.current = c
		if c == nil || !isProper(c.Rule, c.Published) || seen[c.Rule] {
			return invalid("a check has no proper rule name, or one that is taken")
		}
		seen[c.Rule] = true
		if err := c.finish(k, b.s); err != nil {
			return fault.Wrap("check "+c.Rule, err)
		}
	}
	return nil
}

func (c *Check) finish(k *Kind, s *Schema) error {
	t, ok := tests()[c.Test]
	switch {
	case !ok:
		return invalid("no test is named %q", c.Test)
	case !is(k, c.Field, t.field):
		return invalid("field %q is not there or of the wrong type", c.Field)
	case t.pair != (c.Other != ""), t.pair && !is(k, c.Other, t.other):
		return invalid("field %q is not there, of the wrong type or not wanted", c.Other)
	case t.numbers && (!isNumber(k, c.Field) || !isNumber(k, c.Other)):
		return invalid("fields %q and %q are not both numbers", c.Field, c.Other)
	case t.list != (len(c.Fields) > 0), c.Unless != "" && !is(k, c.Unless, ""):
		return invalid("fields or unless are wrong")
	case slices.ContainsFunc(c.Fields, func(name string) bool { return !is(k, name, "") }):
		return invalid("one of the fields is not there")
	case t.of != (c.Of != ""), t.member != (c.Member != ""):
		return invalid("of or member are wrong")
	case c.Strength != Soft && c.Strength != Entry && c.Strength != Hard, c.Message.Zh == "", c.Years < 0, c.Years > 150:
		return invalid("strength, message or years are wrong")
	}
	c.test, c.refuses = t.run, t.refuses
	if c.Test == "fields_of" {
		c.kinds = s.byName
	}
	for _, w := range c.When {
		if err := w.finish(k); err != nil {
			return err
		}
	}
	switch {
	case c.Of != "":
		return c.finishOf(k, s)
	case c.Test == "same_subject":
		return c.finishSubject(k, s)
	case c.Test == "not_before_of":
		return c.finishDay(k, s)
	case c.Test == "same_of", c.Test == "within_of":
		return c.finishSame(k, s)
	}
	return nil
}

// finishSame resolves the kind of the record that Other names, which has a field of the
// name of Field too.
func (c *Check) finishSame(k *Kind, s *Schema) error {
	f, _ := k.Field(c.Other)
	c.of = s.byName[f.Ref]
	own, _ := k.Field(c.Field)
	if of, ok := c.of.Field(c.Field); !ok || of.Type != own.Type {
		return invalid("%s has no such field %q", c.of.Name, c.Field)
	}
	if c.With == nil {
		return nil
	}
	return c.With.finish(c.of)
}

// finishSubject resolves the kind of the record that Field names: both say whom they
// are about, and that is of one kind.
func (c *Check) finishSubject(k *Kind, s *Schema) error {
	f, _ := k.Field(c.Field)
	c.of = s.byName[f.Ref]
	if about := c.of.subjectKind(); about == "" || about != k.subjectKind() {
		return invalid("%s and %s have no subject of one kind", k.Name, c.of.Name)
	}
	return nil
}

// finishDay resolves the kind of the record that Other names. It may be finished later.
func (c *Check) finishDay(k *Kind, s *Schema) error {
	f, _ := k.Field(c.Other)
	c.of = s.byName[f.Ref]
	if !slices.ContainsFunc(c.of.Fields, func(f *Field) bool { return f != nil && f.Name == c.Member && f.Type == Date }) {
		return invalid("%s has no date %q", c.of.Name, c.Member)
	}
	return nil
}

// finishOf resolves the records Of. Their kind may be finished later.
func (c *Check) finishOf(k *Kind, s *Schema) error {
	kind, by, _ := strings.Cut(c.Of, ".")
	var ok bool
	if c.of, ok = s.byName[kind]; !ok {
		return invalid("no kind is named %q", kind)
	}
	has := func(name string, fits func(*Field) bool) bool {
		return slices.ContainsFunc(c.of.Fields, func(f *Field) bool { return f != nil && f.Name == name && fits(f) })
	}
	if !has(by, func(f *Field) bool { return f.Ref == k.Name }) || c.Member != "" && !has(c.Member, func(*Field) bool { return true }) {
		return invalid("%s has no reference %q to this kind, or no field %q", kind, by, c.Member)
	}
	return nil
}

func (w Condition) finish(k *Kind) error {
	f, ok := k.Field(w.Field)
	codes := slices.Concat(w.In, w.NotIn, w.NoneOf)
	coded, aged := len(codes) > 0, w.MinAge != 0 || w.MaxAge != 0
	if !ok || f.Name != w.Field || (coded && f.list == nil) || (aged && f.Type != Date) || (w.Is != nil && f.Type != Boolean) ||
		((w.Below != nil || w.Above != nil) && !f.Type.IsNumber()) || (!w.Present && !coded && !aged && w.Is == nil && w.Below == nil && w.Above == nil) {
		return invalid("a condition on %q is wrong", w.Field)
	}
	for _, code := range codes {
		if _, ok := f.list.Item(code); !ok {
			return invalid("a condition names the code %q, which is not in the list", code)
		}
	}
	return nil
}

// is reports whether a kind has the field, by its canonical name, of a type.
func is(k *Kind, name string, t Type) bool {
	f, ok := k.Field(name)
	return ok && f.Name == name && (t == "" || f.Type == t)
}

func isNumber(k *Kind, name string) bool {
	f, ok := k.Field(name)
	return ok && f.Type.IsNumber()
}
