package root

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/system"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
)

// DivisionOrder asks for what becomes of units on a day.
type DivisionOrder struct {
	File string `json:"file"` // CSV
	On   string `json:"on"`   // first day on which it is so, YYYY-MM-DD
	Dry  bool   `json:"dry_run,omitempty"`
}

// Divided is what became of an order, or would.
type Divided struct {
	On      string              `json:"on"`
	Version uint64              `json:"version"` // 0: nothing was announced
	Ops     map[division.Op]int `json:"ops"`
	Units   []Became            `json:"units"`
	Devices []change.DeviceID   `json:"devices"` // at or below these units
	Bytes   int                 `json:"bytes"`   // of the words that go to every device
	// Households are those of these units and of those below them, as the view has them.
	Households int64              `json:"households"`
	Problems   []division.Problem `json:"problems"`
}

// Became is a unit before and after.
type Became struct {
	ID   change.UnitID `json:"id"`
	Line int           `json:"line"`
	Op   division.Op   `json:"op"`
	Was  *Called       `json:"was,omitempty"` // of an added unit nothing
	Now  Called        `json:"now"`
}

// Called is how a unit is called, and where it stands.
type Called struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Parent string `json:"parent_code,omitempty"`
	Heir   string `json:"heir_code,omitempty"`
}

// Divide judges a file as a whole and announces what it says; on its day it comes into
// force by itself. With problems nothing is announced. It returns Invalid for what is no
// such file, and Full.
func (r *Root) Divide(ctx context.Context, o DivisionOrder) (Divided, error) {
	r.dividing.Lock()
	defer r.dividing.Unlock()
	none := Divided{On: o.On, Ops: map[division.Op]int{}, Units: []Became{}, Devices: []change.DeviceID{}, Problems: []division.Problem{}}
	rows, problems, err := division.Parse(strings.NewReader(o.File))
	if err != nil {
		return none, err
	}
	day, _, err := r.day()
	if err != nil {
		return none, err
	}
	told := r.at.Members.Divisions()
	problems = append(wrongDay(o.On, day, told), problems...)
	if none.Problems = append(none.Problems, problems...); len(problems) > 0 {
		return none, nil
	}
	plan := division.Plan{Tree: r.at.Members.TreeOn(o.On), Rows: rows, On: o.On, Version: nextVersion(told)}
	if plan.Tree == nil {
		return none, fault.New(fault.Unavailable, "the units of %s do not hold together", o.On).WithHint("see the log of the city")
	}
	steps, problems := division.Judge(plan)
	if none.Problems = append(none.Problems, problems...); len(problems) > 0 {
		return none, nil
	}
	made, err := r.divided(plan.Tree, steps)
	if err != nil || o.Dry {
		return made, err
	}
	if err := r.announce(ctx, steps); err != nil {
		return none, err
	}
	r.at.Log.Info("a change of units is announced", "number", made.Version, "on", made.On, "units", len(made.Units))
	return made, r.divideOn(ctx, day)
}

// farthest is how many days ahead a change may be announced.
const farthest = 400

// wrongDay says why nothing can come into force on a day; none: it can.
func wrongDay(on, today string, told []division.Step) []division.Problem {
	problem := func(_ int, rule, format string, args ...any) []division.Problem {
		return []division.Problem{{Rule: rule, Message: fmt.Sprintf(format, args...)}}
	}
	switch {
	case !calendar.Valid(on):
		return problem(0, "day", "the day is no date of the calendar: give it as YYYY-MM-DD")
	case on < today:
		return problem(0, "day", "the day %s is over: today is %s", on, today)
	case on > calendar.AddDays(today, farthest):
		return problem(0, "day", "the day %s is more than %d days ahead: until it comes nothing else could be changed before it", on, farthest)
	}
	for _, s := range told {
		if s.On > on {
			return problem(0, "day", "another change comes into force on %s: this one is judged by the units after that, so it cannot be in force before", s.On)
		}
	}
	return nil
}

func nextVersion(told []division.Step) (next uint64) {
	for _, s := range told {
		next = max(next, s.Version)
	}
	return next + 1
}

// divided says what steps do to a tree.
func (r *Root) divided(before *tree.Tree, steps []division.Step) (Divided, error) {
	made := Divided{On: steps[0].On, Version: steps[0].Version, Ops: map[division.Op]int{}, Units: []Became{}, Devices: []change.DeviceID{}, Problems: []division.Problem{}}
	after, err := division.Tree(before.Units(before.Root().ID), steps, made.On)
	if err != nil {
		return made, err
	}
	for _, s := range steps {
		made.Ops[s.Op]++
		became := Became{ID: s.Now.ID, Line: s.Line, Op: s.Op, Now: calledIn(after, s.Now)}
		if s.Op != division.Add {
			was := calledIn(before, s.Was)
			became.Was = &was
		}
		made.Units = append(made.Units, became)
		for _, fields := range []map[string]change.Value{system.DivisionFields(s), system.UnitChange(s.Was, s.Now)} {
			raw, err := (&change.Change{Kind: system.DivisionKind, Record: system.DivisionID(s), Fields: change.FieldsOf(fields), Actor: "city"}).Encode()
			if err != nil {
				return made, err
			}
			made.Bytes += len(raw)
		}
	}
	for _, d := range r.at.Members.Devices() {
		concerned := func(s division.Step) bool { return before.Below(s.Now.ID, d.Unit) }
		if d.State == system.Active && d.Unit != before.Root().ID && slices.ContainsFunc(steps, concerned) {
			made.Devices = append(made.Devices, d.ID)
		}
	}
	return made, nil
}

func calledIn(t *tree.Tree, u tree.Unit) Called {
	parent, _ := t.Unit(u.Parent)
	heir, _ := t.Unit(u.Heir)
	return Called{Code: u.Code, Name: u.Name, Parent: parent.Code, Heir: heir.Code}
}

// announce writes the steps into the city's stream to all.
func (r *Root) announce(ctx context.Context, steps []division.Step) error {
	return r.at.Streams.Write(ctx, func(w *streams.Writer) error {
		if err := r.unitsAreKnown(w.Tx); err != nil {
			return err
		}
		for _, s := range steps {
			if err := r.admission.writeRecord(w, r.at.Place.RootUnit, system.DivisionKind, system.DivisionID(s), system.DivisionFields(s)); err != nil {
				return err
			}
		}
		return members.Touch(w.Tx, system.UnitKind)
	})
}

// unitsAreKnown returns Busy where the units have changed since they were judged by: what
// this city said before it was restored comes back at any time.
func (r *Root) unitsAreKnown(tx *journal.Tx) error {
	known, err := r.at.Members.KnowsUnits(tx)
	if err == nil && !known {
		err = fault.New(fault.Busy, "the units have just changed").WithHint("repeat it")
	}
	return err
}
