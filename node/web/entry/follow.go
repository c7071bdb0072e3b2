package entry

import (
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/web/visit"
)

// filledMark ends the name of a control that says what the program has filled in from the
// ID number: while that stands in the field, nobody has changed it.
const filledMark = "@"

// fillFromID fills in a sex and a birth date that an ID number says: where nothing is
// filled in, and where what stands there came from the number of before.
func (p *part) fillFromID(v *visit.Visit) (filled map[string]string) {
	filled = map[string]string{}
	for _, f := range p.kind.Fields {
		if f.FromID == "" {
			continue
		}
		now := p.text(v.Lang, f.Name)
		if now != "" && !means(f, now, p.filled(v.Lang, f)) {
			continue
		}
		text, says := fromID(v.Lang, f, p.text(v.Lang, f.FromID))
		if !says || means(f, now, text) {
			continue
		}
		p.typed[f.Name], p.typed[f.Name+filledMark], filled[f.Name] = []string{text}, []string{text}, text
	}
	return filled
}

// filled is what the program has filled in: on this page, or in a record that is stored as
// its number says; "" for nothing.
func (p *part) filled(l words.Language, f *schema.Field) string {
	if text := first(p.typed[f.Name+filledMark]); text != "" {
		return text
	}
	text, says := fromID(l, f, p.stored[f.FromID].Text())
	if value, err := f.ParseText(text); !says || err != nil || value != p.stored[f.Name] {
		return ""
	}
	return text
}

// fromID is what an ID number says of a field, as people type it.
func fromID(l words.Language, f *schema.Field, number string) (text string, says bool) {
	id, err := schema.ParseID(schema.NormalizeID(number))
	switch {
	case err != nil || id.Old:
		return "", false
	case f.Type == schema.Code && id.Male:
		return say(l, "男", "male"), true
	case f.Type == schema.Code:
		return say(l, "女", "female"), true
	}
	return id.Birth, true
}

// means reports whether two texts are one value of a field, and some.
func means(f *schema.Field, a, b string) bool {
	one, err := f.ParseText(a)
	other, otherErr := f.ParseText(b)
	return err == nil && otherErr == nil && one == other && !one.IsNull()
}
