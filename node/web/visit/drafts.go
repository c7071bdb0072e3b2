package visit

import (
	"regexp"
	"strings"

	"tongbu/internal/schema"
	"tongbu/node/drafts"
)

// Drafts are the drafts of who is there, titled for the reader.
func (v *Visit) Drafts() ([]drafts.Draft, error) {
	all, err := v.Site.Drafts.List(v.Who.Login)
	for i := range all {
		all[i] = v.Titled(all[i])
	}
	return all, err
}

// Titled is a draft with what people call it in the language of the reader, whoever began
// it: what is kept says whom it is about alone.
func (v *Visit) Titled(d drafts.Draft) drafts.Draft {
	names, asksVoid := d.Form, false
	if kind, is := strings.CutPrefix(d.Form, VoidForm); is {
		names, asksVoid = kind, true
	} else if _, kinds, has := strings.Cut(d.Form, "/"); has {
		names = kinds
	}
	var labels []string
	for _, name := range strings.Split(names, "+") {
		if k, known := v.Site.Replica.Schema.Kind(name); known {
			d.Title = withoutLabel(d.Title, k.Label)
			labels = append(labels, v.Label(k.Label))
		}
	}
	title := strings.TrimSpace(strings.Join(labels, v.Say("、", ", ")) + " " + coverDigits(d.Title))
	if asksVoid {
		title = v.Say("作废：", "Void: ") + title
	}
	d.Title = title
	return d
}

// withoutLabel is a title without the words with which older programs began it, in the
// language of whoever typed.
func withoutLabel(title string, of schema.Label) string {
	for _, mark := range []string{"作废：", "Void: "} {
		title = strings.TrimPrefix(title, mark)
	}
	for _, label := range []string{of.Zh, of.En} {
		if rest, is := strings.CutPrefix(title, label); is && (rest == "" || strings.HasPrefix(rest, " ")) {
			return strings.TrimSpace(rest)
		}
	}
	return title
}

// longDigits is what may be an ID number that is not typed whole yet, or a phone.
var longDigits = regexp.MustCompile(`[0-9０-９]{6,}[xX]?`)

func coverDigits(text string) string {
	return longDigits.ReplaceAllStringFunc(schema.MaskIDNumbers(text), func(digits string) string {
		return strings.Repeat("*", len([]rune(digits)))
	})
}
