package schema

import (
	"slices"

	"tongbu/internal/change"
)

// Fields of every kind that people write. No change has them: they are made of the
// record, what stands beside it and the day, wherever it is shown.
const (
	FindingsField  = "findings"  // rules that a record fails
	ExplainedField = "explained" // those of them for which it gives a reason
)

// IsComputed reports whether the field is made of others: whatever a change says of
// it, nobody reads that.
func (f *Field) IsComputed() bool { return f.Name == FindingsField || f.Name == ExplainedField }

// Found are the values of the two fields for problems as Findings lists them; Null
// where there are none.
func Found(problems []Problem) (findings, explained change.Value) {
	var open, told []string
	for _, p := range problems {
		if p.Explained {
			told = append(told, p.Rule)
		} else {
			open = append(open, p.Rule)
		}
	}
	return setOf(open), setOf(told)
}

// ReasonField is the field that takes the reason for which a failed rule counts as
// explained; nil: the rule takes none.
func (k *Kind) ReasonField(rule string) *Field {
	for _, c := range k.Checks {
		if c.Rule == rule && c.Unless != "" {
			f, _ := k.Field(c.Unless)
			return f
		}
	}
	return nil
}

func setOf(rules []string) change.Value {
	if len(rules) == 0 {
		return change.Null
	}
	slices.Sort(rules)
	return change.Set(slices.Compact(rules))
}

// builtin are the rules of single fields, as they are listed.
var builtin = []Item{
	{Code: "missing", Zh: "未填写", En: "nothing is filled in"},
	{Code: "type", Zh: "数据类型不对", En: "the value is of the wrong type"},
	{Code: "range", Zh: "数值超出常见范围", En: "the number is outside the usual range"},
	{Code: RuleCode, Zh: "代码不在代码表中", En: "a code is not in the list"},
	{Code: "date", Zh: "日期不存在", En: "the date does not exist"},
	{Code: "unit", Zh: "不是有效的机构标识", En: "this is not the id of a unit"},
	{Code: "ref", Zh: "不是有效的记录标识", En: "this is not the id of a record"},
	{Code: "length", Zh: "太长", En: "the text is too long"},
	{Code: "characters", Zh: "含有不允许的字符", En: "there are characters in it that no text has"},
	{Code: "pattern", Zh: "格式不符", En: "it does not have the usual form"},
	{Code: "name_digits", Zh: "姓名中有数字", En: "there is a digit in the name"},
	{Code: "private_use", Zh: "姓名中有自造字区的字，其他电脑可能显示不出", En: "a character of the name is of a private area, other machines may not show it"},
	{Code: "id_number", Zh: "公民身份号码有误", En: "the ID number is wrong"},
	{Code: "id_birth_future", Zh: "公民身份号码中的出生日期晚于今天", En: "the birth date in the ID number is after today"},
	{Code: "id_area", Zh: "公民身份号码的地址码从未有过", En: "the area of the ID number was never a code"},
	{Code: "id_in_text", Zh: "文本中有公民身份号码", En: "there is an ID number in a text"},
	{Code: "id_old", Zh: "15位旧号码", En: "an old ID number of 15 digits"},
	{Code: "id_cut", Zh: "公民身份号码可能被电子表格截断，请核对证件", En: "a spreadsheet may have cut the ID number: read it on the card"},
}

// nameRule lets a rule be called by its message, as tables show it. Of two with one
// message the first is meant.
func (l *CodeList) nameRule(i int) {
	for _, label := range []string{l.Items[i].Zh, l.Items[i].En} {
		if _, taken := l.byLabel[alias(label)]; !taken && label != "" {
			l.byLabel[alias(label)] = i
		}
	}
}

// addFindings gives a kind the two fields, with its rules as their codes.
func (b *builder) addFindings(k *Kind) error {
	list := &CodeList{Name: k.Name + "_rules", Standard: "project", Label: Label{Zh: "核查规则", En: "rules"}, byCode: map[string]int{}, byLabel: map[string]int{}}
	list.Items = slices.Clone(builtin)
	for _, c := range k.Checks {
		list.Items = append(list.Items, Item{Code: c.Rule, Zh: c.Message.Zh, En: c.Message.En})
	}
	for i, item := range list.Items {
		if _, taken := list.byCode[item.Code]; taken {
			return invalid("check %s: the name is that of a rule of single fields", item.Code)
		}
		list.byCode[item.Code] = i
		list.nameRule(i)
	}
	if _, taken := b.s.lists[list.Name]; taken {
		b.current = k
		return clashes("the name of the code list %s is taken by the rules of the kind", list.Name)
	}
	b.s.lists[list.Name] = list
	for _, f := range []*Field{
		{Name: FindingsField, Label: Label{Zh: "核查问题", En: "findings"}},
		{Name: ExplainedField, Label: Label{Zh: "已说明的差异", En: "explained findings"}},
	} {
		f.Type, f.Codes, f.ReadOnly, f.list = Codes, list.Name, true, list
		k.Fields = append(k.Fields, f)
		if err := b.finishField(k, f); err != nil {
			return err
		}
	}
	return nil
}
