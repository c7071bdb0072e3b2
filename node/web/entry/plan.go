package entry

import (
	"net/url"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/node/web/visit"
)

// plan says which form a page is.
type plan struct {
	form    string          // as drafts call it: household, new/KIND+KIND, edit/KIND
	subject change.RecordID // the record that is edited; "": new ones
	of      change.RecordID // whom new records are about; "": nobody, or it is asked
	kinds   []*schema.Kind  // of a form of new records, or of an edit
	begun   url.Values      // codes and records that the address has for fields of a new record
}

// maxKinds is how many kinds of records one form makes.
const maxKinds = 4

// formHousehold is the form of a household with its members.
const formHousehold = "household"

// planOf reads what names a form; NotFound for one that is none.
func planOf(v *visit.Visit, form string, subject, of change.RecordID) (plan, error) {
	p := plan{form: form, subject: subject, of: of}
	names := []string{"household", "person"}
	how, kinds, _ := strings.Cut(form, "/")
	switch {
	case form == formHousehold:
	case how == "new" && subject == "", how == "edit" && subject != "" && !strings.Contains(kinds, "+"):
		names = strings.Split(kinds, "+")
	default:
		return p, visit.NotFound()
	}
	if len(names) > maxKinds || len(subject) > change.MaxName || len(of) > change.MaxName {
		return p, visit.NotFound()
	}
	for _, name := range names {
		k, known := v.Site.Replica.Schema.Kind(name)
		switch {
		case !known || !v.Site.Writes(k):
			return p, visit.NotFound()
		case !v.Writes(k):
			return p, visit.NotYours()
		}
		p.kinds = append(p.kinds, k)
	}
	return p, nil
}

// path is where the form is.
func (p plan) path() string {
	switch {
	case p.form == formHousehold && p.subject == "":
		return "/household/new"
	case p.form == formHousehold:
		return "/household/" + url.PathEscape(string(p.subject)) + "/edit"
	case p.subject != "":
		return "/" + p.form + "/" + url.PathEscape(string(p.subject))
	case p.of != "":
		return "/" + p.form + "?" + url.Values{"of": {string(p.of)}}.Encode()
	}
	return "/" + p.form
}

// household reports whether it is the form of a household with its members.
func (p plan) household() bool { return p.form == formHousehold }

// about is the field of a kind that says whom a record is about, nil for none.
func about(k *schema.Kind) *schema.Field {
	name := k.Subject
	if k.Name == "person" {
		name = "household"
	}
	f, _ := k.Field(name)
	return f
}

// markFromEvents ends the names of the marks that events set.
const markFromEvents = "_from_events"

// asks reports whether people fill in a field of a kind on a form.
func asks(k *schema.Kind, f *schema.Field, edit bool) bool {
	switch f.Name {
	case "unit", "valid", schema.OwnNo, schema.VoidReason, "recorded_by", "recorded_at", "recorded_on":
		return false
	case schema.CorrectionReason:
		return edit
	}
	return !strings.HasSuffix(f.Name, markFromEvents) && !f.ReadOnly && !f.IsComputed() && f.Type != schema.Time && (!f.Withdrawn || edit)
}
