package operate

import (
	"context"
	"time"

	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/node/nightly"
)

// Nights are what is to be done each night. The zero value: nothing.
type Nights struct {
	Verify string // time of day, as in 02:30; "": never
	Backup string // likewise
	Dir    string // where backups are put
	Keep   int    // how many of them stay there
	Cut    string // likewise, when batches are cut off; a hub never does
	// Days is how long batches are kept that the city has recorded.
	Days int
}

// nights is what is done, and what is known of it.
type nights struct {
	Nights
	runner *nightly.Runner
}

// Nightly says what is done each night, and how it went last. Programs may read it:
// fields are only ever added.
type Nightly struct {
	Verify  NightJob     `json:"verify"`
	Backup  NightJob     `json:"backup"`
	Dir     string       `json:"dir,omitempty"`  // where backups are put
	Keep    int          `json:"keep,omitempty"` // how many of them stay there
	Cut     NightJob     `json:"cut"`
	Days    int          `json:"keep_days,omitempty"` // how long batches are kept that the city has recorded, where they are cut off
	Running nightly.Name `json:"running,omitempty"`   // the job under way
}

// NightJob is one of the jobs, whether it is done at night or by hand only.
type NightJob struct {
	At            string    `json:"at,omitempty"`  // time of day in the network's zone; "": it is not done at night
	Next          time.Time `json:"next,omitzero"` // when it is done next
	nightly.Entry           // how it went
}

// Schedule says what RunNights is to do; it is called before. It returns Invalid for
// what is no time of day.
func (o *Operate) Schedule(n Nights) error {
	o.nights.Nights, o.nights.runner.Jobs = n, nil
	for _, job := range []struct {
		name nightly.Name
		key  string
		at   string
		do   func(context.Context) (nightly.Run, error)
	}{{nightly.Verify, "nightly_verify", n.Verify, o.nightVerify}, {nightly.Backup, "nightly_backup", n.Backup, o.nightBackup}, {nightly.Cut, "nightly_cut", n.Cut, o.nightCut}} {
		if job.at == "" {
			continue
		}
		at, err := config.ParseClock(job.key, job.at)
		if err != nil {
			return err
		}
		o.nights.runner.Jobs = append(o.nights.runner.Jobs, nightly.Job{Name: job.name, At: at, Do: job.do})
	}
	return nil
}

// RunNights does each night what was scheduled, until the context ends.
func (o *Operate) RunNights(ctx context.Context) error { return o.nights.runner.Run(ctx) }

// Nightly says what is done each night, and how it went last.
func (o *Operate) Nightly() Nightly {
	n, known := Nightly{Running: o.nights.runner.Running()}, o.book.Results()
	if o.nights.Backup != "" {
		n.Dir, n.Keep = o.nights.Dir, o.nights.Keep
	}
	if o.nights.Cut != "" {
		n.Days = o.keepDays()
	}
	n.Verify, n.Backup = NightJob{At: o.nights.Verify, Entry: known.Verify}, NightJob{At: o.nights.Backup, Entry: known.Backup}
	n.Cut = NightJob{At: o.nights.Cut, Entry: known.Cut}
	zone, err := o.zone()
	if err != nil {
		return n // a journal that cannot be read says so elsewhere
	}
	for _, j := range o.nights.runner.Jobs {
		next := nightly.NextDue(j.At, o.at.Now(), zone).UTC()
		switch j.Name {
		case nightly.Backup:
			n.Backup.Next = next
		case nightly.Cut:
			n.Cut.Next = next
		default:
			n.Verify.Next = next
		}
	}
	return n
}

// BackedUp keeps that somebody has made a backup by hand, whole and read to its end.
func (o *Operate) BackedUp(made Made) {
	o.keepByHand(nightly.Backup, nightly.ByHand(nightly.Run{File: made.File, Bytes: made.Bytes}, made.Began, o.at.Now(), nil))
}

func (o *Operate) keepByHand(name nightly.Name, done nightly.Run) {
	if err := o.book.Keep(name, done); err != nil {
		o.at.Log.Warn("how a job went cannot be kept", "path", string(name), "kind", fault.Of(err).String(), "reason", err.Error())
	}
}

func (o *Operate) nightVerify(ctx context.Context) (nightly.Run, error) {
	v, err := o.verify(ctx, Checked{})
	if err == nil {
		err = v.failure()
	}
	return verifiedRun(v), err
}

func verifiedRun(v *Verified) nightly.Run {
	if v == nil {
		return nightly.Run{}
	}
	return nightly.Run{Problems: v.ProblemsTotal}
}

// failure is that problems were found; nil: none were.
func (v *Verified) failure() error {
	if v == nil || v.OK {
		return nil
	}
	return fault.New(fault.Damaged, "%d problems found", v.ProblemsTotal).WithHint("see docs/operations.md, when verify finds a problem")
}
