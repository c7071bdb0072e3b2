package schema

import (
	"slices"
	"unicode/utf8"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
)

// The hard checks are made for every change that arrives at the city, and nearly
// all changes pass them. So they are asked first whether anything is wrong at all,
// without an allocation; only then the problems are listed, as slowly as all others
// (see judge). TestPassesLikeJudge compares the two.

// PassesHard reports whether CheckHard has nothing to list of a record with these
// values; with whole false, nothing of the fields that are set, each by itself.
func (k *Kind) PassesHard(values change.Fields, whole bool) bool {
	return k.passFields(values, whole) && (!whole || k.passChecks(values))
}

// passFields walks the fields of the kind beside those that are set: both stand in
// the same order. What the kind does not know is passed over.
func (k *Kind) passFields(values change.Fields, whole bool) bool {
	at := 0
	for _, f := range k.inOrder {
		for at < len(values) && values[at].Name != f.Name && change.CompareNames(values[at].Name, f.Name) < 0 {
			at++
		}
		switch {
		case at < len(values) && values[at].Name == f.Name:
			if !f.passes(values[at].Value) {
				return false
			}
			at++
		case whole && f.isRequired():
			return false
		case !whole && at == len(values):
			return true
		}
	}
	return true
}

func (k *Kind) passChecks(values change.Fields) bool {
	if len(k.hardChecks) == 0 {
		return true
	}
	r := record{kind: k, set: values}
	for _, c := range k.hardChecks {
		if !c.holds(r) {
			return false
		}
	}
	return true
}

// finishHard prepares what the hard checks of a kind walk over.
func (k *Kind) finishHard() {
	k.inOrder = slices.Clone(k.Fields)
	for _, f := range k.inOrder {
		f.chooseTests()
	}
	slices.SortFunc(k.inOrder, func(a, b *Field) int { return change.CompareNames(a.Name, b.Name) })
	for _, c := range k.Checks {
		if c.dated = c.needsToday(); c.Strength == Hard {
			k.hardChecks = append(k.hardChecks, c)
		}
	}
}

// isRequired reports whether no tier takes a record without the field.
func (f *Field) isRequired() bool { return f.Must == Hard && !f.ReadOnly }

// passes reports whether no hard check of the field alone fails, without a day.
func (f *Field) passes(value change.Value) bool {
	if value.IsNull() {
		return !f.isRequired()
	}
	if f.takes == nil {
		s, isText := value.AsText()
		return isText && f.takesText(f, s)
	}
	return f.takes(f, value)
}

// chooseTests says which values a field of the type takes.
func (f *Field) chooseTests() {
	switch f.Type {
	case Codes:
		f.takes = (*Field).takesCodes
	case Boolean:
		f.takes = func(_ *Field, value change.Value) bool { return value.IsBool() }
	case Integer, Money, Time:
		f.takes = func(_ *Field, value change.Value) bool { return value.IsInt() }
	case Code:
		f.takesText = func(f *Field, s string) bool { return f.list.has(s) }
	case Date:
		f.takesText = func(_ *Field, s string) bool { return calendar.Valid(s) }
	case IDNumber:
		f.takesText = func(_ *Field, s string) bool { return wrongID(s) == nil }
	case Unit:
		f.takesText = func(_ *Field, s string) bool { return change.UnitID(s).Validate() == nil }
	case Ref:
		f.takesText = func(_ *Field, s string) bool { return change.RecordID(s).Validate() == nil }
	case Text:
		f.takesText = func(f *Field, s string) bool { return isWritable(s, f.maxLen()) }
	}
}

func (f *Field) takesCodes(value change.Value) bool {
	known := true
	isSet := value.EachText(func(code string) { known = known && f.list.has(code) })
	return isSet && known
}

// isWritable reports whether a text has limit characters at most, and none that no
// text may hold.
func isWritable(s string, limit int) bool {
	if len(s) > limit && utf8.RuneCountInString(s) > limit {
		return false
	}
	for _, r := range s {
		if (r < ' ' || r > '~') && unwritable(r) {
			return false
		}
	}
	return true
}
