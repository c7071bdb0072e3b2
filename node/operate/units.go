package operate

import (
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// Unit is a unit of the tree of a day.
type Unit struct {
	ID     change.UnitID `json:"id"`
	Code   string        `json:"code"`
	Name   string        `json:"name"`
	Level  tree.Level    `json:"level"`
	Parent string        `json:"parent_code,omitempty"`
	Since  string        `json:"since,omitempty"` // first day; "": since the network was founded
	Until  string        `json:"until,omitempty"` // last day; "": it stands
	Heir   string        `json:"heir_code,omitempty"`
}

// Units lists the units of a day, "" for today, parents before their children. It returns
// Invalid for what is no day, and Unavailable before the tree has come.
func (o *Operate) Units(on string) ([]Unit, error) {
	t := o.at.Members.Tree()
	if on != "" {
		if !calendar.Valid(on) {
			return nil, fault.New(fault.Invalid, "the day is no date of the calendar").WithHint("give it as YYYY-MM-DD")
		}
		t = o.at.Members.TreeOn(on)
	}
	if t == nil {
		return nil, fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	var all []Unit
	for _, u := range t.Units(t.Root().ID) {
		shown := Unit{ID: u.ID, Code: u.Code, Name: u.Name, Level: u.Level, Parent: codeOf(t, u.Parent), Since: u.Since, Heir: codeOf(t, u.Heir)}
		if !u.Stands() {
			shown.Until = calendar.Before(u.Until)
		}
		all = append(all, shown)
	}
	return all, nil
}

func codeOf(t *tree.Tree, id change.UnitID) string {
	u, _ := t.Unit(id)
	return u.Code
}

// Coming is what the city has announced of a unit and what is not in force yet.
type Coming struct {
	On      string      `json:"on"`
	Version uint64      `json:"version"`
	Op      division.Op `json:"op"`
	Code    string      `json:"code,omitempty"` // of now; of an added unit none
	Name    string      `json:"name,omitempty"`
	NewCode string      `json:"new_code"`
	NewName string      `json:"new_name"`
	Parent  string      `json:"parent_code,omitempty"` // from the day on
	Heir    string      `json:"heir_code,omitempty"`
}

// Coming lists what becomes of units on days that are to come, in the order of the days.
func (o *Operate) Coming() ([]Coming, error) {
	today, err := o.at.Day()
	if err != nil {
		return nil, err
	}
	all := []Coming{}
	for _, s := range division.InOrder(o.at.Members.Divisions()) {
		if s.On <= today {
			continue
		}
		c := Coming{On: s.On, Version: s.Version, Op: s.Op, Code: s.Was.Code, Name: s.Was.Name, NewCode: s.Now.Code, NewName: s.Now.Name}
		if t := o.at.Members.TreeOn(s.On); t != nil {
			c.Parent, c.Heir = codeOf(t, s.Now.Parent), codeOf(t, s.Now.Heir)
		}
		all = append(all, c)
	}
	return all, nil
}
