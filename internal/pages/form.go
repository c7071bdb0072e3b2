package pages

import (
	"cmp"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/words"
)

// Look is which control a field has on a page.
type Look string

// The looks.
const (
	AsText   Look = "text"
	AsArea   Look = "area"   // a text of several lines
	AsRadios Look = "radios" // one of few: a code list, or yes and no
	AsChecks Look = "checks" // any of some
	AsPick   Look = "pick"   // one of a code list: code, name or initials are typed
	AsFind   Look = "find"   // a record, by what it is searched for
	AsSelect Look = "select" // one of what is given
)

// Input is one field of a form as a page shows it. Names of controls are their ids too.
type Input struct {
	Name     string
	Label    string
	Aloud    string // what it is called aloud where no label stands beside it: in a table
	Look     Look
	Width    int // of 24 columns
	Must     bool
	Text     string
	Options  []Option
	Codes    string // the code list of a pick
	Kind     string // of the records that are found
	Record   string // id of the one that is chosen
	Unit     string // behind a number
	Most     int    // characters; 0: the page does not say
	Class    string
	Focus    bool   // one begins to type here when the page opens
	Follows  bool   // it follows the ID number, as long as it is
	Filled   string // what the program has filled in from that
	Messages []Message
}

// Option is one of several values.
type Option struct {
	Value, Text string
	On          bool
}

// Message stands under a field: an error is to be mended, what is asked may be accepted.
type Message struct {
	Hard bool
	Text string
	Key  string // under which it is accepted; "": it is not
	Seen bool   // it has been
	// To is the address of the record that it tells of, and Called what that is called; "":
	// it tells of none.
	To, Called string
}

// IsBad reports whether something is to be mended.
func (in Input) IsBad() bool {
	for _, m := range in.Messages {
		if m.Hard {
			return true
		}
	}
	return false
}

// IsGroup reports whether it is several controls under one label.
func (in Input) IsGroup() bool { return in.Look == AsRadios || in.Look == AsChecks }

// Fieldset is the inputs of one section of a form.
type Fieldset struct {
	Title  string
	Inputs []Input
}

// fewCodes is how many codes are shown as radios.
const fewCodes = 3

// fewLetters is how long their names may be together for that.
const fewLetters = 8

// someCodes is how many a set may be of to be shown as boxes to tick.
const someCodes = 20

// InputOf makes the input of a field with the texts that stand in it.
func InputOf(l words.Language, f *schema.Field, name string, texts []string) Input {
	in := Input{Name: name, Label: f.Label.In(string(l)), Look: AsText, Width: 6, Must: f.Must != schema.None, Text: strings.Join(texts, "; "), Most: mostOf(f)}
	switch f.Type {
	case schema.Boolean:
		in.Look, in.Options = AsRadios, yesOrNo(l, f, in.Text)
	case schema.Code:
		in.code(l, f)
	case schema.Codes:
		in.set(l, f, texts)
	case schema.Ref:
		in.Look, in.Kind, in.Width = AsFind, f.Ref, 12
	case schema.Money:
		in.Unit, in.Text = Text{"元", "yuan"}.In(l), strings.TrimSuffix(in.Text, ".00")
	case schema.IDNumber:
		in.Class, in.Width = "t id", 8
	case schema.Text:
		in.Width = widthOf(f)
		if f.MaxLen >= longText {
			in.Look, in.Width = AsArea, 24
		}
	}
	return in
}

// longText is from how many characters a text has several lines.
const longText = 500

func widthOf(f *schema.Field) int {
	if f.MaxLen == 0 || f.MaxLen > 100 {
		return 12
	}
	return 6
}

func mostOf(f *schema.Field) int {
	switch f.Type {
	case schema.Text:
		return cmp.Or(f.MaxLen, 200)
	case schema.Ref:
		return 200
	case schema.Codes:
		return 1000
	}
	return 0
}

func (in *Input) code(l words.Language, f *schema.Field) {
	list := f.List()
	if list == nil {
		return
	}
	if in.Look, in.Codes = AsPick, list.Name; len(list.Items) > fewCodes || lettersOf(l, list) > fewLetters {
		return
	}
	on, known := list.Find(in.Text)
	if !known && in.Text != "" { // what is no code stays to be seen
		return
	}
	in.Look, in.Codes = AsRadios, ""
	for _, item := range list.Items {
		if !item.Withdrawn || item.Code == on {
			in.Options = append(in.Options, Option{Value: item.Code, Text: item.Label().In(string(l)), On: item.Code == on && known})
		}
	}
	in.Options = append(in.Options, none(l, !known))
}

// lettersOf is how many characters the names of a list have together, as wide as Han.
func lettersOf(l words.Language, list *schema.CodeList) (n int) {
	for _, item := range list.Items {
		n += len(item.Label().In(string(l)))
	}
	return n / 3
}

func none(l words.Language, on bool) Option {
	return Option{Text: Text{"未填", "not filled in"}.In(l), On: on}
}

func yesOrNo(l words.Language, f *schema.Field, text string) []Option {
	value, err := f.ParseText(text)
	is, no := err == nil && value == change.Bool(true), err == nil && value == change.Bool(false)
	return []Option{{Value: "是", Text: Text{"是", "yes"}.In(l), On: is}, {Value: "否", Text: Text{"否", "no"}.In(l), On: no}, none(l, !is && !no)}
}

func (in *Input) set(l words.Language, f *schema.Field, texts []string) {
	list := f.List()
	in.Width = 24
	if list == nil || len(list.Items) > someCodes {
		return
	}
	on := map[string]bool{}
	for _, text := range texts {
		value, err := f.ParseText(text)
		item, _ := value.Get()
		codes, isSet := item.([]string)
		for _, code := range codes {
			_, known := list.Item(code)
			on[code], isSet = true, isSet && known
		}
		if text != "" && (err != nil || !isSet) {
			return // what is no code of the list stays to be seen
		}
	}
	in.Look, in.Text = AsChecks, ""
	divided := map[string]bool{} // into finer codes, which are offered instead: the same thing stands there once
	for _, item := range list.Items {
		divided[item.Parent] = divided[item.Parent] || !item.Withdrawn
	}
	for _, item := range list.Items {
		if !item.Withdrawn && !divided[item.Code] || on[item.Code] {
			in.Options = append(in.Options, Option{Value: item.Code, Text: item.Label().In(string(l)), On: on[item.Code]})
		}
	}
}

// Textual is what stands in a field for a value: a code by its name, unless another
// code has that name too.
func Textual(l words.Language, f *schema.Field, value change.Value) string {
	text := f.FormatText(value, string(l))
	list := f.List()
	if list == nil || f.Type != schema.Code || text == "" {
		return text
	}
	if code, known := list.Find(text); known && code == value.Text() {
		return text
	}
	return value.Text()
}

// Fill widens the inputs of each row that is not full, so that the paper has no hole.
func Fill(inputs []Input) []Input {
	begin, used := 0, 0
	for i := range inputs {
		if used+inputs[i].Width > columns {
			widen(inputs[begin:i], columns-used)
			begin, used = i, 0
		}
		used += inputs[i].Width
	}
	widen(inputs[begin:], columns-used)
	return inputs
}

// widen shares out so many columns, two at a time, the last input first.
func widen(row []Input, free int) {
	for at := len(row) - 1; free > 0 && len(row) > 0; at, free = at-1, free-2 {
		if at < 0 {
			at = len(row) - 1
		}
		row[at].Width += 2
	}
}

// columns are those of a paper form.
const columns = 24
