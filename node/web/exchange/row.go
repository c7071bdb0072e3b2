package exchange

import (
	"encoding/json"
	"strconv"

	"tongbu/internal/schema"
	"tongbu/node/uploads"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// rowPage is one rejected row with all its fields.
type rowPage struct {
	Tab, ID, Path, Title, Kind string
	Fields                     []rowField
	Wrong                      []string // of the row as a whole
}

type rowField struct {
	Name, Label, Text string
	Hidden            string // what stands there, covered: the field is empty, and left so it stays
	Must, Code        bool
	Options           []option
	Errors            []string
}

type option struct {
	Code, Label string
	Chosen      bool
}

// mostOptions is how many codes a list to choose from has on a page; longer ones are
// typed.
const mostOptions = 40

// rowHere is the row that the address names.
func (r *room) rowHere(v *visit.Visit) (f uploads.File, row uploads.Row, k *schema.Kind, err error) {
	if f, err = r.uploads.Get(v.Who.Login, v.R.PathValue("id")); err != nil {
		return f, row, nil, err
	}
	line, err := strconv.Atoi(v.R.PathValue("line"))
	if err != nil || line < 1 {
		return f, row, nil, visit.NotFound()
	}
	if row, err = r.uploads.Row(f, line); err != nil {
		return f, row, nil, err
	}
	k, known := r.site.Replica.Schema.Kind(row.Kind)
	if !known || row.In || row.Closed || row.Dropped || !aboutOf(f).Done {
		return f, row, nil, visit.NotFound()
	}
	return f, row, k, nil
}

func (r *room) showRow(v *visit.Visit) error {
	f, row, k, err := r.rowHere(v)
	if err != nil {
		return err
	}
	page := rowPage{Tab: "import", ID: f.ID, Path: v.R.URL.Path, Title: row.Title, Kind: k.Label.In(string(v.Lang))}
	object := objectOf(row.Item)
	for _, field := range fieldsOf(k) {
		one := rowField{Name: field.Name, Label: field.Label.In(string(v.Lang)), Text: typedText(k, field, object), Must: field.Must == schema.Hard}
		for _, w := range row.Wrong {
			if w.Field == field.Name {
				one.Errors = append(one.Errors, sayWrong(v, w))
				if one.Text == "" {
					one.Text = w.Given
				}
			}
		}
		if field.Mask || values.IsPhone(field) {
			one.Hidden, one.Text = cover(field, one.Text), ""
		}
		page.Fields = append(page.Fields, withOptions(one, field, string(v.Lang)))
	}
	for _, w := range row.Wrong {
		if r.field(row.Kind, w.Field) == nil {
			page.Wrong = append(page.Wrong, sayWrong(v, w))
		}
	}
	return v.Page("exchange", "exchange/row", page)
}

// withOptions offers the codes of a short list.
func withOptions(one rowField, field *schema.Field, lang string) rowField {
	list := field.List()
	if field.Type != schema.Code || list == nil || len(list.Items) > mostOptions {
		return one
	}
	one.Code = true
	for _, item := range list.Items {
		if !item.Withdrawn || item.Code == one.Text {
			one.Options = append(one.Options, option{item.Code, item.Label().In(lang), item.Code == one.Text})
		}
	}
	return one
}

// fieldsOf are the fields that a row may say something of.
func fieldsOf(k *schema.Kind) (fields []*schema.Field) {
	for _, f := range k.Fields {
		if !f.ReadOnly && !f.IsComputed() && !f.Withdrawn && f.Name != "unit" && f.Name != "valid" && f.Name != schema.VoidReason {
			fields = append(fields, f)
		}
	}
	return fields
}

func objectOf(item json.RawMessage) map[string]any {
	object := map[string]any{}
	_ = json.Unmarshal(item, &object) // of one that is none nothing is known
	return object
}

// typedText is what an object says of a field, as people would type it: codes by code.
func typedText(k *schema.Kind, f *schema.Field, object map[string]any) string {
	item := object[f.Name]
	if item == nil {
		return ""
	}
	if value, err := f.Parse(item); err == nil && f.List() == nil {
		return f.FormatText(value, "zh")
	}
	raw, _ := json.Marshal(object) // it was read from JSON
	return textIn(raw, f.Name)
}

// mendRow takes in a row of which any field may be typed again. What was left as it stood
// is not touched.
func (r *room) mendRow(v *visit.Visit) error {
	_, row, k, err := r.rowHere(v)
	if err != nil {
		return err
	}
	object, typed := objectOf(row.Item), map[string][]string{}
	for _, field := range fieldsOf(k) {
		texts, given := v.R.PostForm["f."+field.Name]
		if v.R.PostForm == nil {
			_ = v.R.PostFormValue("") // reads the form
			texts, given = v.R.PostForm["f."+field.Name]
		}
		if !given || len(texts) == 0 {
			continue
		}
		covered := field.Mask || values.IsPhone(field)
		if covered && texts[0] == "" || !covered && texts[0] == typedText(k, field, object) {
			continue
		}
		typed[field.Name] = texts
	}
	return r.mendRows(v, map[int]map[string][]string{row.Line: typed}, "")
}
