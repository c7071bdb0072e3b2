package sheet

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// What is wrong with cells, in words that say what to do.
var (
	errFormula = fault.New(fault.Invalid, "the formula of the cell has an error").WithHint("correct the formula, or type the value")
	errNoValue = fault.New(fault.Invalid, "the file does not have the value of the formula").WithHint("open it in Excel or WPS, save it, and import it again; or type the value")
	errMerged  = fault.New(fault.Invalid, "the cell is merged over several columns").WithHint("undo the merging, and fill in each cell")
	errGarbled = fault.New(fault.Invalid, "a character of the cell cannot be read").WithHint("type the cell again, or save the file as UTF-8")
	errLong    = fault.New(fault.Invalid, "the cell has more than %d characters", maxCell)
	errCut     = fault.New(fault.Invalid, "it is a number of more than 15 digits: a spreadsheet has cut it").
			WithHint("make the column text, and enter the number again")
	errBareDay = fault.New(fault.Invalid, "it is a number that is not shown as a date").WithHint("enter the date as 2024-03-05")
	errFen     = fault.New(fault.Invalid, "the amount has more than two decimals").WithHint("give yuan and fen, as in 12.34")
	errAmount  = fault.New(fault.Invalid, "it is not an amount in yuan").WithHint("give yuan and fen, as in 12.34")
	errWhole   = fault.New(fault.Invalid, "it is not a whole number").WithHint("give digits alone")
	errTruth   = fault.New(fault.Invalid, "it is neither 是 nor 否").WithHint("write 是 or 否")
	errCode    = fault.New(fault.Invalid, "the list has no such code").WithHint("choose from the list; tongbu export --template writes a form that has it")
	errPair    = fault.New(fault.Invalid, "the code and the name behind it are not of one item").WithHint("choose from the list again")
)

// readCell makes a cell the value of a field.
func readCell(f *schema.Field, c Cell, system dates) (change.Value, error) {
	switch c.Sort {
	case Blank:
		return change.Null, nil
	case Broken:
		return "", errFormula
	case Unsolved:
		return "", errNoValue
	case Across:
		return "", errMerged
	case Garbled:
		return "", errGarbled
	}
	if len(c.Text) > maxCell && utf8.RuneCountInString(c.Text) > maxCell {
		return "", errLong
	}
	text, err := textOf(f, c, system)
	if err != nil {
		return "", err
	}
	return readText(f, text, c.Sort == Number)
}

// textOf is the text of a cell as the field reads it.
func textOf(f *schema.Field, c Cell, system dates) (string, error) {
	switch c.Sort {
	case Day:
		if f.Type.IsNumber() && f.Type != schema.Time {
			return plainDecimals(c.Text), nil
		}
		return system.day(c.Text)
	case Moment:
		return dateOf(c.Text), nil
	case Truth:
		if f.Type == schema.Boolean {
			return map[bool]string{true: "是", false: "否"}[isTrue(c.Text)], nil
		}
		return c.Text, nil
	case Number:
		return numberText(f, c.Text)
	}
	return c.Text, nil
}

// numberText is a number as a field reads it. Where digits are a name, as of an ID
// number, those after the fifteenth are not what was typed.
func numberText(f *schema.Field, number string) (string, error) {
	number = plainDecimals(number)
	switch {
	case f.Type.IsNumber() || f.Type == schema.Boolean:
		return number, nil
	case isCut(Cell{Sort: Number, Text: number}):
		return "", errCut
	case f.Type == schema.Date && len(number) != len("20240305"):
		return "", errBareDay
	}
	return number, nil
}

// isCut reports whether a cell is a number with more digits than a spreadsheet keeps.
func isCut(c Cell) bool {
	return c.Sort == Number && len(strings.TrimLeft(strings.Replace(strings.TrimPrefix(plainDecimals(c.Text), "-"), ".", "", 1), "0")) > 15
}

// plainDecimals drops decimals that are none.
func plainDecimals(number string) string {
	if whole, rest, _ := strings.Cut(number, "."); strings.Trim(rest, "0") == "" {
		return whole
	}
	return number
}

// readText makes a text the value of a field. A code may be typed as a number, which
// has lost its zeros.
func readText(f *schema.Field, text string, typed bool) (change.Value, error) {
	if text = strings.TrimSpace(text); f.Type != schema.Text && f.Type != schema.Ref {
		text = narrow(text)
	}
	switch f.Type {
	case schema.Code:
		return readCode(f, text, typed)
	case schema.Codes:
		return readCodes(f, text, typed)
	case schema.Date:
		return f.ParseText(dateOf(text))
	case schema.Money:
		return readAmount(f, text)
	case schema.Integer:
		return orElse(f, ungrouped(text), errWhole)
	case schema.Boolean:
		return orElse(f, text, errTruth)
	case schema.Unit:
		return f.ParseText(unitCode(text))
	}
	return f.ParseText(text)
}

