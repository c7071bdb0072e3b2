package entry

import (
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/web/visit"
)

// messages are what stands under a field.
func (p *part) messages(l words.Language, field string, accepted []string) (all []pages.Message) {
	for _, found := range append(slices.Clone(p.answer.Problems), p.answer.Findings...) {
		if found.Field == field {
			all = append(all, p.message(l, found, accepted))
		}
	}
	return all
}

func (p *part) message(l words.Language, found schema.Problem, accepted []string) pages.Message {
	m := pages.Message{Hard: found.Hard, Text: p.words(l, found)}
	if isGap(found) { // all gaps of a record are accepted at once, above
		return m
	}
	if !found.Hard {
		m.Key = keyOf(p, found)
		m.Seen = slices.Contains(accepted, m.Key)
		m.Text, m.To, m.Called = p.saysTwin(l, found, m.Text)
		if reason := p.kind.ReasonField(found.Rule); reason != nil {
			m.Text += orFill(l, m.Text, reason.Label.In(string(l)))
		}
	}
	return m
}

// orFill is the end of a message that a reason answers too: what it follows may be a
// question, or a sentence that has ended.
func orFill(l words.Language, text, reason string) string {
	if strings.HasSuffix(text, "？") || strings.HasSuffix(text, "。") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, ".") {
		return fmt.Sprintf(say(l, "也可以填“%s”。", " Or fill in %q."), reason)
	}
	return fmt.Sprintf(say(l, "，或填“%s”", "; or fill in %q"), reason)
}

// isGap reports whether a finding is that nothing is filled in.
func isGap(found schema.Problem) bool { return !found.Hard && found.Rule == "missing" }

// gaps are the fields of a record that nothing is filled in, as one message; false for
// none.
func (p *part) gaps(l words.Language, accepted []string) (m pages.Message, at string, any bool) {
	var labels, keys []string
	m.Seen = true
	for _, found := range p.answer.Findings {
		f, known := p.kind.Field(found.Field)
		if !known || !isGap(found) {
			continue
		}
		if at == "" {
			at = p.name(found.Field)
		}
		labels, keys = append(labels, f.Label.In(string(l))), append(keys, keyOf(p, found))
		m.Seen = m.Seen && slices.Contains(accepted, keys[len(keys)-1])
	}
	m.Key = strings.Join(keys, keyMark)
	m.Text = say(l, "没填：", "Not filled in: ") + strings.Join(labels, say(l, "、", ", "))
	return m, at, len(keys) > 0
}

// keyMark stands between keys that are accepted together.
const keyMark = " "

func keyOf(p *part, found schema.Problem) string { return desk.AcceptKey(p.n, found) }

// words are those of a problem for the person who is to mend it. The check character of
// an ID number is never spoken of: who is told which one is right types that one, and
// the wrong digit stays.
func (p *part) words(l words.Language, found schema.Problem) string {
	id, err := schema.ParseID(schema.NormalizeID(p.text(l, idField(p.kind, found.Field))))
	switch {
	case found.Rule == "id_number" && len([]rune(schema.NormalizeID(p.text(l, found.Field)))) == 18:
		return say(l, "有一位输错了。请对照身份证，从头核一遍。", "One digit is wrong. Compare the whole number with the card.")
	case found.Rule == "id_birth" && err == nil:
		return fmt.Sprintf(say(l, "身份号码是 %s。以哪个为准？", "The ID number says %s. Which one holds?"), id.Birth)
	case found.Rule == schema.RuleCode:
		return p.likeWords(l, found.Field)
	case found.Zh == "":
		return l.Line(found.Message)
	}
	return say(l, found.Zh, found.Message)
}

// idField is the field of the ID number that a birth date is compared with.
func idField(k *schema.Kind, field string) string {
	if f, known := k.Field(field); known {
		return f.FromID
	}
	return ""
}

func (p *part) likeWords(l words.Language, field string) string {
	text := say(l, "没有这个代码。", "No such code.")
	var near []string
	for _, item := range p.answer.Like[field] {
		near = append(near, item.Code+" "+item.Label().In(string(l)))
	}
	if len(near) == 0 {
		return text
	}
	return text + say(l, "近似的：", " Near: ") + strings.Join(near, say(l, "，", ", "))
}

// say is a text in a language.
func say(l words.Language, zh, en string) string { return pages.Text{Zh: zh, En: en}.In(l) }

func noteFull(v *visit.Visit) note {
	return note{Class: "red", Title: v.Say("硬盘满了，这一条没存上", "Disk full: this one is not saved"),
		Text: v.Say("已存的不受影响。这一页先别关，请告诉区里的值守。", "What is saved is safe. Leave this page open, and tell the operator at the district.")}
}

func noteVoid(v *visit.Visit) note {
	return note{Class: "red", Title: v.Say("这一条已作废", "This record is void"), Text: v.Say("留着不删，不计入台帐。", "It is kept and counts in no ledger.")}
}

func noteBeside(v *visit.Visit, clash *drafts.Conflict) note {
	return note{Class: "amber", Title: v.Say("这张表在另一个窗口也开着", "This form is open in another window"),
		Text: v.Say("先看那边改了什么，再接着改。两边录的都留着。", "Look at what was changed there first. Both are kept."),
		Href: "/draft/" + clash.Stored.ID, Link: v.Say("看那边的", "See the other")}
}
