package schema

import (
	"math"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
)

// Near answers what stands beside a record in the unit that holds it. Rules about
// it are judged by the same code wherever there is one.
type Near interface {
	// Codes are the division codes that the unit has or had, none when they are not known.
	Codes() []string
	// Named returns the record of a kind that the unit holds, void or not.
	Named(kind string, id change.RecordID) (Neighbour, bool)
	// With returns the records of a kind, not void, that the unit holds and whose
	// field has the value. An ID number of 15 digits is that of 18 which took its
	// place.
	With(kind, field string, value change.Value) []Neighbour
}

// Neighbour is what rules ask of another record: the fields of NearFields.
type Neighbour struct {
	ID     change.RecordID
	Void   bool
	Values map[string]change.Value
}

// Tie is a rule's tie from the records of a kind to others: when one changes, the
// findings of what it is tied to may change.
type Tie struct {
	Kind  string // of the records that are judged
	Field string // by this field, a reference when To is another kind
	To    string // kind of the records beside them
	By    string // empty: the record that Field names; else those whose By names the record
	Same  bool   // those with the same value in Field, in place of what it names
}

// Ties lists the ties of all kinds, each once.
func (s *Schema) Ties() []Tie { return s.ties }

// gatherTies reads them from the rules.
func (s *Schema) gatherTies() {
	met := map[Tie]bool{}
	for _, k := range s.kinds {
		for _, c := range k.Checks {
			for _, t := range c.tiesOf(k) {
				if !met[t] {
					met[t] = true
					s.ties = append(s.ties, t)
				}
			}
		}
	}
}

func (c *Check) tiesOf(k *Kind) []Tie {
	if c.Test == "within_of" { // by the others that name the same too
		f, _ := k.Field(c.Other)
		return []Tie{{Kind: k.Name, Field: c.Other, To: f.Ref}, {Kind: k.Name, Field: c.Other, To: k.Name, Same: true}}
	}
	if t, ok := c.tie(k); ok {
		return []Tie{t}
	}
	return nil
}

func (c *Check) tie(k *Kind) (Tie, bool) {
	switch c.Test {
	case "ref_known", "ref_here", "ref_valid":
		f, _ := k.Field(c.Field)
		return Tie{Kind: k.Name, Field: c.Field, To: f.Ref}, true
	case "same_subject":
		f, _ := k.Field(c.Field)
		return Tie{Kind: k.Name, Field: c.Field, To: f.Ref}, true
	case "not_before_of", "same_of":
		f, _ := k.Field(c.Other)
		return Tie{Kind: k.Name, Field: c.Other, To: f.Ref}, true
	case "once":
		return Tie{Kind: k.Name, Field: c.Field, To: k.Name, Same: true}, true
	case "alone":
		return Tie{Kind: k.Name, Field: c.Other, To: k.Name, Same: true}, true
	case "counts", "has_one", "equals_of":
		kind, by, _ := strings.Cut(c.Of, ".")
		return Tie{Kind: k.Name, To: kind, By: by}, true
	}
	return Tie{}, false
}

// OfMembers reports whether a rule of the kind is about the records that name one of
// it.
func (k *Kind) OfMembers(rule string) bool {
	return slices.ContainsFunc(k.Checks, func(c *Check) bool { return c.Rule == rule && c.Of != "" })
}

// NearFields lists the fields of a kind that rules ask of a neighbour. It belongs to
// the schema.
func (s *Schema) NearFields(kind string) []string { return s.near[kind] }

func (s *Schema) gatherNear() {
	s.near = map[string][]string{}
	for _, k := range s.kinds {
		if fields := s.nearFields(k.Name); len(fields) > 0 {
			s.near[k.Name] = fields
		}
	}
}

