package schema

import (
	"regexp"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Limits of a schema.
const (
	maxKinds = 256
	maxItems = 2000
)

var (
	namePattern      = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	publishedPattern = regexp.MustCompile(`^x\.[a-z][a-z0-9_]{0,27}$`) // with key_ before it, it is a name of a change
	itemPattern      = regexp.MustCompile(`^[A-Za-z0-9_]{1,16}$`)
)

// reserved names of fields mean something else in filters and views.
var reserved = []string{"id", "city", "district", "street", "community", "void", "conflicts", "state_bytes", FindingsField, ExplainedField}

// versionKey is the key under which an object says what it was edited on, beside its
// fields: a field of that name could never be put.
const versionKey = "version"

func (b *builder) add(doc *document) error {
	if slices.Contains(doc.Common, nil) {
		return invalid("a common field is empty")
	}
	b.common = append(b.common, doc.Common...)
	for _, l := range doc.Codes {
		if err := b.addList(l); err != nil {
			return err
		}
	}
	for _, k := range doc.Kinds {
		if err := b.addKind(k); err != nil {
			return err
		}
		if k.Group == (Label{}) {
			k.Group = doc.Group
		}
	}
	return nil
}

func (b *builder) addList(l *CodeList) error {
	if b.current = l; l == nil || !l.Extends && !isProper(l.Name, b.number) {
		return invalid("a code list has no proper name")
	}
	have, exists := b.s.lists[l.Name]
	switch {
	case exists != l.Extends:
		return invalid("code list %s: `extends` must be set if the list exists already, and only then", l.Name)
	case exists:
		have.Items = append(have.Items, l.Items...)
	default:
		b.s.lists[l.Name] = l
	}
	return nil
}

func (b *builder) addKind(k *Kind) error {
	if b.current = k; k == nil || !k.Extends && !isProper(k.Name, b.number) {
		return invalid("a kind has no proper name")
	}
	have, exists := b.s.byName[k.Name]
	switch {
	case exists != k.Extends:
		return invalid("kind %s: `extends` must be set if the kind exists already, and only then", k.Name)
	case exists:
		return b.extendKind(have, k)
	}
	b.s.byName[k.Name] = k
	b.s.kinds = append(b.s.kinds, k)
	return nil
}

// extendKind adds fields, checks and sections. None of them may be hard: records that
// were accepted before must stay acceptable.
func (b *builder) extendKind(have, more *Kind) error {
	if more.Label != (Label{}) || more.Writers != nil || more.System || more.Personal || more.Sort != "" {
		return invalid("kind %s: an addition has fields and checks only", have.Name)
	}
	hard := slices.ContainsFunc(more.Fields, func(f *Field) bool { return f != nil && f.Must == Hard }) ||
		slices.ContainsFunc(more.Checks, func(c *Check) bool { return c != nil && c.Strength != Soft })
	if hard {
		return invalid("kind %s: an addition may not be hard", have.Name)
	}
	for _, f := range more.Fields {
		if err := b.extendField(have, f); err != nil {
			return err
		}
	}
	have.Checks = append(have.Checks, more.Checks...)
	have.Sections = append(have.Sections, more.Sections...)
	return nil
}

func (b *builder) finish() (*Schema, error) {
	if len(b.s.kinds) > maxKinds {
		return nil, invalid("%d kinds, more than %d", len(b.s.kinds), maxKinds)
	}
	b.markWithdrawn()
	for _, l := range b.s.lists {
		b.dropTaken(l)
		b.current = b.lastAdded(l)
		if err := l.index(b); err != nil {
			return nil, err
		}
	}
	for _, k := range b.s.kinds {
		b.current = k
		if err := b.finishKind(k); err != nil {
			return nil, fault.Wrap("kind "+k.Name, err)
		}
	}
	if err := b.finishNear(); err != nil {
		return nil, err
	}
	b.s.gatherTies()
	b.s.gatherNear()
	return b.s, nil
}

// finishNear checks what rules say of other kinds, which are all finished now.
func (b *builder) finishNear() error {
	for _, k := range b.s.kinds {
		b.current = k
		if err := b.s.checkFinds(k); err != nil {
			return fault.Wrap("kind "+k.Name, err)
		}
		if err := b.finishCopies(k); err != nil {
			return fault.Wrap("kind "+k.Name, err)
		}
		for _, c := range k.Checks {
			if c.With == nil {
				continue
			}
			if c.of == nil {
				return invalid("kind %s: check %s has a condition on other records, and names none", k.Name, c.Rule)
			}
			if err := c.With.finish(c.of); err != nil {
				return fault.Wrap("kind "+k.Name+": check "+c.Rule, err)
			}
		}
	}
	return nil
}

func (l *CodeList) index(b *builder) error {
	l.byCode, l.byLabel = map[string]int{}, map[string]int{}
	if len(l.Items) == 0 || len(l.Items) > maxItems {
		return invalid("code list %s has %d items, not 1 to %d", l.Name, len(l.Items), maxItems)
	}
	folded := map[string]bool{} // tables compare the codes of sets without regard to case
	for i, item := range l.Items {
		if folded[strings.ToLower(item.Code)] || !itemPattern.MatchString(item.Code) || item.Zh == "" {
			return clashes("code list %s: item %q is not proper, or is there twice", l.Name, item.Code)
		}
		folded[strings.ToLower(item.Code)] = true
		l.byCode[item.Code] = i
		for _, label := range []string{item.En, item.Zh} {
			if other, twice := l.byLabel[alias(label)]; twice && label != "" {
				if b.yields(item.Published, l.Items[other].Published) { // the program's stand first
					continue
				}
				return clashes("code list %s: two items are named %q", l.Name, label)
			}
			l.byLabel[alias(label)] = i
		}
	}
	delete(l.byLabel, "")
	for _, item := range l.Items {
		if slices.ContainsFunc(item.Writers, func(level int) bool { return level < 2 || level > 5 }) {
			return invalid("code list %s: item %s has writers of other levels than 2 to 5", l.Name, item.Code)
		}
		if _, ok := l.byCode[item.Parent]; !ok && item.Parent != "" {
			return invalid("code list %s: item %s is below %q, which is not there", l.Name, item.Code, item.Parent)
		}
	}
	return nil
}

func (b *builder) finishKind(k *Kind) error {
	for _, f := range b.common {
		if f == nil || !f.isOf(k) {
			continue
		}
		if !slices.ContainsFunc(k.Fields, func(g *Field) bool { return g != nil && g.Name == f.Name }) {
			copied := *f
			k.Fields = append(k.Fields, &copied)
		}
	}
	if len(k.Fields) == 0 || len(k.Fields) > change.MaxFields {
		return invalid("%d fields, not 1 to %d", len(k.Fields), change.MaxFields)
	}
	if err := k.finishSort(); err != nil {
		return err
	}
	k.Personal = k.Personal || k.Published > 0 && b.tellsPersons(k)
	k.areas, k.byAlias = b.s.areas, map[string]*Field{}
	for _, f := range k.Fields {
		b.current = f
		if err := b.finishField(k, f); err != nil {
			return err
		}
	}
	b.current = k
	for _, f := range k.Fields {
		if f.FromID != "" && (!is(k, f.FromID, IDNumber) || f.Type != Date && f.Type != Code) {
			return invalid("field %s: a sex or a birth date, and no other, is taken from an ID number of the kind", f.Name)
		}
		if f.FromID != "" {
			k.derived = append(k.derived, f)
		}
		if by, ok := k.byAlias[f.ListedBy]; f.ListedBy != "" && (!f.Index || f.Type != Code || !ok || by.Name != f.ListedBy || by.Type != Text) {
			return invalid("field %s: an indexed code, and no other, is listed by a text field of the kind", f.Name)
		}
	}
	if k.Born != "" && !is(k, k.Born, Date) {
		return invalid("the day of birth is no date of the kind")
	}
	if err := k.finishEvent(); err != nil {
		return err
	}
	if err := b.finishForm(k); err != nil {
		return err
	}
	b.addRules(k)
	if err := b.finishChecks(k); err != nil {
		return err
	}
	k.finishHard()
	if k.System || k.Sort == Derived {
		return nil
	}
	return b.addFindings(k)
}

func (b *builder) finishField(k *Kind, f *Field) error {
	if f == nil || !k.System && f.Name == versionKey || !isProper(f.Name, f.Published) || slices.Contains(reserved, f.Name) && f.list == nil || strings.HasPrefix(f.Name, keyPrefix) {
		return invalid("a field has no proper name, or a reserved one")
	}
	if err := b.resolve(f); err != nil {
		return fault.Wrap("field "+f.Name, err)
	}
	finishPrivacy(k, f)
	for _, name := range append([]string{f.Name, f.Code, f.Label.Zh}, f.labels...) {
		other, taken := k.byAlias[alias(name)]
		switch {
		case !taken || other == f || name == "":
		case !b.yields(f.Published, other.Published):
			if other.Published > 0 {
				b.current = other
			}
			return clashes("field %s: the name %q is taken by %s", f.Name, name, other.Name)
		case f.Published > 0:
			continue
		}
		if name != "" {
			k.byAlias[alias(name)] = f
		}
	}
	return nil
}

// tellsPersons reports whether a kind has an ID number, a person's name, or names a
// record of a personal kind: what the city publishes so is personal, said or not.
func (b *builder) tellsPersons(k *Kind) bool {
	return slices.ContainsFunc(k.Fields, func(f *Field) bool {
		of := b.s.byName[f.Ref]
		return f != nil && (f.Type == IDNumber || f.PersonName || of != nil && of.Personal)
	})
}

// finishPrivacy fills in what a declaration leaves open, on the safe side.
func finishPrivacy(k *Kind, f *Field) {
	f.Mask = f.Mask || f.Type == IDNumber
	personal := f.Mask || k.Personal && (f.Type == Text || f.Type == Ref)
	if f.Personal == nil || f.Mask {
		f.Personal = &personal
	}
}

// resolve resolves what the field refers to.
func (b *builder) resolve(f *Field) error {
	coded := f.Type == Code || f.Type == Codes
	f.list = b.s.lists[f.Codes]
	_, refers := b.s.byName[f.Ref]
	switch {
	case !f.Type.known() || !f.Must.known() || f.Label.Zh == "":
		return invalid("type, strength or label is missing or unknown")
	case f.Code != strings.ToLower(f.Code):
		return invalid("a standard code is written in lower case")
	case coded != (f.list != nil) || coded != (f.Codes != ""):
		return invalid("a code field, and no other, names a code list that exists")
	case refers != (f.Type == Ref) || refers != (f.Ref != ""):
		return invalid("a ref field, and no other, names a kind that exists")
	case f.PersonName && f.Type != Text:
		return invalid("only a text is a person's name")
	case (f.Min != nil || f.Max != nil) && !f.Type.IsNumber():
		return invalid("only a number has a range")
	case f.Bounds != None && (f.Bounds != Entry || f.Min == nil && f.Max == nil):
		return invalid("bounds are those of a range, and of entry")
	case (f.Pattern != "" || f.MaxLen != 0) && f.Type != Text, f.MaxLen < 0, f.MaxLen > maxTextLen:
		return invalid("only a text has a pattern and a length, of at most %d", maxTextLen)
	}
	return f.compile()
}

func (f *Field) compile() (err error) {
	if f.Pattern == "" {
		return nil
	}
	if len(f.Pattern) > 200 {
		return invalid("a pattern has more than 200 bytes")
	}
	f.pattern, err = regexp.Compile(`^(?:` + f.Pattern + `)$`)
	if err != nil {
		return fault.As(fault.Invalid, "pattern", err)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...)
}

// clash is an error about a name that something else has.
type clash struct{ error }

func (c *clash) Unwrap() error { return c.error }

func clashes(format string, args ...any) error { return &clash{invalid(format, args...)} }
