package members

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/identity"
)

// Below reports whether a unit stands at or below top. Before the tree came,
// only the device's own line of ancestors is known, from its enrolment.
func (r *Members) Below(top, unit change.UnitID) bool {
	if t := r.Tree(); t != nil {
		return t.Below(top, unit)
	}
	if top == unit || top == r.place.RootUnit {
		return true
	}
	return unit == r.place.Unit && slices.ContainsFunc(r.place.Parents, func(p identity.Parent) bool { return p.Unit == top })
}

// Heir is the unit that has taken the place of a merged one, and any other itself.
func (r *Members) Heir(unit change.UnitID) change.UnitID {
	if t := r.Tree(); t != nil {
		return t.Heir(unit)
	}
	return unit
}

// Joined are the units that were merged into one, by code.
func (r *Members) Joined(into change.UnitID) (all []change.UnitID) {
	t := r.Tree()
	if t == nil {
		return nil
	}
	for _, u := range t.Units(into) {
		if u.Merged() && t.Heir(u.ID) == into {
			all = append(all, u.ID)
		}
	}
	return all
}

// Stood reports whether a unit stands at or below another, or has ever done.
func (r *Members) Stood(top, unit change.UnitID) bool {
	if t := r.Tree(); t != nil {
		return t.Stood(top, unit)
	}
	return r.Below(top, unit)
}

// Size counts the units at or below one; 0: it is not known here.
func (r *Members) Size(unit change.UnitID) int {
	t := r.Tree()
	if t == nil {
		return 0
	}
	return t.Size(unit)
}

// Ancestors lists the units above one, as Below knows them.
func (r *Members) Ancestors(unit change.UnitID) []change.UnitID {
	if t := r.Tree(); t != nil {
		return t.Ancestors(unit)
	}
	if unit == r.place.RootUnit {
		return nil
	}
	above := []change.UnitID{r.place.RootUnit}
	if unit != r.place.Unit {
		return above
	}
	for _, p := range r.place.Parents {
		if !slices.Contains(above, p.Unit) {
			above = append(above, p.Unit)
		}
	}
	return above
}

// Under lists the units at or below one; before the tree came, it alone is known.
func (r *Members) Under(unit change.UnitID) []change.UnitID {
	if t := r.Tree(); t != nil {
		return t.Under(unit)
	}
	return []change.UnitID{unit}
}
