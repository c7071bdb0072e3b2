package visit

import (
	"net/url"

	"tongbu/internal/schema"
	"tongbu/internal/words"
)

// RecordPath is the address of the page of a record.
func RecordPath(kind, id string) string {
	switch kind {
	case "household", "person":
		return "/" + kind + "/" + url.PathEscape(id)
	case schema.CorrectionRequest:
		return "/correct/" + url.PathEscape(id)
	}
	return "/record/" + kind + "/" + url.PathEscape(id)
}

// KindName is what a kind is called in the language of who is there.
func (v *Visit) KindName(name string) string {
	k, known := v.Site.Replica.Schema.Kind(name)
	if !known {
		return name
	}
	return v.Label(k.Label)
}

// Label is a label of the schema in the language of who is there.
func (v *Visit) Label(l schema.Label) string {
	if v.Lang == words.English {
		return l.En
	}
	return l.Zh
}
