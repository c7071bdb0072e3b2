package replica

import (
	"context"
	"errors"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/tally"
	"tongbu/internal/task"
	"tongbu/syncer"
)

// Tasks lists what every tier does while it is served: the root has nobody
// above it.
func (r *Replica) Tasks() []task.Task {
	tasks := []task.Task{r.guard, r.sayState, r.sayReleased, r.sayPlaces, r.tellHeads, r.saveContacts, r.Space.keepReserve, r.sayCounted, r.keepIndexes}
	if r.IsRoot() {
		return tasks
	}
	renewer := &identity.Renewer{Keystore: r.Keys, Registrar: r.Registrar(), Log: r.Log}
	return append(tasks, r.Uplink.Run, renewer.Run)
}

// sayCounted writes what the log has counted instead of repeating it.
func (r *Replica) sayCounted(ctx context.Context) error { return tally.Run(ctx, r.Log) }

// guard ends the process's work when the journal or the audit log accepts no more:
// whether the last transaction or entry is on the disk is unknown then, until the file
// is opened again.
func (r *Replica) guard(ctx context.Context) error {
	look := time.NewTicker(r.cfg.Look)
	defer look.Stop()
	for {
		changed := r.Journal.Changed()
		if err := r.Journal.View(func(*journal.Tx) error { return nil }); err != nil {
			return fault.Wrap("the journal failed", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-look.C:
			if err := r.Journal.Present(); err != nil {
				return r.rescue(err)
			}
			if err := r.guardLookups(); err != nil {
				return err
			}
		}
	}
}

// guardLookups is guard for the audit log.
func (r *Replica) guardLookups() error {
	log := r.Lookups.Log()
	if err := log.Failed(); err != nil {
		return fault.As(fault.Damaged, "the audit log failed", err)
	}
	gone := log.Present()
	if gone == nil {
		return nil
	}
	path, err := log.Rescue()
	if err != nil {
		return fault.As(fault.Damaged, "the audit log was taken away and cannot be saved", errors.Join(gone, err))
	}
	return fault.As(fault.Damaged, "stop", gone).WithHint("all that was logged is in %s; start again, and keep other programs off the directory", path)
}

// rescue saves what the journal holds when its file was taken away. The work
// ends: nothing can be written to the file that was saved.
func (r *Replica) rescue(gone error) error {
	if r.Lookups.Log().Present() != nil {
		if _, err := r.Lookups.Log().Rescue(); err != nil {
			gone = errors.Join(gone, err)
		}
	}
	path, err := r.Journal.Rescue()
	if err != nil {
		return fault.As(fault.Damaged, "the journal's file was taken away and cannot be saved", errors.Join(gone, err))
	}
	stopped := fault.As(fault.Damaged, "stop", gone)
	if path != r.journalPath() {
		return stopped.WithHint("all that was saved is in %s: put it in the place of %s, which is another file now, and start again", path, JournalFile)
	}
	return stopped.WithHint("all that was saved is in %s; start again, and keep other programs off the directory", path)
}

// tellHeads keeps the contacts up to date with what this device has written.
func (r *Replica) tellHeads(ctx context.Context) error {
	for {
		changed := r.Streams.Written()
		r.Contact.Wrote(r.ownHeads())
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

func (r *Replica) ownHeads() []syncer.Head {
	var heads []syncer.Head
	for _, e := range r.Streams.OwnEntries() {
		heads = append(heads, syncer.Head{Stream: e.Stream, Seq: e.Head})
	}
	return heads
}
