package screen

import (
	"strings"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
)

// record is a record as the screen reads it: by the fields that are named, and no others.
type record struct {
	kind *schema.Kind
	*desk.Shown
}

// raw is a text as it is stored.
func (r record) raw(field string) string {
	text, _ := r.Fields[field].(string)
	return text
}

// text is a text that may be shown to everybody; "" where it may not.
func (r record) text(field string) string { return clean(r.raw(field)) }

func (r record) flag(field string) bool {
	is, _ := r.Fields[field].(bool)
	return is
}

func (r record) number(field string) (n int64, has bool) {
	n, has = r.Fields[field].(int64)
	return n, has
}

// word is what a code says; the zero value where there is none.
func (r record) word(field string) pages.Text {
	f, known := r.kind.Field(field)
	if !known || f.List() == nil {
		return pages.Text{}
	}
	item, known := f.List().Item(r.raw(field))
	if !known {
		return pages.Text{}
	}
	return pages.Text{Zh: item.Zh, En: item.Label().In("en")}
}

// words are what the codes of a set say.
func (r record) words(field string) pages.Text {
	f, known := r.kind.Field(field)
	codes, _ := r.Fields[field].([]string)
	if !known || f.List() == nil {
		return pages.Text{}
	}
	var all []pages.Text
	for _, code := range codes {
		if item, known := f.List().Item(code); known {
			all = append(all, pages.Text{Zh: item.Zh, En: item.Label().In("en")})
		}
	}
	return joined("、", ", ", all...)
}

// joined are the texts that are not empty, with something between them.
func joined(zh, en string, all ...pages.Text) (t pages.Text) {
	var inZh, inEn []string
	for _, one := range all {
		if one.Zh != "" {
			inZh, inEn = append(inZh, one.Zh), append(inEn, one.En)
		}
	}
	return pages.Text{Zh: strings.Join(inZh, zh), En: strings.Join(inEn, en)}
}

// listed puts commas between texts.
func listed(all ...pages.Text) pages.Text { return joined("，", ", ", all...) }