// narrow turns full-width characters, which input methods leave behind, into those of
// half width.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, s)
}

// orElse says what is wrong in the words of tables.
func orElse(f *schema.Field, text string, wrong error) (change.Value, error) {
	value, err := f.ParseText(text)
	if err != nil {
		return "", wrong
	}
	return value, nil
}

var grouped = regexp.MustCompile(`^-?[0-9]{1,3}([,，][0-9]{3})+(\.[0-9]*)?$`)

// ungrouped takes out what groups the thousands.
func ungrouped(text string) string {
	if grouped.MatchString(text) {
		return strings.NewReplacer(",", "", "，", "").Replace(text)
	}
	return text
}

var unitsOfMoney = strings.NewReplacer("￥", "", "¥", "", "元", "", "。", ".")

// readAmount reads yuan. A number that a spreadsheet has reckoned may be off by far
// less than a fen.
func readAmount(f *schema.Field, text string) (change.Value, error) {
	text = ungrouped(strings.TrimSpace(unitsOfMoney.Replace(text)))
	whole, rest, _ := strings.Cut(text, ".")
	if len(rest) > 2 {
		switch tail := strings.TrimRight(rest[2:], "0"); {
		case tail == "":
			text = whole + "." + rest[:2]
		case len(rest) >= 10 && strings.Trim(rest[2:8], "0") == "":
			text = whole + "." + rest[:2]
		case len(rest) >= 10 && strings.Trim(rest[2:8], "9") == "" && !strings.HasPrefix(whole, "-"):
			text = nextFen(whole, rest[:2])
		default:
			return "", errFen
		}
	}
	return orElse(f, text, errAmount)
}

// nextFen adds one fen to an amount.
func nextFen(whole, rest string) string {
	digits := []byte(whole + rest)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '9' {
			digits[i]++
			break
		}
		digits[i] = '0'
		if i == 0 {
			digits = append([]byte{'1'}, digits...)
		}
	}
	n := len(digits) - 2
	return string(digits[:n]) + "." + string(digits[n:])
}

// readCode reads a code, its name, or both as an export writes them.
func readCode(f *schema.Field, text string, typed bool) (change.Value, error) {
	if text == "" {
		return change.Null, nil
	}
	code, err := findCode(f.List(), text, typed)
	if err != nil {
		return "", err
	}
	return f.ParseText(code)
}

func findCode(list *schema.CodeList, text string, typed bool) (string, error) {
	if code, ok := list.Find(text); ok {
		return code, nil
	}
	if typed {
		if code, ok := padded(list, text); ok {
			return code, nil
		}
	}
	at := strings.IndexAny(text, " -:：.　－")
	if at <= 0 {
		return "", errCode
	}
	item, ok := list.Item(text[:at])
	if !ok {
		return "", errCode
	}
	name := strings.TrimLeft(text[at:], " -:：.　－")
	if code, known := list.Find(name); !known || code != item.Code {
		return "", errPair
	}
	return item.Code, nil
}

// padded finds the one code that is the number with zeros before it.
func padded(list *schema.CodeList, number string) (code string, ok bool) {
	for _, item := range list.Items {
		if strings.TrimLeft(item.Code, "0") == strings.TrimLeft(number, "0") && len(item.Code) > len(number) {
			if ok {
				return "", false
			}
			code, ok = item.Code, true
		}
	}
	return code, ok
}

// readCodes reads a set. A name may have in it what else stands between two items, so
// each part is looked up whole before it is taken apart.
func readCodes(f *schema.Field, text string, typed bool) (change.Value, error) {
	var codes []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '；' || r == '\n' }) {
		found, err := codesIn(f.List(), strings.TrimSpace(part), typed)
		if err != nil {
			return "", err
		}
		codes = append(codes, found...)
	}
	if len(codes) == 0 {
		return change.Null, nil
	}
	return f.Parse(codes)
}

func codesIn(list *schema.CodeList, part string, typed bool) (codes []string, err error) {
	if part == "" {
		return nil, nil
	}
	code, err := findCode(list, part, typed)
	if err == nil {
		return []string{code}, nil
	}
	pieces := strings.FieldsFunc(part, func(r rune) bool { return r == ',' || r == '，' || r == '、' })
	if len(pieces) < 2 {
		return nil, err
	}
	for _, piece := range pieces {
		code, err := findCode(list, strings.TrimSpace(piece), typed)
		if err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}
