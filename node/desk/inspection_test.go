package desk_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// inspecting are a district, a street and two communities: of the first the street has
// drawn an inspection.
type inspecting struct {
	*clerk
	district, street, second *replica.Replica

	id string // of the street's inspection of the first community
}

func newInspecting(t *testing.T) *inspecting {
	d := newDesk(t)
	i := &inspecting{clerk: d, district: d.town.MustReplica(t, d.city, kit.District), street: d.town.MustReplica(t, d.city, kit.Street), second: d.town.MustReplica(t, d.city, kit.Second)}
	i.id = string(kit.MustPut(t, i.street, "inspection", `{"id":"i","kind":"1","drawn_on":"2026-03-02","items":"台帐","for_unit":"`+kit.First.Code+`"}`)[0].ID)
	return i
}

// carry takes to both communities what hubs have said to them.
func (i *inspecting) carry() {
	i.t.Helper()
	for _, hub := range []*replica.Replica{i.city, i.district, i.street} {
		for _, to := range []*replica.Replica{i.at, i.second} {
			i.town.MustCarry(i.t, hub, to)
		}
	}
}

func (i *inspecting) wantListed(first, second int) {
	i.t.Helper()
	for at, want := range map[*replica.Replica]int{i.at: first, i.second: second} {
		if got := len(kit.MustList(i.t, at, "inspection", "")) + len(kit.MustList(i.t, at, "inspection_step", "")); got != want {
			i.t.Errorf("%d records of inspections are listed, want %d", got, want)
		}
	}
}

// step is one of the street's inspection.
func (i *inspecting) step(at *replica.Replica, step, more string) error {
	_, err := kit.Put(i.t, at, "inspection_step", fmt.Sprintf(`{"inspection":%q,"on":"2026-03-03","step":%q,"content":"台帐不全"%s}`, i.id, step, more))
	return err
}

// TestInspectionsSeenByWhomTheyAreAbout: what tiers above say of an inspection that they do
// not hold is told to the unit inspected, or refused; never to all units below.
func TestInspectionsSeenByWhomTheyAreAbout(t *testing.T) {
	i := newInspecting(t)
	if err := i.step(i.street, "found", ""); err != nil {
		t.Fatal(err)
	}
	for _, at := range []*replica.Replica{i.district, i.city} {
		if err := i.step(at, "ordered", ""); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "which unit the step is for") {
			t.Errorf("a step of an inspection that is not here: %v", err)
		}
	}
	if err := i.step(i.district, "ordered", `,"for_unit":"`+kit.First.Code+`"`); err != nil {
		t.Error(err)
	}
	if err := i.step(i.street, "closed", `,"for_unit":"`+kit.Second.Code+`"`); fault.Of(err) != fault.Invalid {
		t.Errorf("a step for a unit that it is not about: %v", err)
	}
	i.carry()
	i.wantListed(3, 0)
}

// TestInspectionsFoundInTheView: the unit inspected is told from the view, also in an import.
func TestInspectionsFoundInTheView(t *testing.T) {
	i := newInspecting(t)
	at := desk.New(i.district)
	at.Inspected = func(_ context.Context, ids []change.RecordID) (map[change.RecordID]change.UnitID, error) {
		return map[change.RecordID]change.UnitID{change.RecordID(i.id): kit.First.ID}, nil
	}
	put := func(more string) error {
		line := fmt.Sprintf(`{"inspection":%q,"on":"2026-03-03","step":"found","content":"台帐不全"%s}`, i.id, more)
		return at.Put(t.Context(), "inspection_step", []desk.Item{{Line: 1, JSON: []byte(line)}}, "li", func(desk.Written) error { return nil })
	}
	if err := put(""); err != nil {
		t.Fatal(err)
	}
	if err := put(`,"for_unit":"` + kit.Second.Code + `"`); fault.Of(err) != fault.Invalid {
		t.Errorf("for a unit that it is not about: %v", err)
	}
	var got []string
	rows := []string{"", `,"for_unit":"` + kit.Second.Code + `"`}
	err := at.Import(t.Context(), desk.Importing{Actor: "li", Run: "r"}, func() (*desk.Row, error) {
		return nextRow(&rows, "inspection_step", func(more string) string {
			return fmt.Sprintf(`{"inspection":%q,"on":"2026-03-09","step":"closed"%s}`, i.id, more)
		})
	}, func(one desk.Imported) error {
		got = append(got, string(one.Result))
		return nil
	})
	if err != nil || strings.Join(got, ",") != "new,rejected" {
		t.Errorf("imported: %v, %v", got, err)
	}
	i.carry()
	i.wantListed(3, 0)
}

