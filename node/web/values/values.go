// Package values sets what a record says for a page: in words, with personal numbers
// and phones covered.
package values

import (
	"fmt"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/words"
)

// EditPath is where a record is edited.
func EditPath(kind string, id change.RecordID) string {
	switch kind {
	case "household", "person":
		return "/" + kind + "/" + string(id) + "/edit"
	}
	return "/edit/" + kind + "/" + string(id)
}

// CheckPath is where a record is edited that is to be checked: the form says what was found.
func CheckPath(kind string, id change.RecordID) string { return EditPath(kind, id) + "?check=1" }

// Label is what a field is called.
func Label(k *schema.Kind, field string, l words.Language) string {
	if f, ok := k.Field(field); ok {
		return f.Label.In(string(l))
	}
	return field
}

// Labels are what fields are called, in one text; "" for none.
func Labels(k *schema.Kind, fields []string, l words.Language) string {
	var all []string
	for _, field := range fields {
		all = append(all, Label(k, field, l))
	}
	return strings.Join(all, schema.Label{Zh: "、", En: ", "}.In(string(l)))
}

// Text is the item of a field as people read it, covered; "" where there is none. What
// the field cannot hold is said as it was typed.
func Text(k *schema.Kind, field string, item any, l words.Language) string {
	if item == nil {
		return ""
	}
	f, ok := k.Field(field)
	if !ok {
		return schema.MaskIDNumbers(fmt.Sprint(item))
	}
	value, err := f.Parse(item)
	if err != nil {
		return cover(f, fmt.Sprint(item))
	}
	return cover(f, f.FormatText(value, string(l)))
}

// cover hides the middle of personal numbers and phones.
func cover(f *schema.Field, text string) string {
	switch {
	case text == "":
		return ""
	case f.Mask:
		return schema.Masked(text)
	case IsPhone(f):
		return Phone(text)
	}
	return schema.MaskIDNumbers(text)
}

// IsPhone reports whether a field holds somebody's phone.
func IsPhone(f *schema.Field) bool {
	return f.Type == schema.Text && (f.Name == "phone" || strings.HasSuffix(f.Name, "_phone"))
}

// Phone shows the first three and the last four characters.
func Phone(text string) string {
	r := []rune(text)
	if len(r) <= 7 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:3]) + strings.Repeat("*", len(r)-7) + string(r[len(r)-4:])
}
