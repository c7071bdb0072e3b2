package ledger

import (
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// column is a column of a kind's printed list.
type column struct {
	field *schema.Field
	page  pages.Column
}

// columnsOf are the columns of a kind in the order of its printed list: the number and
// what stays when the others are moved stand first.
func columnsOf(k *schema.Kind, l words.Language) (all []column) {
	stays := staysOf(k)
	for _, f := range printedOf(k) {
		c := column{field: f, page: pages.Column{Title: f.Label.In(string(l)), Class: classOf(f)}}
		if f.Head.Zh != "" {
			c.page.Head = f.Head.In(string(l))
		}
		if canOrder(f) {
			c.page.Key = f.Name
		}
		if f.Name == stays {
			c.page.Class = "st2"
			all = append([]column{c}, all...)
			continue
		}
		all = append(all, c)
	}
	return all
}

// printedOf are the fields that people see: those of the printed list, else all that people
// write.
func printedOf(k *schema.Kind) (fields []*schema.Field) {
	for _, f := range k.Printed() {
		if f.Print > 0 {
			fields = append(fields, f)
		}
	}
	if fields != nil {
		return fields
	}
	for _, f := range k.Printed() {
		if !f.ReadOnly && !f.IsComputed() && f.Name != "valid" && f.Name != schema.VoidReason && f.Name != schema.CorrectionReason && f.Name != "unit" {
			fields = append(fields, f)
		}
	}
	return fields
}

// staysOf is the field by which people know a row.
func staysOf(k *schema.Kind) string {
	for _, name := range []string{"name", "employer_name", "person", "title", "household", "head_name"} {
		for _, f := range printedOf(k) {
			if f.Name == name {
				return name
			}
		}
	}
	return printedOf(k)[0].Name
}

func classOf(f *schema.Field) string {
	switch f.Type {
	case schema.Integer, schema.Money:
		return "n"
	case schema.IDNumber:
		return "id"
	}
	return ""
}

// canOrder reports whether a table may be put in the order of a field. By a masked one it
// must not: the order would tell what is masked.
func canOrder(f *schema.Field) bool {
	switch f.Type {
	case schema.Codes, schema.Ref, schema.Unit:
		return false
	}
	return !f.Mask && f.Type != schema.IDNumber && !isPhone(f) && !f.IsComputed()
}

func isPhone(f *schema.Field) bool {
	return f.Type == schema.Text && (f.Name == "phone" || strings.HasSuffix(f.Name, "_phone"))
}

func pageColumns(columns []column) []pages.Column {
	all := make([]pages.Column, len(columns))
	for i, c := range columns {
		all[i] = c.page
	}
	return all
}

// teller says what stands in the cells of a kind's rows.
type teller struct {
	kind *schema.Kind
	lang words.Language
	full bool
}

// text is what a row says in a field, covered unless it is asked for in full.
func (t teller) text(f *schema.Field, row *desk.Shown) string {
	item, said := row.Fields[f.Name]
	if !said {
		return ""
	}
	if called := row.Called[f.Name]; called != "" {
		return t.cover(f, called)
	}
	text := t.cover(f, f.FormatText(valueOf(item), string(t.lang)))
	if f.Name == "six_clear" {
		text += "/6"
	}
	return text
}

func (t teller) cover(f *schema.Field, text string) string {
	switch {
	case t.full || text == "":
		return text
	case f.Mask || f.Type == schema.IDNumber:
		return schema.Masked(text)
	case isPhone(f) && t.kind.Personal:
		return coverPhone(text)
	case f.Type == schema.Text || f.Type == schema.Ref:
		return schema.MaskIDNumbers(text)
	}
	return text
}

// coverPhone shows the first three and the last four characters.
func coverPhone(text string) string {
	r := []rune(text)
	if len(r) <= 7 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:3]) + strings.Repeat("*", len(r)-7) + string(r[len(r)-4:])
}

// valueOf is the value that desk shows as an item.
func valueOf(item any) change.Value {
	switch x := item.(type) {
	case string:
		return change.Text(x)
	case bool:
		return change.Bool(x)
	case int64:
		return change.Int(x)
	case []string:
		return change.Set(x)
	}
	return change.Null
}

// leadsTo is where more is said of a row: of a record its own page, where it is corrected
// and made void; of what is made of records the person or the household, else the subject.
func leadsTo(k *schema.Kind, row *desk.Shown) string {
	if k.Sort != schema.Derived {
		return visit.RecordPath(k.Name, string(row.ID))
	}
	if to := about(row); to != "" {
		return to
	}
	if f, has := k.Field(k.Subject); has {
		if id, ok := row.Fields[f.Name].(string); ok && id != "" {
			return visit.RecordPath(f.Ref, id)
		}
	}
	return ""
}

// about is the page of whom a row is about; "" for nobody.
func about(row *desk.Shown) string {
	for _, kind := range []string{"person", "household"} {
		if id, ok := row.Fields[kind].(string); ok && id != "" {
			return visit.RecordPath(kind, id)
		}
	}
	return ""
}

// namedIn is the page of the record that a field names; "" for other fields.
func namedIn(f *schema.Field, row *desk.Shown) string {
	if id, is := row.Fields[f.Name].(string); is && f.Type == schema.Ref && id != "" {
		return visit.RecordPath(f.Ref, id)
	}
	return ""
}

// nameless is what a row is called that says nothing where others have a name: a record by
// its kind and day.
func nameless(v *visit.Visit, k *schema.Kind, row *desk.Shown) string {
	if k.Sort == schema.Derived {
		return v.Say("（未填）", "(empty)")
	}
	day, _ := row.Fields[k.Day].(string)
	return strings.TrimSpace(labelOf(v, k) + " " + day)
}
