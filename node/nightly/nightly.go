// Package nightly does jobs at a time of day in the network's zone, one after the
// other, and keeps how they went in a file of the directory, where whoever looks after
// it finds that also while nothing serves it. What a job does is another package's;
// account.Nightly is what a directory says of itself at the turn of the day.
package nightly

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"tongbu/internal/fault"
)

// Job is done once a day.
type Job struct {
	Name Name
	At   time.Duration // of the day, in hours and minutes
	// Do does it. What it returns beside an error is kept too. Busy: it is tried again
	// in a minute.
	Do func(ctx context.Context) (Run, error)
}

// Runner does jobs when they are due. Run is called once.
type Runner struct {
	Jobs  []Job // in the order in which they are done when several are due
	Book  *Book
	Zone  func() (*time.Location, error)
	Now   func() time.Time
	Log   *slog.Logger
	Every time.Duration // how often it is seen whether one is due; 0: a minute

	running atomic.Pointer[Name]
	behind  map[Name]time.Time // when a result was found that is ahead of the clock
}

// lookEvery bounds how late a job begins, also after a computer slept or its clock was
// set: no timer counts the time in between.
const lookEvery = time.Minute

// Run works until the context ends; the job under way has ended when it returns. A job
// that fails is no failure of Run: how it went is in the book.
func (r *Runner) Run(ctx context.Context) error {
	if len(r.Jobs) == 0 {
		<-ctx.Done()
		return nil
	}
	every := r.Every
	if every == 0 {
		every = lookEvery
	}
	look := time.NewTicker(every)
	defer look.Stop()
	for ctx.Err() == nil {
		r.Once(ctx)
		select {
		case <-ctx.Done():
		case <-look.C:
		}
	}
	return nil
}

// Once does the jobs that are due, one after the other.
func (r *Runner) Once(ctx context.Context) {
	zone, err := r.Zone()
	if err != nil {
		r.Log.Warn("what is to be done at night has no time zone", "kind", fault.Of(err).String(), "reason", err.Error())
		return
	}
	for _, j := range r.Jobs {
		if ctx.Err() == nil && r.isDue(j, zone) {
			r.do(ctx, j)
		}
	}
}

// Running is the job under way; "": none is.
func (r *Runner) Running() Name {
	if at := r.running.Load(); at != nil {
		return *at
	}
	return ""
}

// isDue reports whether the job's time has come since it was done last. One that was
// never done is due at once, and so is one whose time has passed while nothing served
// the directory: once, however often it was missed.
func (r *Runner) isDue(j Job, zone *time.Location) bool {
	now, last := r.Now(), r.Book.Results().Of(j.Name).Last.Began
	if last.After(now) { // the clock was set back; nobody can wait for the old one's time
		if r.behind == nil {
			r.behind = map[Name]time.Time{}
		}
		if r.behind[j.Name].IsZero() || r.behind[j.Name].After(now) {
			r.behind[j.Name] = now
		}
		last = r.behind[j.Name]
	}
	return LastDue(j.At, now, zone).After(last)
}

// do does a job and keeps how it went. One that was stopped is due again at the next
// start.
func (r *Runner) do(ctx context.Context, j Job) {
	r.running.Store(&j.Name)
	defer r.running.Store(nil)
	began := r.Now()
	done, err := j.Do(ctx)
	if err != nil && (ctx.Err() != nil || fault.Of(err) == fault.Busy) {
		return
	}
	done = done.ended(began, r.Now(), err)
	r.say(j.Name, done)
	if err := r.Book.Keep(j.Name, done); err != nil {
		r.Log.Warn("how a nightly job went cannot be kept", "path", string(j.Name), "kind", fault.Of(err).String(), "reason", err.Error())
	}
}

func (r *Runner) say(name Name, done Run) {
	at := []any{"path", string(name), "took", time.Duration(done.DurationMS * float64(time.Millisecond)).Round(time.Millisecond)}
	if done.Bytes > 0 {
		at = append(at, "bytes", done.Bytes)
	}
	if done.File != "" {
		at = append(at, "file", done.File)
	}
	if done.OK {
		r.Log.Info("a nightly job is done", at...)
		return
	}
	r.Log.Warn("a nightly job failed", append(at, "kind", done.Kind, "reason", done.Message)...)
}

// LastDue is when a job was to be done last, now included.
func LastDue(at time.Duration, now time.Time, zone *time.Location) time.Time {
	due := dueOn(now.In(zone), 0, at)
	if due.After(now) {
		due = dueOn(now.In(zone), -1, at)
	}
	return due
}

// NextDue is when a job is to be done next.
func NextDue(at time.Duration, now time.Time, zone *time.Location) time.Time {
	due := dueOn(now.In(zone), 0, at)
	if !due.After(now) {
		due = dueOn(now.In(zone), 1, at)
	}
	return due
}

// dueOn is the time of day of a day so many after the one of now. An hour that a zone
// leaves out is the one after it.
func dueOn(now time.Time, days int, at time.Duration) time.Time {
	year, month, day := now.Date()
	return time.Date(year, month, day+days, int(at/time.Hour), int(at%time.Hour/time.Minute), 0, 0, now.Location())
}
