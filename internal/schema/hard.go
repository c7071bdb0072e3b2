package schema

import (
	"slices"
	"unicode/utf8"

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
	for _, f := range k.inOrder {
		for len(values) > 0 && change.CompareNames(values[0].Name, f.Name) < 0 {
			values = values[1:]
		}
		switch {
		case len(values) > 0 && values[0].Name == f.Name:
			if !f.passes(values[0].Value) {
				return false
			}
		case whole && f.isRequired():
			return false
		case !whole && len(values) == 0:
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
	switch {
	case value.IsNull():
		return !f.isRequired()
	case f.Type == Codes:
		return f.passesCodes(value)
	case f.Type == Boolean:
		return value.IsBool()
	case f.Type.IsNumber():
		return value.IsInt()
	}
	s, isText := value.AsText()
	return isText && f.passesText(s)
}

func (f *Field) passesCodes(value change.Value) bool {
	known := true
	isSet := value.EachText(func(code string) { known = known && f.list.has(code) })
	return isSet && known
}

func (f *Field) passesText(s string) bool {
	switch f.Type {
	case Code:
		return f.list.has(s)
	case Date:
		return ValidDate(s)
	case IDNumber:
		return wrongID(s) == nil
	case Unit:
		return change.UnitID(s).Validate() == nil
	case Ref:
		return change.RecordID(s).Validate() == nil
	}
	return isWritable(s, f.maxLen())
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
