package schema

import "slices"

// objector judges a document by what may be published, against the schema before it.
// What is left to find is for the builder.
type objector struct {
	doc    *document
	known  *Schema
	strict bool // what the program has may not be published; else it only goes first
	found  []Objection
}

func (o *objector) object(rule, message string, at ...any) {
	o.found = append(o.found, Objection{Line: o.doc.line(at...), Rule: rule, Message: message})
}

// objectIf is object where something is so; it returns that.
func (o *objector) objectIf(failed bool, rule, message string, at ...any) bool {
	if failed {
		o.object(rule, message, at...)
	}
	return failed
}

func (o *objector) judge() {
	if len(o.doc.Codes)+len(o.doc.Kinds)+len(o.doc.Common) == 0 {
		o.object("empty", "the document declares nothing")
		return
	}
	o.objectIf(len(o.doc.Common) > 0, "common", "fields of every kind are the program's", "common")
	for i, l := range o.doc.Codes {
		o.judgeList(l, i)
	}
	for i, k := range o.doc.Kinds {
		o.judgeKind(k, i)
	}
}

func (o *objector) judgeList(l *CodeList, i int) {
	if o.objectIf(l == nil, "declaration", "a code list is empty", "codes", i) {
		return
	}
	for n, item := range l.Items {
		o.objectIf(len(item.Writers) > 0, "writers", "who writes a code is not published", "codes", i, "items", n)
	}
	have := o.known.lists[l.Name]
	switch {
	case l.Extends && (have == nil || isRules(have)):
		o.object("unknown", "there is no code list "+quoteName(l.Name)+" to add to", "codes", i, "name")
	case l.Extends:
		for n, item := range l.Items {
			was, taken := have.Item(item.Code)
			o.objectIf(taken && (o.strict || was.Published > 0), "taken", "the list has the code "+quoteName(item.Code), "codes", i, "items", n)
		}
	case have != nil:
		o.object("taken", "there is a code list "+quoteName(l.Name)+" already", "codes", i, "name")
	default:
		o.judgeName("code list", l.Name, "codes", i, "name")
	}
}

// isRules reports whether the list is that of a kind's rules, which nobody declares.
func isRules(l *CodeList) bool {
	return len(l.Items) > 0 && len(builtin) > 0 && l.Items[0].Code == builtin[0].Code && l.Items[0].Zh == builtin[0].Zh
}

func (o *objector) judgeName(what, name string, at ...any) {
	o.objectIf(!publishedPattern.MatchString(name), "name",
		"the name of a published "+what+" is x. and then a-z, 0-9 and _, 30 characters at most", at...)
}

func (o *objector) judgeKind(k *Kind, i int) {
	if o.objectIf(k == nil, "declaration", "a kind is empty", "kinds", i) {
		return
	}
	have := o.known.byName[k.Name]
	o.objectIf(k.System || k.Sort == Derived || k.Sort == Event, "system", "kinds of records are published, and no others: "+
		"events, derived kinds and the program's own are the program's", "kinds", i, firstOf(o.doc, []any{"kinds", i}, "system", "sort"))
	o.objectIf(!k.Extends && k.Born != "", "system", "births are of the program's kinds", "kinds", i, "born")
	switch {
	case k.Extends && have == nil:
		o.object("unknown", "there is no kind "+quoteName(k.Name)+" to add to", "kinds", i, "name")
		return
	case k.Extends && (have.System || have.Sort == Derived):
		o.object("system", "nothing is added to what the program alone writes", "kinds", i, "name")
		return
	case k.Extends:
		o.judgeDeclared(i)
	case have != nil:
		o.object("taken", "there is a kind "+quoteName(k.Name)+" already", "kinds", i, "name")
	default:
		o.judgeName("kind", k.Name, "kinds", i, "name")
	}
	if !k.Extends {
		have = nil
	}
	for n, s := range k.Sections {
		o.judgeName("section", s.Name, "kinds", i, "sections", n)
	}
	for n, f := range k.Fields {
		o.judgeField(k, have, f, i, n)
	}
	for n, c := range k.Checks {
		o.judgeCheck(c, i, n)
	}
}

