package audit

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"tongbu/internal/durable"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// How much one write holds, and so how much stands in memory.
const (
	maxGroup      = 128
	maxGroupBytes = 1 << 20
)

// call is one Append on its way.
type call struct {
	ctx   context.Context
	entry Entry
	turn  chan bool // true: lead a write; false: done, see mark and err
	told  bool      // true was sent; guarded by Log.mu
	mark  Mark      // written by the leader before it sends false
	err   error     // likewise
}

// size is about how many bytes the entry takes.
func (c *call) size() int { return 1<<10 + len(c.entry.Filter) + 20*len(c.entry.Subjects) }

// Append writes an entry behind the last one and returns the new head: the entry is
// on the disk then. It sets the number, and makes the texts of the caller fit to be
// kept and shown: one printable line each, ID numbers masked, cut to the limits.
// Concurrent callers share a write and its sync.
//
// On an error the entry is not in the log: Full when there is no room, Canceled when
// ctx ended before the entry's turn came and after Close, Invalid for an entry that
// is too large. After a sync that failed for another reason Append returns Damaged
// until the process has opened the log again; whether the entry is in it is unknown.
func (l *Log) Append(ctx context.Context, e Entry) (Mark, error) {
	e.cleanTexts()
	c := &call{ctx: ctx, entry: e, turn: make(chan bool, 1)}
	if !l.enqueue(c) && !l.await(c) {
		return c.mark, c.err
	}
	l.lead(c)
	return c.mark, c.err
}

// enqueue reports whether c must lead because nobody does.
func (l *Log) enqueue(c *call) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, c)
	lead := !l.led
	l.led = true
	return lead
}

// await returns true when it is c's turn to lead, false when c is done.
func (l *Log) await(c *call) bool {
	select {
	case lead := <-c.turn:
		return lead
	case <-c.ctx.Done():
	}
	if l.withdraw(c) {
		c.err = fault.Wrap("wait for the audit log", c.ctx.Err())
		return false
	}
	return <-c.turn
}

// withdraw takes c out of the queue unless a write has begun with it or it has been
// told to lead.
func (l *Log) withdraw(c *call) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.Index(l.queue, c)
	if at < 0 || c.told {
		return false
	}
	l.queue = slices.Delete(l.queue, at, at+1)
	return true
}

// lead writes one group, c's entry among it, and hands on.
func (l *Log) lead(c *call) {
	group := l.takeGroup(c)
	err := error(fault.New(fault.Internal, "the write was abandoned"))
	defer l.handOn()
	defer func() {
		for _, member := range group {
			if err != nil {
				member.mark, member.err = Mark{}, err
			}
			if member != c {
				member.turn <- false
			}
		}
	}()
	err = l.writeGroup(group)
}

// takeGroup removes a group from the queue, c first.
func (l *Log) takeGroup(c *call) []*call {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = slices.DeleteFunc(l.queue, func(other *call) bool { return other == c })
	n, size := 0, c.size()
	for n < len(l.queue) && n < maxGroup-1 && size < maxGroupBytes {
		size += l.queue[n].size()
		n++
	}
	group := append([]*call{c}, l.queue[:n]...)
	l.queue = slices.Delete(l.queue, 0, n)
	return group
}

// handOn makes the first who waits the next leader.
func (l *Log) handOn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.led = false
		return
	}
	l.queue[0].told = true
	l.queue[0].turn <- true
}

// usable returns why the log takes no entries, nil when it does.
func (l *Log) usable() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return fault.New(fault.Canceled, "the audit log is closed")
	case l.broken != nil:
		return fault.As(fault.Damaged, "the audit log has failed and takes nothing more until the process restarts", l.broken).
			WithHint("restart the process: it checks the file and goes on from what is on the disk")
	}
	return nil
}

// writeGroup writes the entries of a group with one sync. Errors of single entries
// are in their calls; the one that is returned is everybody's.
func (l *Log) writeGroup(group []*call) error {
	l.writer.Lock()
	defer l.writer.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	last := l.Last()
	b := &batch{aead: l.aead}
	if l.base != nil {
		b.addBase(*l.base)
		last.Head = *l.base
	}
	written := false
	for _, c := range group {
		if c.ctx.Err() != nil {
			c.err = fault.Wrap("wait for the audit log", c.ctx.Err())
		} else if c.mark, c.err = b.addEntry(c.entry, last.Head); c.err == nil {
			last, written = c.mark, true
		}
	}
	if !written {
		return nil
	}
	start, err := l.writeBatch(b)
	if err != nil {
		return err
	}
	for _, c := range group {
		if c.err == nil {
			c.mark.off, c.mark.lost = c.mark.off+start, l.lost
		}
	}
	last.off += start
	l.base = nil
	l.moveEnd(start+int64(len(b.buf)), last)
	return nil
}

// writeBatch puts the bytes on the disk and returns where they begin.
func (l *Log) writeBatch(b *batch) (start int64, err error) {
	if l.file == nil {
		return l.makeFile(b)
	}
	if err := l.checkSize(); err != nil {
		return 0, err
	}
	if err := l.cutBack(); err != nil {
		return 0, err
	}
	l.dirty = true
	err = failpoint.Fail("audit.append.before")
	if err == nil {
		_, err = l.file.WriteAt(b.buf, l.end)
	}
	if err == nil {
		failpoint.Reach("audit.append.written")
		err = l.syncFile()
	}
	if err != nil {
		_ = l.cutBack() // else before the next write
		return 0, fault.Wrap("write the audit log", err)
	}
	failpoint.Reach("audit.append.synced")
	l.dirty = false
	return l.end, nil
}

// checkSize ends the log when somebody has cut the file while it was in use: what was
// acknowledged is gone, and the next opening says so.
func (l *Log) checkSize() error {
	info, err := l.file.Stat()
	switch {
	case err != nil:
		return fault.Wrap("write the audit log", err)
	case info.Size() < l.end:
		l.fail(fault.New(fault.Damaged, "the file was cut while it was in use"))
		return l.usable()
	}
	l.dirty = l.dirty || info.Size() > l.end
	return nil
}

// syncFile ends the log when a sync fails, unless there was only no room: what is
// behind the end is unknown then, and what the system still shows proves nothing.
func (l *Log) syncFile() error {
	start := time.Now()
	err := l.sync(l.file)
	l.syncs.Since(start)
	if err != nil && fault.Of(err) != fault.Full {
		l.fail(err)
	}
	return err
}

// cutBack removes what a write that failed has left behind the end, so that the next
// one meets nothing there.
func (l *Log) cutBack() error {
	if !l.dirty {
		return nil
	}
	if err := l.file.Truncate(l.end); err != nil {
		return fault.Wrap("write the audit log", err)
	}
	if err := l.syncFile(); err != nil {
		return fault.Wrap("write the audit log", err)
	}
	l.dirty = false
	return nil
}

// makeFile makes the file with its first records.
func (l *Log) makeFile(b *batch) (start int64, err error) {
	err = durable.Save(l.path, true, func(w io.Writer) error {
		_, err := w.Write(append(header(), b.buf...))
		return err
	})
	if err != nil {
		return 0, err
	}
	file, err := os.OpenFile(l.path, os.O_RDWR, 0o600)
	if err != nil {
		err = errors.Join(err, os.Remove(l.path)) // nobody is answered: the next entry has this number
		return 0, fault.Wrap("write the audit log", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file, l.end = file, int64(headerSize)
	return l.end, nil
}

// moveEnd lets readers see what is on the disk.
func (l *Log) moveEnd(end int64, last Mark) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end, l.last = end, last
}
