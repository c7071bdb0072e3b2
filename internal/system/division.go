package system

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"

	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/merge"
	"tongbu/internal/tree"
)

// DivisionKind is the kind of the records in which the city announces what becomes of a unit
// on a day: one record a unit.
const DivisionKind = "division"

// DivisionID names the record of a step: nothing else has the number, line and unit.
func DivisionID(s division.Step) change.RecordID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %s", s.Version, s.Line, s.On, s.Now.ID))
	return change.RecordID(hex.EncodeToString(sum[:20]))
}

// DivisionFrom reads a step from its record; false where it does not say what its id names,
// or is void: it says nothing.
func DivisionFrom(r *merge.Record) (division.Step, bool) {
	s := division.Step{On: r.Value("on").Text(), Version: number(r.Value("version")), Line: int(r.Value("line").Int()), Op: division.Op(r.Value("op").Text())}
	s.Now = UnitFrom(r)
	s.Now.ID = change.UnitID(r.Value("unit").Text())
	if s.Op != division.Add {
		s.Was = s.Now
		s.Was.Code, s.Was.Name, s.Was.Parent, s.Was.Heir = r.Value("was_code").Text(), r.Value("was_name").Text(), change.UnitID(r.Value("was_parent").Text()), ""
		if s.Op == division.Merge || s.Op == division.Retire {
			s.Was.Until = ""
		}
	}
	return s, r.Kind() == DivisionKind && DivisionID(s) == r.ID() && !r.Void()
}

// MergerIn is which unit a division word merges into which other; stands: it is not void.
// Without units for any other record, and for one that merges nothing.
func MergerIn(r *merge.Record) (unit, heir change.UnitID, stands bool) {
	s, stands := DivisionFrom(r)
	if r.Kind() != DivisionKind || s.Op != division.Merge {
		return "", "", false
	}
	return s.Now.ID, s.Now.Heir, stands
}

// DivisionFields are those of the change that says it.
func DivisionFields(s division.Step) map[string]change.Value {
	fields := UnitFields(s.Now)
	maps.Copy(fields, map[string]change.Value{"on": change.Text(s.On), "version": change.Int(int64(s.Version)), "line": change.Int(int64(s.Line)), "op": change.Text(string(s.Op))})
	if s.Was.ID != "" {
		fields["was_code"], fields["was_name"] = change.Text(s.Was.Code), change.Text(s.Was.Name)
		if s.Was.Parent != "" {
			fields["was_parent"] = change.Text(string(s.Was.Parent))
		}
	}
	return fields
}

// UnitChange are the fields of a unit's record that differ between two states of it.
func UnitChange(was, now tree.Unit) map[string]change.Value {
	fields := UnitFields(now)
	for name, value := range UnitFields(was) {
		switch said, has := fields[name]; {
		case !has:
			fields[name] = change.Null
		case said == value:
			delete(fields, name)
		}
	}
	return fields
}