// TestInspectionOfEmployer: one that is about no unit, also drawn for a day to come, is seen
// by nobody below, nor are its steps; another unit takes no step of it.
func TestInspectionOfEmployer(t *testing.T) {
	i := newInspecting(t)
	id := string(kit.MustPut(t, i.street, "inspection", `{"id":"e","kind":"2","drawn_on":"2099-03-02","items":"工资","employer_name":"一厂"}`)[0].ID)
	kit.MustPut(t, i.street, "inspection_step", `{"inspection":"e","on":"2026-03-03","step":"found","content":"拖欠工资"}`)
	if _, err := kit.Put(t, i.street, "inspection_step", `{"inspection":"e","on":"2026-03-03","step":"found","content":"拖欠工资","for_unit":"`+kit.First.Code+`"}`); fault.Of(err) != fault.Invalid {
		t.Errorf("a step for a unit that it is not about: %v", err)
	}
	i.carry()
	i.wantListed(1, 0)
	at := desk.New(i.district)
	at.Inspected = func(context.Context, []change.RecordID) (map[change.RecordID]change.UnitID, error) {
		return map[change.RecordID]change.UnitID{change.RecordID(id): ""}, nil
	}
	err := at.Put(t.Context(), "inspection_step", []desk.Item{{Line: 1, JSON: []byte(`{"inspection":"` + id + `","on":"2026-03-04","step":"closed"}`)}}, "li", func(desk.Written) error { return nil })
	if fault.Of(err) != fault.Denied {
		t.Errorf("a step of what another unit inspects: %v", err)
	}
}

// nextRow takes the next of some rows.
func nextRow(left *[]string, kind string, line func(string) string) (*desk.Row, error) {
	if len(*left) == 0 {
		return nil, io.EOF
	}
	row := &desk.Row{Line: 10 - len(*left), Kind: kind, Item: []byte(line((*left)[0]))}
	*left = (*left)[1:]
	return row, nil
}

// TestInspectionAnsweredByAnother: a community that answers what it was never asked is warned.
func TestInspectionAnsweredByAnother(t *testing.T) {
	i := newInspecting(t)
	i.carry()
	for at, want := range map[*replica.Replica]bool{i.at: false, i.second: true} {
		got, err := kit.Put(t, at, "inspection_step", fmt.Sprintf(`{"inspection":%q,"on":"2026-03-03","step":"answered","content":"已补"}`, i.id))
		if err != nil || hasWarning(got[0].Warnings, "inspection: subject_unknown") != want {
			t.Errorf("warned of %v, %v, want %v", got, err, want)
		}
	}
}

// TestComplaintNobodyIsToldOf: who takes a complaint of somebody of another area is told that
// the community hears nothing of it.
func TestComplaintNobodyIsToldOf(t *testing.T) {
	i := newInspecting(t)
	for unit, want := range map[string]bool{string(kit.First.ID): false, string(kit.FarAway.ID): true} {
		got := kit.MustPut(t, i.street, "complaint", `{"kind":"1","received_on":"2026-03-01","person":"`+unit+`.9erb6uod8qa42pbnoamk1rlsts"}`)
		if hasWarning(got[0].Warnings, "person: not_told_from_here") != want {
			t.Errorf("warned of %v, want %v", got[0].Warnings, want)
		}
	}
}

// hasWarning reports whether a field is warned of by a rule.
func hasWarning(all []string, of string) bool {
	return slices.ContainsFunc(all, func(w string) bool { return strings.HasPrefix(w, of) })
}
