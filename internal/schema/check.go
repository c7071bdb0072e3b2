package schema

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/names"
)

// maxTextLen is the longest text a field may allow, in characters: 4 bytes
// each still fit into change.MaxValue.
const maxTextLen = 4000

// Problem is one failed check. The messages name fields, never their content but
// for the birth date that an old ID number would mean.
type Problem struct {
	Field     string `json:"field"` // canonical name
	Rule      string `json:"rule"`  // stable name of the rule, see the README of the schema
	Hard      bool   `json:"hard"`
	Explained bool   `json:"explained,omitempty"` // a reason is given for it: it is listed, and no warning
	Message   string `json:"message"`             // in English
	Zh        string `json:"zh"`                  // the same in Chinese
	AtEntry   bool   `json:"-"`                   // hard where the record is typed, and a finding elsewhere
	Dated     bool   `json:"-"`                   // it depends on the day that the record is judged on
}

// Warning is the problem in one line: field, rule, and the sentence in both
// languages.
func (p Problem) Warning() string {
	if p.Zh == "" || p.Message == p.Zh {
		return p.Field + ": " + p.Rule + ": " + p.Message
	}
	return p.Field + ": " + p.Rule + ": " + p.Zh + " / " + p.Message
}

// Subject is a record that is judged, with what the rules need besides its fields.
type Subject struct {
	ID     change.RecordID
	Unit   change.UnitID // that holds it
	Values map[string]change.Value
	Near   Near   // what stands beside it; nil: rules about that are left out
	Today  string // YYYY-MM-DD; empty: rules about ages and future dates are left out
	// MayWrite reports whether the unit is of one of some levels; nil: rules about that
	// are left out.
	MayWrite func(levels []int) bool
}

// CheckOn judges a whole record by itself and returns its problems: fields in their
// order, then the rules across fields in theirs. Fields the kind does not know are
// passed over. Ages and future dates are judged by the day, YYYY-MM-DD; without
// one, such rules are left out.
func (k *Kind) CheckOn(values map[string]change.Value, today string) []Problem {
	return k.Judge(Subject{Values: values, Today: today})
}

// Judge is CheckOn for a record with what stands beside it.
func (k *Kind) Judge(s Subject) []Problem {
	return slices.DeleteFunc(k.Findings(s), func(p Problem) bool { return p.Explained })
}

// Findings is Judge with the problems for which a reason is given.
func (k *Kind) Findings(s Subject) []Problem {
	s.Values = k.Complete(s.Values)
	return k.judge(record{kind: k, Subject: s}, Soft)
}

// CheckHard lists what no tier takes, without a day. Of what CheckOn calls hard this
// leaves out the checks that are made where a record is typed only: a program of
// before did not know them, and what it wrote stands with a finding.
func (k *Kind) CheckHard(values change.Fields) []Problem {
	if k.PassesHard(values, true) {
		return nil
	}
	return k.listHard(values)
}

func (k *Kind) listHard(values change.Fields) []Problem {
	return k.judge(record{kind: k, Subject: Subject{Values: values.Map()}}, Hard)
}

// judge lists the problems, or with least Hard only those that no tier takes.
func (k *Kind) judge(r record, least Strength) []Problem {
	var problems []Problem
	for _, f := range k.Fields {
		if f.IsComputed() {
			continue
		}
		problems = append(problems, k.checkField(f, r.value(f.Name), least, r.Today)...)
	}
	for _, c := range k.Checks {
		if (least == Soft || c.Strength == Hard) && !c.holds(r) {
			problems = append(problems, c.problem(r))
		}
	}
	if least == Hard {
		problems = slices.DeleteFunc(problems, func(p Problem) bool { return !p.Hard || p.AtEntry })
	}
	return problems
}

