package targets

import (
	"slices"

	"tongbu/internal/change"
)

// fit adds a target to the parts of the one that it says to be part of.
func (b Book) fit(all []Standing, byID map[change.RecordID]int, i int) {
	part := &all[i]
	if part.PartOf == "" {
		return
	}
	at, there := byID[part.PartOf]
	if !there {
		part.Notes = append(part.Notes, WholeMissing)
		return
	}
	whole := &all[at]
	switch {
	case whole.line() != part.line() || whole.Unit == part.Unit || !b.Tree.Below(whole.Unit, part.Unit):
		part.Notes = append(part.Notes, Misfit)
	case part.State == Replaced:
	case whole.State == Replaced:
		part.Notes = append(part.Notes, WholeReplaced)
	default:
		whole.take(part)
	}
}

// take adds a part that counts. More than the whole is in order where it or a part of it
// says so.
func (s *Standing) take(part *Standing) {
	s.Split.Parts++
	s.Split.units = append(s.Split.units, part.Unit)
	s.Split.stretched = s.Split.stretched || part.Stretched
	if !s.Percent() && part.Possible() {
		s.Split.Sum += part.Amount
	}
}

// Percent reports whether amounts are shares, which nobody adds up.
func (s *Standing) Percent() bool { return s.Rate() || s.measure() == percent }

// percent is the code of the measure of shares.
const percent = "6"

// split says what the parts of a target come to.
func (b Book) split(s *Standing) {
	if s.State == Replaced {
		return
	}
	var without []change.UnitID
	next := 0
	for _, u := range b.Tree.Units(s.Unit) {
		if u.Parent != s.Unit || u.Merged() {
			continue
		}
		if next++; !slices.Contains(s.Split.units, u.ID) {
			without = append(without, u.ID)
		}
	}
	if s.Split.Parts == 0 {
		if next > 0 {
			s.Notes = append(s.Notes, NotSplit)
		}
		return
	}
	s.Split.Without = without
	if s.Percent() || !s.Possible() {
		return
	}
	s.Split.Difference = s.Split.Sum - s.Amount
	switch {
	case s.Split.Difference < 0:
		s.Notes = append(s.Notes, PartsShort)
	case s.Split.Difference > 0 && !s.Stretched && !s.Split.stretched:
		s.Notes = append(s.Notes, PartsOver)
	}
}