func (s *Schema) nearFields(kind string) []string {
	var fields []string
	add := func(names ...string) {
		for _, name := range names {
			if name != "" && !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	for _, k := range s.kinds {
		for _, c := range k.Checks {
			for _, t := range c.tiesOf(k) {
				if t.To == kind {
					c.addNear(s, t, add)
				}
			}
		}
	}
	return fields
}

// addNear adds the fields that a rule asks of the records that a tie of it leads to.
func (c *Check) addNear(s *Schema, t Tie, add func(names ...string)) {
	add(t.By, c.Member)
	if c.With != nil {
		add(c.With.Field)
	}
	if t.Same {
		add(c.Field, c.Other)
	}
	if c.Test == "same_of" || c.Test == "within_of" {
		add(c.Field)
	}
	switch f, _ := s.byName[t.To].Field(c.Member); {
	case c.Test == "same_subject":
		add(s.byName[t.To].Subject)
	case f != nil:
		add(f.FromID)
	}
}

// ValueKey is under what two values of a field are one to the rules.
func ValueKey(f *Field, value change.Value) string {
	switch f.Type {
	case IDNumber:
		return WholeID(value.Text())
	case Ref: // within a unit one without its unit is the same
		return string(change.RecordID(value.Text()).Written())
	}
	if text, is := value.AsText(); is {
		return f.Key(text)
	}
	return string(value) // a number, as it is encoded
}

// Spellings are the values of a field that are one to the rules with a value, itself
// first: where records are looked up by what they hold.
func Spellings(f *Field, value change.Value) []change.Value {
	number := value.Text()
	switch {
	case f.Type == Ref && ValueKey(f, value) != number: // an id of before
		return []change.Value{value, change.Text(ValueKey(f, value))}
	case f.Type != IDNumber:
	case WholeID(number) != number:
		return []change.Value{value, change.Text(WholeID(number))}
	case len(number) == idLength && number[6:8] == "19":
		if old := number[:6] + number[8:idLength-1]; WholeID(old) == number {
			return []change.Value{value, change.Text(old)}
		}
	}
	return []change.Value{value}
}

// The tests that need neighbours. Without them, and where the field is empty, they
// pass.

func (c *Check) named(r record) (n Neighbour, found, asked bool) {
	id := change.RecordID(r.text(c.Field))
	if r.Near == nil || id == "" {
		return n, false, false
	}
	f, _ := r.kind.Field(c.Field)
	n, found = r.Near.Named(f.Ref, id.Of(f.Ref, r.Unit))
	return n, found, true
}

// refElsewhere reports whether a reference names what another unit has made.
func (c *Check) refElsewhere(r record) bool {
	maker, named := change.RecordID(r.text(c.Field)).Maker()
	return named && maker != r.Unit
}

func refKnown(c *Check, r record) bool {
	_, found, asked := c.named(r)
	return !asked || found || c.refElsewhere(r)
}

func refHere(c *Check, r record) bool {
	_, found, asked := c.named(r)
	return !asked || found || !c.refElsewhere(r)
}

func refValid(c *Check, r record) bool {
	n, found, asked := c.named(r)
	return !asked || !found || !n.Void
}

// sameSubject reports whether the record that Field names has the subject of this one.
func sameSubject(c *Check, r record) bool {
	n, found, asked := c.named(r)
	if !asked || !found {
		return true
	}
	own, _ := r.kind.Field(r.kind.Subject)
	of, _ := c.of.Field(c.of.Subject)
	about := n.Values[of.Name]
	return about.IsNull() || !r.has(own.Name) || ValueKey(of, about) == ValueKey(own, r.value(own.Name))
}

// sameOf compares a field with that of another record, where both have it.
func sameOf(c *Check, r record) bool {
	n, found := c.whole(r)
	of := n.Values[c.Field]
	if !found || of.IsNull() {
		return true
	}
	f, _ := r.kind.Field(c.Field)
	theirs, _ := c.of.Field(c.Field)
	return ValueKey(f, r.value(c.Field)) == ValueKey(theirs, of)
}

// withinOf adds up what is part of another record.
func withinOf(c *Check, r record) bool {
	n, found := c.whole(r)
	of := n.Values[c.Field]
	if !found || !of.IsInt() || c.With != nil && (c.With.holds(r) || c.With.holds(record{kind: c.of, Subject: Subject{Values: n.Values}})) {
		return true
	}
	left := less(of.Int(), r.value(c.Field).Int())
	for _, o := range r.Near.With(r.kind.Name, c.Other, r.value(c.Other)) {
		if left < 0 {
			break
		}
		if o.ID != r.ID {
			left = less(left, o.Values[c.Field].Int())
		}
	}
	return left >= 0
}

// less is a less b, held at the ends of what there are numbers for.
func less(a, b int64) int64 {
	switch left := a - b; {
	case b > 0 && left > a:
		return math.MinInt64
	case b < 0 && left < a:
		return math.MaxInt64
	default:
		return left
	}
}

// whole is the record that Other names, where the record has Field too.
func (c *Check) whole(r record) (n Neighbour, found bool) {
	id := change.RecordID(r.text(c.Other))
	if r.Near == nil || id == "" || !r.has(c.Field) {
		return n, false
	}
	return r.Near.Named(c.of.Name, id.Of(c.of.Name, r.Unit))
}

// notBeforeOf compares with a day of another record, also one that its ID number tells.
func notBeforeOf(c *Check, r record) bool {
	if r.Near == nil || !r.has(c.Field) {
		return true
	}
	f, _ := r.kind.Field(c.Other)
	n, found := r.Near.Named(f.Ref, change.RecordID(r.text(c.Other)).Of(f.Ref, r.Unit))
	if !found {
		return true
	}
	later, earlier := r.text(c.Field), c.of.Complete(n.Values)[c.Member].Text()
	return !calendar.Valid(later) || !calendar.Valid(earlier) || later >= earlier
}

func once(c *Check, r record) bool {
	if r.Near == nil || !r.has(c.Field) {
		return true
	}
	return r.noOther(r.Near.With(r.kind.Name, c.Field, r.value(c.Field)), func(Neighbour) bool { return true })
}

func alone(c *Check, r record) bool {
	if r.Near == nil || !r.has(c.Other) {
		return true
	}
	return r.noOther(r.Near.With(r.kind.Name, c.Other, r.value(c.Other)), func(n Neighbour) bool { return n.Values[c.Field] == r.value(c.Field) })
}

// noOther reports whether none but the record itself passes.
func (r record) noOther(all []Neighbour, passes func(Neighbour) bool) bool {
	for _, n := range all {
		if n.ID != r.ID && passes(n) {
			return false
		}
	}
	return true
}

// members are the records whose reference names this one; with With, those of
// which it holds.
func (c *Check) members(r record) (all []Neighbour) {
	kind, by, _ := strings.Cut(c.Of, ".")
	for _, n := range r.Near.With(kind, by, change.Text(string(r.ID))) {
		if c.With == nil || c.With.holds(record{kind: c.of, Subject: Subject{Values: n.Values}}) {
			all = append(all, n)
		}
	}
	return all
}

func counts(c *Check, r record) bool {
	return r.Near == nil || r.ID == "" || !r.has(c.Field) || r.value(c.Field).Int() == int64(len(c.members(r)))
}

// hasOne passes while nobody is listed: another rule says that.
func hasOne(c *Check, r record) bool {
	if r.Near == nil || r.ID == "" {
		return true
	}
	all := *c
	all.With = nil
	return len(c.members(r)) == 1 || len(all.members(r)) == 0
}

func equalsOf(c *Check, r record) bool {
	if r.Near == nil || r.ID == "" || !r.has(c.Field) {
		return true
	}
	f, _ := r.kind.Field(c.Field)
	m, _ := c.of.Field(c.Member)
	for _, n := range c.members(r) {
		if value := n.Values[c.Member]; !value.IsNull() && ValueKey(m, value) != ValueKey(f, r.value(c.Field)) {
			return false
		}
	}
	return true
}

func unitCode(c *Check, r record) bool {
	if r.Near == nil || !r.has(c.Field) || len(r.Near.Codes()) == 0 {
		return true
	}
	return slices.ContainsFunc(r.Near.Codes(), func(code string) bool { return strings.HasPrefix(r.text(c.Field), code) })
}
