package schema

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/names"
)

// Parse turns a JSON object, decoded with json.Decoder.UseNumber, into
// canonical values under canonical field names. Names may be aliases, codes
// may be given by their Chinese or English names; texts are trimmed, dates and
// ID numbers normalised; null and "" empty the field. It returns Invalid for an
// unknown field, a field given twice, a field set by the program, or a value
// of the wrong type, naming the field and never its content. Whether the
// content is right is for Check to say.
func (k *Kind) Parse(object map[string]any) (map[string]change.Value, error) {
	values := make(map[string]change.Value, len(object))
	for _, name := range sortedKeys(object) {
		f, ok := k.Field(name)
		switch _, twice := values[fieldName(f)]; {
		case !ok:
			return nil, k.unknownField(name)
		case twice:
			return nil, invalid("field %s is given twice", f.Name)
		case f.ReadOnly:
			return nil, fault.New(fault.Invalid, "field %s is set by the program", f.Name).WithHint("leave the field out")
		}
		value, err := f.Parse(object[name])
		if err != nil {
			return nil, fault.Wrap("field "+f.Name, err)
		}
		values[f.Name] = value
	}
	return values, nil
}

// Object turns values into what encoding/json writes: canonical names, sets as
// []string, numbers as int64. Emptied fields are left out; fields the kind does
// not know are kept.
func (k *Kind) Object(values map[string]change.Value) map[string]any {
	object := make(map[string]any, len(values))
	for name, value := range values {
		if got, err := value.Get(); err == nil && got != nil {
			object[name] = got
		}
	}
	return object
}

// Parse turns one decoded JSON value into a canonical value of the field.
func (f *Field) Parse(item any) (change.Value, error) {
	switch x := item.(type) {
	case nil:
		return change.Null, nil
	case string:
		return f.parseString(x)
	case json.Number:
		return f.parseNumber(x.String())
	case bool:
		if f.Type == Boolean {
			return change.Bool(x), nil
		}
	case []string:
		return f.parseSet(x)
	case []any:
		return f.parseItems(x)
	}
	return "", f.wrongType()
}

func (f *Field) parseString(s string) (change.Value, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) {
		return "", invalid("the text is not UTF-8")
	}
	switch {
	case s == "":
		return change.Null, nil
	case f.Type == Boolean && (s == "是" || s == "否"): // what tables show and filters take
		return f.parseYesNo(s)
	case f.Type.IsNumber() || f.Type == Boolean || f.Type == Codes:
		return "", f.wrongType()
	case f.Type == Code:
		s = f.codeOf(s)
	case f.Type == Date:
		s = normalizeDate(s)
	case f.Type == IDNumber:
		s = NormalizeID(s)
	case f.Type == Text:
		s = newlines.Replace(s)
		if f.PersonName {
			s = names.Tidy(s)
		}
	}
	value := change.Text(s)
	return value, f.checkSize(value)
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// parseNumber takes a number for a code as well: people leave the quotes off.
func (f *Field) parseNumber(s string) (change.Value, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case f.Type == Code && err == nil:
		return change.Text(s), nil
	case f.Type == IDNumber:
		return "", fault.New(fault.Invalid, "the ID number is given as a number: a spreadsheet or a program has cut it after 15 digits").
			WithHint("make the column text, enter the number again, and give it as a text")
	case !f.Type.IsNumber() || err != nil:
		return "", f.wrongType()
	}
	return change.Int(n), nil
}

func (f *Field) parseItems(items []any) (change.Value, error) {
	set := make([]string, 0, len(items))
	for _, item := range items {
		s, ok := item.(string)
		if !ok {
			return "", f.wrongType()
		}
		set = append(set, s)
	}
	return f.parseSet(set)
}

func (f *Field) parseSet(items []string) (change.Value, error) {
	if f.Type != Codes {
		return "", f.wrongType()
	}
	set := make([]string, 0, len(items))
	for _, item := range items {
		if item = strings.TrimSpace(item); item == "" || !utf8.ValidString(item) {
			return "", f.wrongType()
		}
		set = append(set, f.codeOf(item))
	}
	if len(set) == 0 {
		return change.Null, nil
	}
	if len(set) > maxSet {
		return "", invalid("a set has %d items, more than %d", len(set), maxSet)
	}
	value := change.Set(set)
	return value, f.checkSize(value)
}

// maxSet is the most items of a set a person may give.
const maxSet = 256

// codeOf turns the name of an item into its code, and leaves what is neither.
func (f *Field) codeOf(s string) string {
	if code, ok := f.list.Find(s); ok {
		return code
	}
	return s
}

func (f *Field) checkSize(value change.Value) error {
	if len(value) > change.MaxValue {
		return invalid("the value has %d bytes, more than %d", len(value), change.MaxValue)
	}
	return nil
}

func (f *Field) wrongType() error {
	return fault.New(fault.Invalid, "wrong type").WithHint("%s", typeHints[f.Type])
}

var typeHints = map[Type]string{
	Text: "give a text", Integer: "give a whole number", Money: "give a whole number of fen",
	Date: `give a date as "YYYY-MM-DD"`, Boolean: "give true or false", Code: `give a code of the list, as a text`,
	Codes: `give a list of codes: ["..."]`, Ref: "give the id of a record, as a text", Unit: "give the id of a unit, as a text",
	IDNumber: "give the number as a text", Time: "give Unix milliseconds, a whole number",
}

// Misread is the problem of a field whose value Parse does not take: err says why.
func (f *Field) Misread(err error) Problem {
	en := err.Error()
	if hint := fault.Hint(err); hint != "" {
		en += ": " + hint
	}
	return f.problem("type", Hard, en, "无法识别："+typeHintsZh[f.Type])
}

var typeHintsZh = map[Type]string{
	Text: "请填文字", Integer: "请填整数", Money: "请填金额，最多两位小数", Date: "请填日期，如 2026-07-14", Boolean: "请填是或否",
	Code: "请填代码表中的代码或名称", Codes: "请填代码表中的代码或名称", Ref: "请选一条记录", Unit: "请填机构", IDNumber: "请填号码，不要当数字填",
	Time: "请填时间",
}

func (k *Kind) unknownField(name string) error {
	return fault.New(fault.Invalid, "%s has no field %s", k.Name, quoteName(name)).
		WithHint("fields of %s: %s", k.Name, strings.Join(k.fieldNames(), ", "))
}

func (k *Kind) fieldNames() []string {
	var names []string
	for _, f := range k.Fields {
		if !f.ReadOnly && !f.Withdrawn {
			names = append(names, f.Name)
		}
	}
	return names
}

// quoteName quotes and cuts a name that somebody else made up: an error is one
// short line, and a misplaced ID number must not get into a log.
func quoteName(name string) string {
	if r := []rune(name); len(r) > 40 {
		name = string(r[:40])
	}
	if strings.Count(strings.Map(digitsToZero, name), "0") > 8 {
		return "(a number)"
	}
	return strconv.Quote(name)
}

func digitsToZero(r rune) rune {
	if h := halfWidth(string(r)); allDigits(h) {
		return '0'
	}
	return r
}

func fieldName(f *Field) string {
	if f == nil {
		return ""
	}
	return f.Name
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