// firstOf is the first of the keys that the document has there.
func firstOf(d *document, at []any, keys ...string) any {
	for _, key := range keys {
		if d.says(append(slices.Clone(at), key)...) {
			return key
		}
	}
	return ""
}

// judgeDeclared judges what is said of a declared kind besides what it is given.
func (o *objector) judgeDeclared(i int) {
	for _, key := range []string{"label", "writers", "system", "personal", "sort", "subject", "day", "born", "rank", "gives", "gives_field", "finds"} {
		if !o.doc.says("kinds", i, key) {
			continue
		}
		switch key {
		case "writers":
			o.object("writers", "who writes a declared kind is not published", "kinds", i, key)
		case "personal":
			o.object("mask", "whether a declared kind is of persons is not published", "kinds", i, key)
		case "system", "sort": // said already, or nothing
		default:
			o.object("declared", "of a declared kind "+key+" is not published", "kinds", i, key)
		}
	}
}

func (o *objector) judgeField(k, have *Kind, f *Field, i, n int) {
	at := []any{"kinds", i, "fields", n}
	of := func(key string) []any { return append(slices.Clone(at), key) }
	if o.objectIf(f == nil, "declaration", "a field is empty", at...) {
		return
	}
	if have != nil {
		if i := slices.IndexFunc(have.Fields, func(g *Field) bool { return g.Name == f.Name }); i >= 0 {
			o.judgeRelabel(have.Fields[i], f, of)
			return
		}
		k = have
	}
	o.judgeName("field", f.Name, of("name")...)
	o.objectIf(f.Must == Hard || f.Must == Entry, "hard", "a published field is never asked for hard: what was right would become wrong", of("must")...)
	o.objectIf(f.ReadOnly, "system", "nothing published is set by the program", of("read_only")...)
	o.objectIf(f.FromID != "", "system", "nothing published is taken from an ID number", of("from_id")...)
	o.objectIf(len(f.Copies) > 0, "system", "nothing published is copied from other records", of("copies")...)
	o.objectIf(f.ListedBy != "", "system", "how lists are kept is the program's", of("listed_by")...)
	o.objectIf(len(f.Sorts) > 0, "system", "sorts are of the program's common fields", of("sorts")...)
	tells := k.Personal && (f.Type == Text || f.Type == Ref || f.Type == IDNumber) || f.Mask
	o.objectIf(tells && f.Personal != nil && !*f.Personal, "mask", "what is written of a person is not published as telling nothing of one", of("personal")...)
}

// judgeRelabel judges what is said of a field that is declared.
func (o *objector) judgeRelabel(have, f *Field, of func(string) []any) {
	says := func(key string) bool { return o.doc.says(of(key)...) }
	hidden := have.Mask || have.IsPersonal()
	other := false
	for _, c := range []struct {
		failed             bool
		rule, key, message string
	}{
		{says("type") && f.Type != have.Type, "type", "type", "a declared field keeps its type"},
		{says("codes") && f.Codes != have.Codes, "type", "codes", "a declared field keeps its code list"},
		{says("ref") && f.Ref != have.Ref, "type", "ref", "a declared field keeps the kind that it names"},
		{says("mask") && !f.Mask && have.Mask, "mask", "mask", "a masked field stays masked"},
		{says("personal") && hidden && (f.Personal == nil || !*f.Personal), "mask", "personal", "a field that tells of persons goes on to do so"},
		{f.Must == Hard || f.Must == Entry, "hard", "must", "nothing published is hard"},
	} {
		other = o.objectIf(c.failed, c.rule, c.message, of(c.key)...) || other
	}
	if !other && !f.isOnlyLabel() {
		o.object("declared", "the field "+quoteName(f.Name)+" is declared already: its label, its section and its place in the printed list are all that is published of it", of("name")...)
	}
}

func (o *objector) judgeCheck(c *Check, i, n int) {
	if o.objectIf(c == nil, "declaration", "a check is empty", "kinds", i, "checks", n) {
		return
	}
	o.judgeName("rule", c.Rule, "kinds", i, "checks", n, "rule")
	o.objectIf(c.Strength != Soft, "hard", "a published check is soft: what was right would become wrong", "kinds", i, "checks", n, "strength")
}
