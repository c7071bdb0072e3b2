package schema

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/change"
)

// ParseText turns what stands in a form or a spreadsheet cell into a value of
// the field: money in yuan with up to two decimals, with or without commas
// between thousands and 元 or ￥ beside it, booleans as 是/否 or
// true/false, times in RFC 3339, sets separated by comma, semicolon or 、. Otherwise as Parse.
func (f *Field) ParseText(text string) (change.Value, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return change.Null, nil
	}
	switch f.Type {
	case Integer:
		return f.parseNumber(strings.TrimSpace(halfWidth(text)))
	case Time:
		return f.parseTime(text)
	case Money:
		return f.parseYuan(strings.TrimSpace(halfWidth(text)))
	case Boolean:
		return f.parseYesNo(alias(text))
	case Codes:
		return f.parseSet(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;，；、", r) }))
	}
	return f.parseString(text)
}

// FormatText is the inverse of ParseText, for people: codes become their
// Chinese ("zh") or English ("en") names, times RFC 3339 in UTC.
func (f *Field) FormatText(value change.Value, lang string) string {
	item, err := value.Get()
	if value.IsNull() || err != nil {
		return ""
	}
	switch x := item.(type) {
	case string:
		return f.name(x, lang)
	case bool:
		return yesNo(x, lang)
	case int64:
		return f.formatNumber(x)
	case []string:
		names := make([]string, len(x))
		for i, code := range x {
			names[i] = f.name(code, lang)
		}
		return strings.Join(names, "; ")
	}
	return ""
}

func (f *Field) name(code, lang string) string {
	if f.list == nil {
		return code
	}
	if item, ok := f.list.Item(code); ok {
		return item.Label().In(lang)
	}
	return code
}

func (f *Field) formatNumber(n int64) string {
	switch f.Type {
	case Money:
		return formatYuan(n)
	case Time:
		return time.UnixMilli(n).UTC().Format(time.RFC3339Nano)
	}
	return strconv.FormatInt(n, 10)
}

func (f *Field) parseTime(s string) (change.Value, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return f.parseNumber(s)
	}
	return change.Int(t.UnixMilli()), nil
}

func (f *Field) parseYuan(s string) (change.Value, error) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimLeft(s, "¥￥"), "元"))
	if inThousands.MatchString(s) {
		s = strings.ReplaceAll(s, ",", "")
	}
	yuan, fen, _ := strings.Cut(s, ".")
	if len(fen) > 2 || (fen != "" && !allDigits(fen)) || !allDigits(strings.TrimPrefix(yuan, "-")) {
		return "", f.wrongType()
	}
	n, err := strconv.ParseInt(yuan+(fen + "00")[:2], 10, 64)
	if err != nil {
		return "", f.wrongType()
	}
	return change.Int(n), nil
}

// inThousands is a number with a comma before each three digits. Any other comma may be
// meant for a point, and is asked about.
var inThousands = regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{0,2})?$`)

func formatYuan(fen int64) string {
	sign := ""
	u := uint64(fen)
	if fen < 0 {
		sign, u = "-", -u // right for the smallest number too
	}
	rest := strconv.FormatUint(100+u%100, 10)
	return sign + strconv.FormatUint(u/100, 10) + "." + rest[1:]
}

func (f *Field) parseYesNo(s string) (change.Value, error) {
	switch s {
	case "是", "有", "yes", "y", "true", "1":
		return change.Bool(true), nil
	case "否", "无", "no", "n", "false", "0":
		return change.Bool(false), nil
	}
	return "", f.wrongType()
}

func yesNo(b bool, lang string) string {
	switch {
	case lang == "en" && b:
		return "yes"
	case lang == "en":
		return "no"
	case b:
		return "是"
	}
	return "否"
}
