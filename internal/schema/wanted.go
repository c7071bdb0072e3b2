package schema

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/rulepack"
)

// A request for a correction says in one text which values a unit above wants in a record:
// a JSON object of the record's own kind, in which null empties a field.

// The kinds of a request for a correction and of its answer.
const (
	CorrectionRequest = "correction_request"
	CorrectionAnswer  = "correction_answer"
)

// MaxWanted is how many fields one request names at most.
const MaxWanted = 20

// Correctable reports whether people may ask that records of the kind be corrected: those
// that people write, and that are not about a correction themselves.
func (k *Kind) Correctable() bool {
	return !k.System && k.Sort != Derived && k.Name != CorrectionRequest && k.Name != CorrectionAnswer
}

// own are the fields by which a record's unit keeps it: no other unit asks for these.
var own = []string{"unit", "valid", OwnNo, VoidReason, CorrectionReason, "recorded_by", "recorded_at", "recorded_on"}

// MayBeWanted returns the field that a request may name so.
func (k *Kind) MayBeWanted(name string) (*Field, bool) {
	f, is := k.Field(name)
	if !is || f.ReadOnly || f.IsComputed() || f.Withdrawn || slices.Contains(own, f.Name) || strings.HasSuffix(f.Name, eventMark) {
		return nil, false
	}
	return f, true
}

// WriteWanted is the text of values; the same values have the same text.
func (k *Kind) WriteWanted(values map[string]change.Value) (string, error) {
	object := make(map[string]any, len(values))
	for name, value := range values {
		item, err := value.Get()
		if err != nil {
			return "", err
		}
		object[name] = item
	}
	raw, err := json.Marshal(object)
	return string(raw), err
}

// ReadWanted reads what WriteWanted has written. The refusal, nil for none, says in both
// languages why it cannot be asked for: it names fields and never their content.
func (k *Kind) ReadWanted(text string) (map[string]change.Value, *rulepack.Refusal) {
	object, is := wantedObject(text)
	if !is {
		return nil, errNoObject
	}
	if n := len(object); n < 1 || n > MaxWanted {
		return nil, &rulepack.Refusal{En: fmt.Sprintf("a request names 1 to %d fields, not %d", MaxWanted, n), Zh: fmt.Sprintf("一次请求1至%d个栏目，不能是%d个", MaxWanted, n)}
	}
	values := make(map[string]change.Value, len(object))
	for _, name := range sortedKeys(object) {
		f, may := k.MayBeWanted(name)
		if !may {
			return nil, &rulepack.Refusal{En: fmt.Sprintf("%s has no field %s that another unit may ask for", k.Name, quoteName(name)), Zh: k.Label.In("zh") + "没有可以请求更正的栏目" + quoteName(name)}
		}
		value, err := f.Parse(object[name])
		if err != nil || !f.Accepts(value) {
			return nil, &rulepack.Refusal{En: fmt.Sprintf("field %s cannot have this value", f.Name), Zh: "栏目“" + f.Label.In("zh") + "”不能是这个值"}
		}
		if _, twice := values[f.Name]; twice {
			return nil, &rulepack.Refusal{En: fmt.Sprintf("field %s is named twice", f.Name), Zh: "栏目“" + f.Label.In("zh") + "”出现两次"}
		}
		values[f.Name] = value
	}
	return values, nil
}

// ReadWas reads what fields said when a correction was asked for, written as WriteWanted
// does: they may have said what nobody may ask for, as a wrong number. What is no value of its
// field is left out.
func (k *Kind) ReadWas(text string) map[string]change.Value {
	object, _ := wantedObject(text)
	values := make(map[string]change.Value, len(object))
	for name, item := range object {
		if f, is := k.Field(name); is {
			if value, err := f.Parse(item); err == nil {
				values[f.Name] = value
			}
		}
	}
	return values
}

func wantedObject(text string) (object map[string]any, is bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, false
	}
	_, err := d.Token()
	return object, err == io.EOF
}

var errNoObject = &rulepack.Refusal{En: "it is no JSON object of fields and values", Zh: "不是由栏目和值组成的JSON对象"}

// fieldsRefused judges the wanted values of a request by the kind that it names.
func fieldsRefused(c *Check, r record) *rulepack.Refusal {
	if !r.has(c.Field) || !r.has(c.Other) {
		return nil
	}
	k := c.kinds[r.text(c.Other)]
	if k == nil || !k.Correctable() {
		return &rulepack.Refusal{En: "a correction is asked for of a record that people write", Zh: "只能请求更正由人填写的记录"}
	}
	_, wrong := k.ReadWanted(r.text(c.Field))
	return wrong
}

// Asked is how a task says which fields of a record a request names: the kind and the fields,
// without their values.
func (k *Kind) Asked(wanted string) string {
	values, _ := k.ReadWanted(wanted)
	words := []string{k.Name}
	for _, f := range k.Fields {
		if _, asked := values[f.Name]; asked {
			words = append(words, f.Name)
		}
	}
	return strings.Join(words, " ")
}

// SayAsked is what Asked has written as people read it, in a language.
func (s *Schema) SayAsked(asked, lang string) string {
	words := strings.Fields(asked)
	if len(words) == 0 {
		return ""
	}
	k, known := s.Kind(words[0])
	if !known {
		return asked
	}
	for i, name := range words[1:] {
		if f, has := k.Field(name); has {
			words[i+1] = f.Label.In(lang)
		}
	}
	said := k.Label.In(lang)
	if len(words) > 1 {
		said += ": " + strings.Join(words[1:], ", ")
	}
	return said
}
