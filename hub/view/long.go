package view

import (
	"context"
	"sync"

	"tongbu/internal/fault"
)

// longReads are the questions that may go on for minutes: they hold no lock, or
// whoever waits to change the tree would keep all others waiting too. They are ended
// before the tables are taken away from them.
type longReads struct {
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func newLongReads() *longReads {
	l := new(longReads)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// end ends them and waits until they are over.
func (l *longReads) end() {
	l.cancel()
	l.running.Wait()
}

// readLong runs read with a lock that is given back when done is called, at the
// latest at its end. The tables stay until it is over.
func (m *Merged) readLong(ctx context.Context, read func(ctx context.Context, done func()) error) error {
	m.mu.RLock()
	var once sync.Once
	done := func() { once.Do(m.mu.RUnlock) }
	defer done()
	if m.closed {
		return fault.New(fault.Unavailable, "the view is closed")
	}
	long := m.long
	long.running.Add(1)
	defer long.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(long.ctx, cancel)()
	err := read(ctx, done)
	if err != nil && long.ctx.Err() != nil {
		return fault.As(fault.Unavailable, "the view is made again", err).WithHint("ask again")
	}
	return err
}

// EachRow implements Reader. The lock is held until the engine has its moment.
func (m *Merged) EachRow(ctx context.Context, q Query, fn func(context.Context, Row) error) error {
	q.Limit = 0
	return m.readLong(ctx, func(ctx context.Context, done func()) error {
		s, err := m.rows(&q)
		if err != nil {
			return err
		}
		return s.each(ctx, m.tables, func(row Row) error {
			done()
			return fn(ctx, row)
		})
	})
}

// EachGroup implements Reader.
func (m *Merged) EachGroup(ctx context.Context, q Query, by []string, fn func(context.Context, Group) error) error {
	q.Limit = 0
	return m.readLong(ctx, func(ctx context.Context, done func()) error {
		s, err := m.groups(&q, by)
		if err != nil {
			return err
		}
		each := func(g Group) error {
			done()
			return fn(ctx, g)
		}
		field, ok := m.keptCount(s.Selection)
		if !ok || q.Named {
			return s.each(ctx, m.tables, each)
		}
		groups, err := m.addUp(ctx, s.Selection, field)
		for i := 0; err == nil && i < len(groups); i++ {
			err = each(groups[i])
		}
		return err
	})
}

// changes counts the changes to the rows of each kind, as far as questions may see
// them.
type changes struct {
	mu     sync.Mutex // guards what follows
	every  uint64
	byKind map[string]uint64
}

func (c *changes) of(kinds []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKind == nil {
		c.byKind = map[string]uint64{}
	}
	for _, k := range kinds {
		c.byKind[k]++
	}
}

func (c *changes) all() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.every++
}

// Changed implements Reader.
func (m *Merged) Changed(kind string) uint64 {
	m.changes.mu.Lock()
	defer m.changes.mu.Unlock()
	return m.changes.every + m.changes.byKind[kind]
}
