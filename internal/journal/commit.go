package journal

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"time"

	berrors "go.etcd.io/bbolt/errors"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// maxGroup bounds how many updates share a transaction.
const maxGroup = 128

// call is one Update on its way.
type call struct {
	ctx  context.Context
	fn   func(*Tx) error
	turn chan bool // true: lead a round; false: done, see err
	told bool      // true was sent; guarded by Store.mu
	err  error     // written by the leader before it sends false
}

// Update runs fn in a transaction and returns when that is on the disk.
// Concurrent callers share a transaction and its sync. fn may therefore run
// several times, of which only the last is committed, and in another goroutine:
// it must be idempotent, without effects outside the transaction, quick, and
// must not wait for anything.
//
// When fn returns an error, nothing of it is kept, the others' work is, and
// the error is returned as it is. Update returns Full when there is no room
// on the disk or under MaxSize: nothing of the transaction is kept and the
// store goes on. It returns Damaged after any other failure of a commit: the
// outcome is unknown, and every later call fails likewise until the process
// restarts. It returns Canceled when ctx ended before fn's turn came (the
// work is not done then) and after Close.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	c := &call{ctx: ctx, fn: fn, turn: make(chan bool, 1)}
	if !s.enqueue(c) && !s.await(c) {
		return c.err
	}
	s.lead(c)
	return c.err
}

// enqueue reports whether c must lead because nobody does.
func (s *Store) enqueue(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, c)
	lead := !s.led
	s.led = true
	return lead
}

// await returns true when it is c's turn to lead, false when c is done.
func (s *Store) await(c *call) bool {
	select {
	case lead := <-c.turn:
		return lead
	case <-c.ctx.Done():
	}
	if s.withdraw(c) {
		c.err = fault.Wrap("wait for the journal", c.ctx.Err())
		return false
	}
	return <-c.turn
}

// withdraw takes c out of the queue unless a round has begun with it or it
// has been told to lead.
func (s *Store) withdraw(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(s.queue, c)
	if at < 0 || c.told {
		return false
	}
	s.queue = slices.Delete(s.queue, at, at+1)
	return true
}

// lead commits one group, c's among them, and hands on. It does so even if a
// function of the group ends its goroutine.
func (s *Store) lead(c *call) {
	group := s.takeGroup(c)
	for _, member := range group {
		member.err = fault.New(fault.Internal, "the transaction was abandoned")
	}
	defer s.handOn()
	defer func() {
		failpoint.Reach("journal.group.tell")
		for _, member := range group {
			if member != c {
				member.turn <- false
			}
		}
	}()
	s.runGroup(group)
}

// takeGroup removes a group from the queue, c first.
func (s *Store) takeGroup(c *call) []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := min(len(s.queue), maxGroup)
	if s.solo {
		size = 1
	}
	at := slices.Index(s.queue, c)
	s.queue = slices.Insert(slices.Delete(s.queue, at, at+1), 0, c)
	group := slices.Clone(s.queue[:size])
	s.queue = slices.Delete(s.queue, 0, size)
	return group
}

// handOn makes the first who waits the next leader.
func (s *Store) handOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.led = false
		return
	}
	s.queue[0].told = true
	s.queue[0].turn <- true
}

// runGroup runs the group's functions in one transaction, again without the one
// that fails until none does, and commits. Errors of functions are returned only
// after that, because they may come from what others did in a transaction that
// was then lost.
func (s *Store) runGroup(group []*call) {
	s.writer.Lock()
	defer s.writer.Unlock()
	live, refused := s.splitRunnable(group)
	for len(live) > 0 {
		failed, err := s.commitOnce(live)
		if failed == nil {
			s.setOutcome(live, refused, err)
			return
		}
		failed.err = err
		refused = append(refused, failed)
		live = slices.DeleteFunc(live, func(c *call) bool { return c == failed })
	}
}

// splitRunnable drops the calls that must not run any more.
func (s *Store) splitRunnable(group []*call) (live, refused []*call) {
	state := s.checkUsable()
	for _, c := range group {
		switch {
		case state != nil:
			c.err = state
		case c.ctx.Err() != nil:
			c.err = fault.Wrap("wait for the journal", c.ctx.Err())
		default:
			live = append(live, c)
		}
	}
	return live, nil
}

// setOutcome gives the outcome of the commit to all that took part.
func (s *Store) setOutcome(live, refused []*call, err error) {
	if err != nil {
		live = append(live, refused...)
	} else {
		s.commits.Add(1)
		s.updates.Add(uint64(len(live)))
	}
	for _, c := range live {
		c.err = err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.solo = err != nil
	if err == nil {
		s.signalLocked()
	}
}

// commitOnce runs the functions and commits; it returns the call whose function
// failed, or none and the outcome of the commit.
func (s *Store) commitOnce(live []*call) (failed *call, err error) {
	defer s.guard(&err)()
	start := time.Now()
	tx, err := s.db.Begin(true)
	if err != nil {
		return nil, beginFault(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for _, c := range live {
		if err := newTx(tx, s.aead, s.now).run(c.fn); err != nil {
			return c, err
		}
	}
	id := tx.ID()
	if err := failpoint.Fail("journal.commit.before"); err != nil {
		return nil, s.commitFailed(id, err)
	}
	if err := s.commit(tx); err != nil {
		return nil, s.commitFailed(id, err)
	}
	failpoint.Reach("journal.commit.after")
	s.durable.Store(int64(id))
	done := tx.Stats()
	s.times.Commit.Since(start)
	s.times.Sync.Add(done.GetWriteTime())
	return nil, nil
}

// commitFailed judges a failed commit. When there was no room for its pages and
// its meta page is not there either, nothing has happened; after any other
// failure it is unknown what is on the disk.
func (s *Store) commitFailed(id int, cause error) error {
	if !isFull(cause) || s.visibleTx() >= id {
		return s.poison(cause)
	}
	s.noRoom()
	full := fault.As(fault.Full, "write the journal", cause)
	if errors.Is(cause, berrors.ErrMaxSizeReached) {
		full = full.WithHint("raise max_size in tongbu.yaml; nothing acknowledged is lost")
	}
	return full
}

func isFull(err error) bool {
	const (
		windowsHandleDiskFull = syscall.Errno(39)
		windowsDiskFull       = syscall.Errno(112)
	)
	return errors.Is(err, berrors.ErrMaxSizeReached) || fault.Of(err) == fault.Full ||
		(onWindows && (errors.Is(err, windowsDiskFull) || errors.Is(err, windowsHandleDiskFull)))
}

// visibleTx is the transaction a reader would see now.
func (s *Store) visibleTx() int {
	tx, err := s.db.Begin(false)
	if err != nil {
		return int(^uint(0) >> 1)
	}
	defer tx.Rollback() //nolint:errcheck // a read transaction has nothing to lose
	return tx.ID()
}
