package reconcile

import (
	"bytes"
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"tongbu/hub/follow"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer/streams"
)

// A device against which very many words stand is judged slowly: its batches are set
// aside until many of its changes have come together, or time has passed, so that
// few words name all of them.
const (
	judgeTogether = 1000      // changes
	judgeAfter    = time.Hour // since the first of them was set aside
	lookForLate   = time.Minute
)

// asideTable is device 0 arrival -> how many changes it has, when it was set aside:
// batches that are not judged yet, though the cursor has passed them.
const asideTable = "reconcile.aside"

// aside are the batches of a device that are set aside.
type aside struct {
	arrivals []uint64
	changes  uint64
	since    int64 // Unix milliseconds, of the first
}

func asideKey(d change.DeviceID, arrival uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(d), 0), arrival)
}

// addRow reads a row of the table.
func (a *aside) addRow(key, raw []byte) error {
	if len(key) < 8 || len(raw) != 16 {
		return fault.New(fault.Damaged, "a batch that was set aside cannot be read")
	}
	if len(a.arrivals) == 0 {
		a.since = int64(binary.BigEndian.Uint64(raw[8:]))
	}
	a.arrivals = append(a.arrivals, binary.BigEndian.Uint64(key[len(key)-8:]))
	a.changes += binary.BigEndian.Uint64(raw)
	return nil
}

// isDue reports whether the batches are to be judged now; also when the clock has
// been set back since the first of them came, and how long they wait is unknown.
func (a *aside) isDue(now time.Time) bool {
	return a.changes >= judgeTogether || len(a.arrivals) > 0 && (now.UnixMilli()-a.since >= judgeAfter.Milliseconds() || now.UnixMilli() < a.since)
}

// asideOf are the batches of a device that are set aside.
func (j *judging) asideOf(d change.DeviceID) (*aside, error) {
	if a, known := j.aside[d]; known {
		return a, nil
	}
	a := &aside{}
	err := j.w.Table(asideTable).Ascend(nil, append([]byte(d), 0), a.addRow)
	j.aside[d] = a
	return a, err
}

// setAside reports whether a batch waits to be judged with others of its device.
// What has waited long enough is judged.
func (j *judging) setAside(o *follow.Opened) (bool, error) {
	d := o.Stream.Device
	slow, err := j.isSlow(d)
	if err != nil {
		return false, err
	}
	a, err := j.asideOf(d)
	if err != nil {
		return false, err
	}
	if !slow {
		return false, j.judgeAside(d, a)
	}
	row := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, o.Last-o.First+1), uint64(j.cfg.Now().UnixMilli()))
	key := asideKey(d, o.No)
	if err := j.w.Table(asideTable).Put(key, row); err != nil {
		return false, err
	}
	if err := a.addRow(key, row); err != nil || !a.isDue(j.cfg.Now()) {
		return true, err
	}
	return true, j.judgeAside(d, a)
}

// judgeAside judges what was set aside of a device, in the order of arrival.
func (j *judging) judgeAside(d change.DeviceID, a *aside) error {
	for _, no := range a.arrivals {
		if err := j.w.Table(asideTable).Delete(asideKey(d, no)); err != nil {
			return err
		}
		arrivals, err := j.w.Arrivals(no-1, 1)
		if err != nil {
			return err
		}
		if len(arrivals) == 0 || arrivals[0].No != no {
			return fault.New(fault.Damaged, "arrival %d, which was set aside, is not in the journal", no)
		}
		o, err := follow.Open(j.w.Tx, arrivals[0])
		if err == nil {
			err = j.judgeBatch(o)
		}
		if err != nil {
			return err
		}
	}
	*a = aside{}
	return nil
}

// Run judges what was set aside and has waited for an hour, and weighs again what is
// held when there is reason to, until the context ends.
func (r *Reconciler) Run(ctx context.Context) error {
	late := time.NewTicker(lookForLate)
	defer late.Stop()
	for weigh := false; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-late.C:
		case <-r.weigh:
			weigh = true
		}
		err := r.JudgeLate(ctx)
		if err == nil && weigh {
			err = r.WeighHeld(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case fault.Of(err) == fault.Full:
			r.cfg.Log.Error("no room to record what was set aside or held", "reason", err.Error())
		case err != nil:
			return fault.Wrap("reconcile", err)
		default:
			weigh = false
		}
	}
}

// JudgeLate judges what was set aside and has waited for an hour. It may be called
// while the follower judges.
func (r *Reconciler) JudgeLate(ctx context.Context) error {
	var late []change.DeviceID
	look := func(tx *journal.Tx) (err error) {
		late, err = r.lateDevices(tx)
		return err
	}
	if err := r.cfg.Streams.View(look); err != nil || len(late) == 0 {
		return err
	}
	var done outcome
	err := r.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		if err := look(w.Tx); err != nil {
			return err
		}
		at, err := w.Cursor(cursor)
		if err != nil {
			return err
		}
		done, err = r.judgeAll(w, at, func(j *judging) error { return j.judgeLate(late) })
		return err
	})
	if err == nil {
		r.report(done)
	}
	return err
}

func (j *judging) judgeLate(devices []change.DeviceID) error {
	for _, d := range devices {
		a, err := j.asideOf(d)
		if err == nil {
			err = j.judgeAside(d, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lateDevices are those of which batches have waited for an hour.
func (r *Reconciler) lateDevices(tx *journal.Tx) ([]change.DeviceID, error) {
	all := map[change.DeviceID]*aside{}
	err := tx.Table(asideTable).Ascend(nil, nil, func(key, raw []byte) error {
		d, _, _ := bytes.Cut(key, []byte{0})
		id := change.DeviceID(d)
		if all[id] == nil {
			all[id] = &aside{}
		}
		return all[id].addRow(key, raw)
	})
	now := r.cfg.Now()
	maps.DeleteFunc(all, func(_ change.DeviceID, a *aside) bool { return !a.isDue(now) })
	return slices.Sorted(maps.Keys(all)), err
}
