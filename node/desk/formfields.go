package desk

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// readFields takes from a part what cannot be read, with a problem at each such field,
// and turns its references into ids: what is left is right to draw.
func (in *formReader) readFields(p *formPart) error {
	if p.lost {
		return nil
	}
	shown, err := in.shownOf(p)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(p.typed.object)) {
		given := p.typed.object[name]
		f, known := p.to.kind.Field(name)
		if !known {
			continue // nobody typed it: the draft refuses it
		}
		if was, has := shown[f.Name]; has && sameJSON(was, given) {
			continue
		}
		problem, err := in.readField(p, f, name)
		if err != nil {
			return err
		}
		if problem != nil {
			delete(p.typed.object, name)
			p.unread = append(p.unread, f.Name)
			p.add(*problem)
		}
	}
	return nil
}

// shownOf is the record of a part as it is shown: what comes back so is not read again.
func (in *formReader) shownOf(p *formPart) (map[string]any, error) {
	if p.fresh {
		return nil, nil
	}
	rec, err := in.at.Records.Get(in.tx, p.kind, p.entry.name)
	if err != nil || rec == nil {
		return nil, err
	}
	return in.showFields(p.to.kind, schema.Standing(rec.Values(), rec.Void())), nil
}

// readField reads one field; nil: it can be read.
func (in *formReader) readField(p *formPart, f *schema.Field, name string) (*schema.Problem, error) {
	if f.ReadOnly {
		return nil, nil // nobody typed it: the draft refuses it
	}
	text, isText := p.typed.object[name].(string)
	if mark, isPart := strings.CutPrefix(strings.TrimSpace(text), "#"); isText && isPart && f.Type == schema.Ref {
		id := in.partNamed(mark, f.Ref)
		if id == "" {
			return &schema.Problem{Field: f.Name, Rule: rulePart, Message: "it names no such part of the form", Zh: "表内没有这一项"}, nil
		}
		p.typed.object[name] = string(id)
		return nil, nil
	}
	one := map[string]any{name: p.typed.object[name]}
	err := in.resolveUnits(p.to.kind, one)
	if err == nil {
		err = in.resolveRefs(in.tx, p.to.kind, one)
	}
	switch kind := fault.Of(err); {
	case kind == fault.Invalid || kind == fault.NotFound:
		return &schema.Problem{Field: f.Name, Rule: string(f.Type), Message: err.Error()}, nil
	case err != nil:
		return nil, err
	}
	p.typed.object[name] = one[name]
	if _, err := f.Parse(one[name]); err != nil {
		misread := f.Misread(err)
		return &misread, nil
	}
	return nil, nil
}

// partNamed is the record of a part by its place, from 0; "" where there is none of the
// kind.
func (in *formReader) partNamed(place, kind string) change.RecordID {
	n, err := strconv.Atoi(place)
	if err != nil || n < 0 || n >= len(in.parts) || in.parts[n].kind != kind {
		return ""
	}
	return in.parts[n].entry.name
}

// PartOf makes a part of what stands in the fields of a page, as people type it
// (schema.Field.ParseText): money in yuan, a set as several values or one text. What
// cannot be read goes into the part as it is, so that the answer names the field. "id"
// and "version" are those of the part. It returns Invalid for an unknown kind.
func (d *Desk) PartOf(kind string, typed map[string][]string) (Part, error) {
	k, known := d.at.Schema.Kind(kind)
	if !known {
		return Part{}, fault.New(fault.Invalid, "no such kind of record: %q", kind).WithHint("kinds: %s", d.kindNames())
	}
	object := map[string]any{}
	for name, texts := range typed {
		texts = slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return strings.TrimSpace(text) == "" })
		f, isField := k.Field(name)
		switch {
		case len(texts) == 0 && !isField:
		case len(texts) == 0:
			object[name] = nil
		case len(texts) > 1:
			object[name] = texts
		case !isField:
			object[name] = texts[0]
		default:
			object[name] = itemOf(f, texts[0])
		}
	}
	raw, err := marshal(object)
	return Part{Kind: kind, Item: raw}, err
}

func itemOf(f *schema.Field, text string) any {
	value, err := f.ParseText(text)
	if err != nil {
		return text
	}
	item, err := value.Get()
	if err != nil {
		return text
	}
	return item
}

func marshal(object map[string]any) ([]byte, error) {
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, fault.As(fault.Internal, "make a part of a form", err)
	}
	return raw, nil
}
