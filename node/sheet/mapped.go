package sheet

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/schema"
)

// mapped are the columns of another system's table, in the order of the map, and a last
// one for what has none.
func (l Layout) mapped() (all []written) {
	for _, c := range l.Map.Columns {
		w := written{use: ofField, title: c.Name}
		switch f, ok := l.Kind.Field(c.Field); {
		case ok:
			w.field = f
		case c.Is == mapping.Unit:
			w.use = ofUnit
		default:
			w.use = ofNumber
		}
		all = append(all, w)
	}
	return append(all, written{use: ofRest, title: mapping.Rest})
}

// showMapped is show in the form of another system.
func (l Layout) showMapped(c written, r *Record) (shown, error) {
	switch c.use {
	case ofUnit:
		return text(r.Unit), nil
	case ofNumber:
		if number, _ := r.Fields[schema.OwnNo].(string); number != "" {
			return text(number), nil
		}
		return text(r.ID), nil
	case ofRest:
		return l.showRest(r)
	}
	s, _, err := l.theirs(c.field, r)
	return s, err
}

// theirs is a field's value in their form; false where they have no code for it.
func (l Layout) theirs(f *schema.Field, r *Record) (s shown, ok bool, err error) {
	item, said := r.Fields[f.Name]
	if called := r.Called[f.Name]; called != "" || !said {
		return text(called), true, nil
	}
	value, err := f.Parse(item)
	if err != nil || value.IsNull() {
		return shown{}, true, fault.Wrap("field "+f.Name, err)
	}
	m := l.Map.Map
	switch f.Type {
	case schema.Code, schema.Codes:
		got, err := value.Get()
		codes, ok := theirCodes(m, f, got)
		return text(strings.Join(codes, ",")), ok, fault.Wrap("field "+f.Name, err)
	case schema.Boolean:
		return text(map[bool]string{true: m.Yes, false: m.No}[item == true]), true, nil
	case schema.Date:
		return text(m.Dates.Day(value.Text())), true, nil
	}
	return l.showValue(f, value), true, nil
}

// theirCodes are all codes of a value, or none.
func theirCodes(m *mapping.Map, f *schema.Field, got any) ([]string, bool) {
	ours, isSet := got.([]string)
	if code, ok := got.(string); ok && !isSet {
		ours = []string{code}
	}
	theirs := make([]string, len(ours))
	for i, code := range ours {
		known := false
		if theirs[i], known = m.Theirs(f, code); !known {
			return nil, false
		}
	}
	return theirs, true
}

var errRestLong = fault.New(fault.Invalid, "what the other system has no column for is longer than a cell").WithHint("write it as .jsonl")

// showRest is the cell of what no other column shows, counted where somebody asks.
func (l Layout) showRest(r *Record) (shown, error) {
	rest, err := l.rest(r)
	if err != nil || len(rest) == 0 {
		return shown{}, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(rest); err != nil {
		return shown{}, fault.Wrap("write a record", err)
	}
	if utf8.RuneCount(b.Bytes()) > maxCell {
		return shown{}, errRestLong
	}
	for name := range rest {
		if name != "id" && name != "unit" && l.Left != nil {
			l.Left[name]++
		}
	}
	return text(strings.TrimSuffix(b.String(), "\n")), nil
}

// rest is what no other column shows. That a record counts is not said, as in an import.
func (l Layout) rest(r *Record) (map[string]any, error) {
	rest := map[string]any{}
	if !l.Map.Has(mapping.Number) {
		rest["id"] = r.ID
	}
	if !l.Map.Has(mapping.Unit) {
		rest["unit"] = r.Unit
	}
	for _, f := range l.Kind.Fields {
		item, said := r.Fields[f.Name]
		if !said || item == nil || f.Name == "unit" || f.ReadOnly || f.IsComputed() || f.Name == "valid" && item == "1" {
			continue
		}
		if l.Map.Has(f.Name) || f.Name == schema.OwnNo && l.Map.Has(mapping.Number) {
			if _, ok, err := l.theirs(f, r); err != nil || ok {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		rest[f.Name] = item
		if called := r.Called[f.Name]; called != "" {
			rest[f.Name] = called
		}
	}
	return rest, nil
}

// appendMapped appends a record as an object in their form and order.
func (l Layout) appendMapped(to []byte, columns []written, r *Record) ([]byte, error) {
	to = append(to, '{')
	for _, c := range columns {
		s, err := l.showMapped(c, r)
		if err != nil {
			return nil, err
		}
		if s.sort == Blank {
			continue
		}
		if to[len(to)-1] != '{' {
			to = append(to, ',')
		}
		to = append(append(append(to, '"'), c.title...), '"', ':')
		if s.sort == Number || c.use == ofRest {
			to = append(to, s.text...)
			continue
		}
		if to, err = appendText(to, s.text); err != nil {
			return nil, err
		}
	}
	return append(to, '}', '\n'), nil
}

func appendText(to []byte, s string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return append(to, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), fault.Wrap("write", err)
}