// Refusal returns nil when no problem is hard, else Invalid with one line that
// names the fields and rules.
func Refusal(problems []Problem) error {
	var lines []string
	for _, p := range problems {
		if p.Hard {
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", p.Field, p.Message, p.Rule))
		}
	}
	if lines == nil {
		return nil
	}
	return fault.New(fault.Invalid, "%s", strings.Join(lines, "; ")).WithHint("correct these fields and save again")
}

func (k *Kind) checkField(f *Field, value change.Value, least Strength, today string) []Problem {
	if value.IsNull() {
		return f.checkMissing(least)
	}
	item, err := value.Get()
	if err != nil || !f.holdsType(item) {
		return []Problem{f.problem("type", Hard, "the value is of the wrong type", "数据类型不对")}
	}
	switch x := item.(type) {
	case int64:
		return f.checkRange(x)
	case []string:
		return f.checkCodes(x...)
	case string:
		return f.checkString(k, x, least, today)
	}
	return nil
}

func (f *Field) checkMissing(least Strength) []Problem {
	if f.Must == None || f.ReadOnly || f.Must == Soft && least == Hard {
		return nil
	}
	return []Problem{f.problem("missing", f.Must, "nothing is filled in", "未填写")}
}

func (f *Field) holdsType(item any) bool {
	switch item.(type) {
	case int64:
		return f.Type.IsNumber()
	case bool:
		return f.Type == Boolean
	case []string:
		return f.Type == Codes
	case string:
		return !f.Type.IsNumber() && f.Type != Boolean && f.Type != Codes
	}
	return false
}

func (f *Field) checkRange(n int64) []Problem {
	if (f.Min != nil && n < *f.Min) || (f.Max != nil && n > *f.Max) {
		if f.Bounds == Entry {
			return []Problem{f.problem("range", Entry, "the number cannot be right: it is outside what there can be", "数值不可能正确：超出可能的范围")}
		}
		return []Problem{f.problem("range", Soft, "the number is outside the usual range", "数值超出常见范围")}
	}
	return nil
}

// RuleCode is the rule of a code that is not in its list.
const RuleCode = "code"

func (f *Field) checkCodes(codes ...string) []Problem {
	unknown := slices.ContainsFunc(codes, func(code string) bool {
		_, ok := f.list.Item(code)
		return !ok
	})
	return f.problemIf(unknown, RuleCode, "a code is not in the list", "代码不在代码表中")
}

func (f *Field) checkString(k *Kind, s string, least Strength, today string) []Problem {
	switch f.Type {
	case Code:
		return f.checkCodes(s)
	case Date:
		if !isDateForm(s) {
			return f.problemIf(true, "date", "this is not read as a date: write it as 2024-03-05", "看不出是哪一天，写成 2024-03-05 这样")
		}
		return f.problemIf(!calendar.Valid(s), "date", "the date does not exist: check year, month and day", "日期不存在，请核对年月日")
	case IDNumber:
		return f.checkID(k, s, today)
	case Unit:
		return f.problemIf(change.UnitID(s).Validate() != nil, "unit", "this is not the id of a unit", "不是有效的机构标识")
	case Ref:
		return f.problemIf(change.RecordID(s).Validate() != nil, "ref", "this is not the id of a record", "不是有效的记录标识")
	}
	return f.checkText(s, least)
}

func (f *Field) checkID(k *Kind, s, today string) []Problem {
	id, wrong := readID(s)
	switch {
	case wrong != nil:
		return []Problem{f.problem("id_number", Hard, wrong.En, wrong.Zh)}
	case today != "" && id.Birth > today:
		p := f.problem("id_birth_future", Entry, "the birth date in the ID number is after today", "公民身份号码中的出生日期晚于今天")
		p.Dated = true
		return []Problem{p}
	}
	problems := f.checkCut(s, id, today)
	if k.areas != nil && !k.areas(id.Area) {
		problems = append(problems, f.problem("id_area", Soft, "the area of the ID number was never a code", "公民身份号码的地址码从未有过"))
	}
	return problems
}

