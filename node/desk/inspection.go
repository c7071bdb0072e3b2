package desk

import (
	"context"
	"encoding/json"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// An inspection and its steps are seen below by the unit alone that was inspected. What is
// about no unit of those below, as the inspection of an employer, stays with whoever
// inspects.

const (
	inspectionKind = "inspection"
	inspectionStep = "inspection_step"
)

// Inspected finds inspections that other units keep, among all that a hub's view has: the
// unit that each is about, "" for one that is about an employer.
type Inspected func(ctx context.Context, ids []change.RecordID) (map[change.RecordID]change.UnitID, error)

// inspects reports whether records of a kind go to the unit inspected and to nobody else.
func inspects(kind string) bool { return kind == inspectionKind || kind == inspectionStep }

var (
	errUnitUnsaid = fault.New(fault.Invalid, "the inspection is not here, so nobody can tell which unit the step is for").
			WithHint("name the unit inspected (for_unit): without it all units below would read the step")
	errInspectedElsewhere = fault.New(fault.Denied, "another unit inspects an employer here, and takes the steps").
				WithHint("record an inspection of your own")
	errOtherInspected = fault.New(fault.Invalid, "the inspection is not about the unit that is named").
				WithHint("leave for_unit out: the step goes to the unit inspected")
)

// judgeInspected refuses a step at a hub that would be told to other units than the
// inspection was.
func (s *saver) judgeInspected(tx *journal.Tx, drawn *draft) error {
	if s.kind.Name != inspectionStep || !s.at.IsHub() || isVoid(drawn.whole) {
		return nil
	}
	id := change.RecordID(drawn.whole[inspectionKind].Text())
	of, err := s.namedBy(tx)(inspectionKind, id)
	if err != nil {
		return err
	}
	if given := drawn.whole[facts.ForUnit].Text(); of == nil && given == "" {
		return errUnitUnsaid
	} else if of != nil {
		return s.judgeStep(id, change.UnitID(of[facts.ForUnit].Text()), change.UnitID(given))
	}
	return nil
}

// judgeStep refuses a step of an inspection for a unit that it is not about.
func (d *Desk) judgeStep(id change.RecordID, about, given change.UnitID) error {
	maker, _ := id.Maker()
	switch {
	case given != about:
		return errOtherInspected
	case about == "" && maker != d.at.Members.Unit().ID:
		return errInspectedElsewhere
	}
	return nil
}

// placeSteps adds to steps at a hub the unit that was inspected, of inspections that other
// units keep; for each that cannot be so it says why.
func (d *Desk) placeSteps(ctx context.Context, all *placed) error {
	var objects []map[string]any
	var ids []change.RecordID
	if err := d.at.Journal.View(func(tx *journal.Tx) error {
		objects, ids = d.readSteps(tx, all.raws)
		return nil
	}); err != nil {
		return err
	}
	if d.Inspected == nil || !slices.ContainsFunc(ids, func(id change.RecordID) bool { return id != "" }) {
		return nil
	}
	about, err := d.Inspected(ctx, ids)
	if err != nil {
		return err
	}
	k, _ := d.at.Schema.Kind(inspectionStep)
	for i, object := range objects {
		unit, known := about[ids[i]]
		if !known {
			continue
		}
		if textOf(object, facts.ForUnit) == "" {
			object[facts.ForUnit] = string(unit)
		}
		if all.refused[i] = d.resolveUnits(k, object); all.refused[i] == nil {
			all.refused[i] = d.judgeStep(ids[i], unit, change.UnitID(textOf(object, facts.ForUnit)))
		}
		if all.raws[i], err = json.Marshal(object); err != nil {
			return fault.As(fault.Internal, "write a step", err)
		}
	}
	return nil
}

// readSteps reads new steps with the fields under their own names, and the inspections of
// other units that they name; "" for all others.
func (d *Desk) readSteps(tx *journal.Tx, items []json.RawMessage) (objects []map[string]any, ids []change.RecordID) {
	k, _ := d.at.Schema.Kind(inspectionStep)
	objects, ids = make([]map[string]any, len(items)), make([]change.RecordID, len(items))
	for i, raw := range items {
		item := Item{JSON: raw}
		t, err := item.decode()
		if err != nil || t.id.Formed() {
			continue // what it says is judged where it is saved
		}
		object := ownNames(k, t.object)
		if t.id != "" {
			object["id"] = string(t.id)
		}
		id, err := d.nameOf(tx, inspectionKind, change.RecordID(textOf(object, inspectionKind)))
		if maker, named := id.Maker(); err == nil && named && maker != d.at.Members.Unit().ID {
			objects[i], ids[i] = object, id
		}
	}
	return objects, ids
}

// ownNames are the fields of an object under their own names.
func ownNames(k *schema.Kind, object map[string]any) map[string]any {
	named := map[string]any{}
	for name, value := range object {
		if f, known := k.Field(name); known {
			name = f.Name
		}
		named[name] = value
	}
	return named
}

func textOf(object map[string]any, name string) string {
	text, _ := object[name].(string)
	return text
}

// Rules by which somebody is warned of what goes to nobody: a step of an inspection that is
// not here, and a complaint of whom this hub cannot tell.
const (
	ruleUnasked = ruleNobody + ": 本单位没有这项检查，答复无人收到 / this unit was told of no such inspection: the step is in no register"
	ruleUntold  = "not_told_from_here: 不在本辖区，对方不会收到进展 / not of a unit below: nobody there is told how it stands"
)

// warnUntold warns of a step at a community of an inspection that it was never told of, and
// of a complaint whose community or unit is not below this hub, so that it hears nothing.
func (c *checker) warnUntold(e *entry, drawn *draft) error {
	switch {
	case c.kind.Name == inspectionStep && !c.at.IsHub():
		of, err := c.namedBy(c.tx)(inspectionKind, change.RecordID(drawn.whole[inspectionKind].Text()))
		if err != nil {
			return err
		}
		if of == nil {
			e.warn(inspectionKind, ruleUnasked)
		}
	case c.kind.Name == complaintKind:
		home, _ := change.RecordID(drawn.whole[personKind].Text()).Maker()
		c.warnBelow(e, personKind, home)
		c.warnBelow(e, facts.ForUnit, change.UnitID(drawn.whole[facts.ForUnit].Text()))
	}
	return nil
}

// warnBelow warns of a field that names somebody of a unit which is not below this hub.
func (c *checker) warnBelow(e *entry, field string, unit change.UnitID) {
	if unit != "" && !c.at.Members.Below(c.at.Members.Unit().ID, unit) {
		e.warn(field, ruleUntold)
	}
}
