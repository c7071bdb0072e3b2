package schema

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// maxTextLen is the longest text a field may allow, in characters: 4 bytes
// each still fit into change.MaxValue.
const maxTextLen = 4000

// Problem is one failed check. The messages name fields, never their content.
type Problem struct {
	Field   string `json:"field"` // canonical name
	Rule    string `json:"rule"`  // stable name of the rule, see the README of the schema
	Hard    bool   `json:"hard"`
	Message string `json:"message"` // in English
	Zh      string `json:"zh"`      // the same in Chinese
}

// CheckOn judges a whole record and returns its problems: fields in their order,
// then the rules across fields in theirs. Fields the kind does not know are
// passed over. Ages and future dates are judged by the day, YYYY-MM-DD; without
// one, such rules are left out.
func (k *Kind) CheckOn(values map[string]change.Value, today string) []Problem {
	return k.judge(record{kind: k, values: values, today: today}, Soft)
}

// CheckHard is CheckOn without a day, for the hard problems alone, at a third of the cost.
func (k *Kind) CheckHard(values map[string]change.Value) []Problem {
	return k.judge(record{kind: k, values: values}, Hard)
}

// judge lists the problems, or with least Hard only those that are hard.
func (k *Kind) judge(r record, least Strength) []Problem {
	var problems []Problem
	for _, f := range k.Fields {
		problems = append(problems, k.checkField(f, r.values[f.Name], least)...)
	}
	for _, c := range k.Checks {
		if (least == Soft || c.Strength == Hard) && !c.holds(r) {
			problems = append(problems, c.problem())
		}
	}
	if least == Hard {
		problems = slices.DeleteFunc(problems, func(p Problem) bool { return !p.Hard })
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

func (k *Kind) checkField(f *Field, value change.Value, least Strength) []Problem {
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
		return f.checkString(k, x, least)
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
		return []Problem{f.problem("range", Soft, "the number is outside the usual range", "数值超出常见范围")}
	}
	return nil
}

func (f *Field) checkCodes(codes ...string) []Problem {
	unknown := slices.ContainsFunc(codes, func(code string) bool {
		_, ok := f.list.Item(code)
		return !ok
	})
	return f.problemIf(unknown, "code", "a code is not in the list", "代码不在代码表中")
}

func (f *Field) checkString(k *Kind, s string, least Strength) []Problem {
	switch f.Type {
	case Code:
		return f.checkCodes(s)
	case Date:
		return f.problemIf(!ValidDate(s), "date", "the date does not exist", "日期不存在")
	case IDNumber:
		return f.checkID(k, s)
	case Unit:
		return f.problemIf(change.UnitID(s).Validate() != nil, "unit", "this is not the id of a unit", "不是有效的机构标识")
	case Ref:
		return f.problemIf(change.RecordID(s).Validate() != nil, "ref", "this is not the id of a record", "不是有效的记录标识")
	}
	return f.checkText(s, least)
}

func (f *Field) checkID(k *Kind, s string) []Problem {
	id, err := ParseID(s)
	if err != nil {
		return []Problem{f.problem("id_number", Hard, err.Error(), "公民身份号码有误（位数、出生日期或校验码）")}
	}
	if k.areas != nil && !k.areas(id.Area) {
		return []Problem{f.problem("id_area", Soft, "the area of the ID number was never a code", "公民身份号码的地址码不存在")}
	}
	return nil
}

func (f *Field) checkText(s string, least Strength) []Problem {
	switch {
	case utf8.RuneCountInString(s) > f.maxLen():
		return []Problem{f.problem("length", Hard, fmt.Sprintf("more than %d characters", f.maxLen()), fmt.Sprintf("超过 %d 个字", f.maxLen()))}
	case strings.ContainsFunc(s, unwritable):
		return []Problem{f.problem("characters", Hard, "there are control characters in it", "含有控制字符")}
	case least == Soft && f.pattern != nil && !f.pattern.MatchString(s):
		return []Problem{f.problem("pattern", Soft, "it does not have the usual form", "格式不符")}
	}
	return nil
}

// unwritable are control characters, and those that turn the direction of the
// text: they make a name look like another.
func unwritable(r rune) bool {
	return (unicode.IsControl(r) && r != '\n' && r != '\t') || unicode.Is(unicode.Bidi_Control, r)
}

// problemIf is a hard problem or none.
func (f *Field) problemIf(failed bool, rule, en, zh string) []Problem {
	if !failed {
		return nil
	}
	return []Problem{f.problem(rule, Hard, en, zh)}
}

func (f *Field) problem(rule string, strength Strength, en, zh string) Problem {
	return Problem{Field: f.Name, Rule: rule, Hard: strength == Hard, Message: en, Zh: zh}
}