// checkCut says what a number may be in truth that a spreadsheet has had.
func (f *Field) checkCut(s string, id ID, today string) []Problem {
	age, aged := calendar.Age(id.Birth, today)
	switch {
	case id.Old && (beginsLikeYear(s) || aged && age > 100):
		return []Problem{f.problem("id_cut", Soft,
			"15 digits, most likely an ID number of 18 that a spreadsheet has cut: as an old number it would mean born on "+id.Birth+", read it on the card",
			"只有15位，很可能是被电子表格截断的18位号码：按旧号码出生日期为"+id.Birth+"，请核对证件")}
	case id.Old:
		return []Problem{f.problem("id_old", Soft, "an old ID number of 15 digits, which means born on "+id.Birth, "15位旧号码，出生日期为"+id.Birth)}
	case endsCut(s):
		return []Problem{f.problem("id_cut", Soft, "the ID number ends in 000, a spreadsheet may have cut it: read it on the card",
			"公民身份号码末三位为000，可能被电子表格截断，请核对证件")}
	}
	return nil
}

func (f *Field) checkText(s string, least Strength) []Problem {
	if p, refused := f.checkCharacters(s); refused {
		return []Problem{p}
	}
	if least != Soft {
		return nil
	}
	var problems []Problem
	if !f.Mask && HoldsIDNumber(s) {
		problems = append(problems, f.problem("id_in_text", Soft, "there is an ID number in the text, where it is shown in full", "文本中有公民身份号码，会完整显示"))
	}
	if f.pattern != nil && !f.pattern.MatchString(s) {
		problems = append(problems, f.problem("pattern", Soft, "it does not have the usual form", "格式不符"))
	}
	if f.PersonName && names.HasDigit(s) {
		problems = append(problems, f.problem("name_digits", Soft, "there is a digit in the name", "姓名中有数字"))
	}
	if f.PersonName && names.HasPrivate(s) {
		problems = append(problems, f.problem("private_use", Soft,
			"a character of the name is of a private area, other machines may not show it", "姓名中有自造字区的字，其他电脑可能显示不出"))
	}
	return problems
}

// checkCharacters says what no text, or no name, may hold.
func (f *Field) checkCharacters(s string) (p Problem, refused bool) {
	switch {
	case utf8.RuneCountInString(s) > f.maxLen():
		return f.problem("length", Hard, fmt.Sprintf("more than %d characters", f.maxLen()), fmt.Sprintf("超过 %d 个字", f.maxLen())), true
	case strings.ContainsFunc(s, unwritable):
		return f.problem("characters", Hard, "there are control characters in it", "含有控制字符"), true
	case names.IsBroken(s):
		return f.problem("characters", Entry, "a character of it is broken: half of a pair, or the mark U+FFFD for what could not be read",
			"有损坏的字（半个代理对或替换符 U+FFFD）"), true
	case s != "" && names.IsBlank(s):
		return f.problem("characters", Entry, "nothing of it is to be seen", "没有可见的字"), true
	case f.PersonName && (names.HasInvisible(s) || strings.ContainsAny(s, "\n\t")):
		return f.problem("characters", Entry, "there are characters of no width in the name, or a new line", "姓名中有不可见的字符或换行"), true
	}
	return p, false
}

// lastUnwritable is the last of them: what most texts consist of lies above.
const lastUnwritable = '\u2069'

// unwritable are control characters, and those that turn the direction of the
// text: they make a name look like another.
func unwritable(r rune) bool {
	return r <= lastUnwritable && (unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r))
}

// problemIf is a hard problem or none.
func (f *Field) problemIf(failed bool, rule, en, zh string) []Problem {
	if !failed {
		return nil
	}
	return []Problem{f.problem(rule, Hard, en, zh)}
}

func (f *Field) problem(rule string, strength Strength, en, zh string) Problem {
	return Problem{Field: f.Name, Rule: rule, Hard: strength == Hard || strength == Entry, Message: en, Zh: zh, AtEntry: strength == Entry}
}
