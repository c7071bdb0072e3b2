package root

import (
	"context"
	"fmt"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/fault"
	"tongbu/internal/system"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
)

// Divisions brings the changes of units into force on their days, until the context ends:
// at the start those that came due while the city was off, then at each turn of a day.
func (r *Root) Divisions(ctx context.Context) error {
	return r.at.EachDay(ctx, time.Second, func(ctx context.Context, day string) error {
		err := r.Divided(ctx, day)
		if kind := fault.Of(err); kind == fault.Full || kind == fault.Busy {
			r.at.Log.Warn("a change of units waits", "reason", err.Error())
			return nil
		}
		return err
	})
}

// Divided makes the units those of a day, by what was announced.
func (r *Root) Divided(ctx context.Context, day string) error {
	r.dividing.Lock()
	defer r.dividing.Unlock()
	return r.divideOn(ctx, day)
}

// divideOn compares the records of units with what was announced, and writes where they
// differ: so nothing is done twice, whenever the city was off and whatever it was restored
// from. Two writes of a field that did not know of each other, which only a restored city
// has, are joined by a third.
func (r *Root) divideOn(ctx context.Context, day string) error {
	at := fmt.Sprint(day, " ", r.at.Members.Edition())
	due := dueOn(r.at.Members.Divisions(), day)
	if len(due) == 0 || at == r.compared {
		return nil
	}
	if r.at.Members.TreeOn(day) == nil {
		r.at.Log.Warn("the announced units do not hold together: they stay as they are", "day", day)
		return nil
	}
	written := 0
	err := r.at.Streams.Write(ctx, func(w *streams.Writer) error {
		written = 0
		if err := r.unitsAreKnown(w.Tx); err != nil {
			return err
		}
		for _, now := range due {
			fields, err := r.unitFields(w, now)
			if err != nil || len(fields) == 0 {
				if err != nil {
					return err
				}
				continue
			}
			written++
			if err := r.admission.writeRecord(w, r.at.Place.RootUnit, system.UnitKind, change.RecordID(now.ID), fields); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && written == 0 {
		r.compared = at
	}
	if err == nil && written > 0 {
		r.at.Log.Info("a change of units is in force", "day", day, "units", written)
	}
	return fault.Wrap("change the units", err)
}

// unitFields are those in which the record of a unit is not what it is to be.
func (r *Root) unitFields(w *streams.Writer, now tree.Unit) (map[string]change.Value, error) {
	rec, err := r.at.Records.Get(w.Tx, system.UnitKind, change.RecordID(now.ID))
	if err != nil {
		return nil, err
	}
	if rec == nil {
		return system.UnitFields(now), nil
	}
	fields := system.UnitChange(system.UnitFrom(rec), now)
	for _, c := range rec.Conflicts() {
		if value, has := system.UnitFields(now)[c.Field]; has {
			fields[c.Field] = value
		}
	}
	return fields, nil
}

// dueOn are the units that steps up to a day are about, as the last of these makes each.
func dueOn(steps []division.Step, day string) (due []tree.Unit) {
	at := map[change.UnitID]int{}
	for _, s := range division.InOrder(steps) {
		if s.On > day {
			break
		}
		if i, known := at[s.Now.ID]; known {
			due[i] = s.Now
			continue
		}
		at[s.Now.ID] = len(due)
		due = append(due, s.Now)
	}
	return due
}
