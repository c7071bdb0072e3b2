package desk

import (
	"strings"
	"unicode"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// ruleNobody is the rule by which a row is rejected whose event is about nobody.
const ruleNobody = "subject_unknown"

// nobody is what is wrong with the subject of an event in a row: nobody has the ID number
// that it gives, or it is a name. Of a number it cannot be said: the record that has it may
// come later. A name never leads to one, and would be kept as a number of nobody's.
func (in *intake) nobody(c *checker, f *schema.Field, text string) (problems []schema.Problem, err error) {
	if c.kind.Sort != schema.Event || f.Name != c.kind.Subject || change.RecordID(text).Formed() || !schema.HoldsIDNumber(text) && !isName(text) {
		return nil, nil
	}
	id, err := in.nameOf(c.tx, f.Ref, change.RecordID(text))
	if err == nil {
		if _, met := in.met[id]; met {
			return nil, nil
		}
		places, err := in.at.Records.Places(c.tx, f.Ref, id)
		if err != nil || len(places) > 0 {
			return nil, err
		}
	} else if fault.Of(err) != fault.Invalid { // else it is no number at all
		return nil, err
	}
	of, _ := in.at.Schema.Kind(f.Ref)
	zh, en := "没有这个"+of.Label.Zh, "nobody here has this "+of.Label.En
	if isName(text) { // somebody may well be called so, or several
		zh, en = "这里不认姓名，同名的分不清", "a name is not taken here, as several may have it"
	}
	return []schema.Problem{{Field: f.Name, Rule: ruleNobody, Hard: true, Zh: zh + "，写" + ways(of, "zh", "或"), Message: en + ": give the " + ways(of, "en", " or the ")}}, nil
}

// isName reports whether a text is a name rather than a number that somebody has given: a
// number has a digit, or letters that are typed without choosing characters.
func isName(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsNumber(r) || r < unicode.MaxASCII && unicode.IsLetter(r) })
}

// ways are the fields by which a table calls a record.
func ways(of *schema.Kind, lang, or string) string {
	var labels []string
	for _, f := range of.Keys() {
		labels = append(labels, f.Label.In(lang))
	}
	if f, has := of.Field(schema.OwnNo); has {
		labels = append(labels, f.Label.In(lang))
	}
	return strings.Join(labels, or)
}
