package view

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Merged is a view over an engine's tables: it merges what comes in, and turns
// questions into selections. It is the one implementation of View for all
// engines.
type Merged struct {
	opts   Options
	tables Tables

	write   sync.Mutex         // held by whoever changes the tables; guards day, pass, filled and book
	day     string             // for which findings are made; "": for none
	pass    *pass              // the review that is under way
	filled  map[string]bool    // kinds that have or had rows; nil: not known
	reads   map[string]bool    // kinds that the book makes rows of
	book    *facts.Book        // makes the derived rows; nil: to be made again, of what the city has published
	mu      sync.RWMutex       // guards the fields below, and the tables against Make and Close; a question holds it for reading
	schema  *schema.Schema     // that the tables are of
	layouts map[string]*layout // by kind
	derived []*schema.Kind     // the derived kinds
	tree    *tree.Tree         // of which the rows' paths are
	closed  bool
	long    *longReads // questions that hold none of the locks

	kept kept // counts
	past past // parts of figures

	holdings atomic.Pointer[holdings] // records that were given to another unit; nil: to be read of the tables
	changes  changes                  // to rows, by kind
}

var _ View = (*Merged)(nil)

// Open opens a view over tables, which are its own from then on. Tables that
// cannot be used are made again: Applied is then 0. It returns what Tables.Open
// and Tables.Make return.
func Open(ctx context.Context, t Tables, s *schema.Schema, opts Options) (*Merged, error) {
	m := &Merged{schema: s, opts: opts, layouts: layouts(s), derived: derivedKinds(s), tables: t, tree: opts.Tree, long: newLongReads()}
	err := t.Open(ctx, m.identity())
	if err == nil {
		err = m.learnHoldings(ctx)
	}
	if err == nil {
		err = m.retree(ctx)
	}
	if err == nil {
		err = m.findDay(ctx)
	}
	if fault.Of(err) == fault.Damaged {
		err = m.remake(ctx)
	}
	if err != nil {
		t.Close()
		return nil, fault.Wrap("open the view", err)
	}
	return m, nil
}

// findDay learns for which day the findings are.
func (m *Merged) findDay(ctx context.Context) error {
	now, err := m.tables.Standing(ctx)
	m.day = now.Reviewed
	return err
}

// effects numbers the rule of which record a change is of and whether it has an
// effect (access.Effect, and who is whose heir), and of where it belongs (BelongingOf). Tables made by
// another one hold other records.
const effects = 5

// identity says what tables must have been made for to be of use. The city's
// unit is part of it, as it decides which refusals count, and so is the version of the
// rules by which derived rows are made.
func (m *Merged) identity() string {
	return fmt.Sprintf("%d/%d/%s/%q/%q", effects, facts.Version, Shape(m.schema), m.opts.City, m.opts.Source)
}

// remake throws the tables away and makes new ones.
func (m *Merged) remake(ctx context.Context) error {
	m.day, m.pass, m.filled, m.book = "", nil, nil, nil
	m.kept.drop()
	m.past.drop()
	m.holdings.Store(&holdings{})
	if err := m.tables.Make(ctx, m.identity(), m.schema); err != nil {
		return err
	}
	return m.retree(ctx)
}

// Reset implements Keeper.
func (m *Merged) Reset(ctx context.Context) error {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errViewClosed()
	}
	defer m.changes.all()
	return fault.Wrap("reset the view", m.startAgain(ctx))
}

// Close implements View. It waits for the questions that are running, and ends those
// that hold no lock.
func (m *Merged) Close() error {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.long.end()
	m.tables.Close()
	return nil
}

// update runs fn in the one write transaction, and then what its outcome is for.
func (m *Merged) update(ctx context.Context, fn func(Tx) error, then func(error)) error {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	err := m.tables.Update(ctx, fn)
	then(err)
	return err
}

// Settle implements Keeper.
func (m *Merged) Settle(ctx context.Context) error {
	return fault.Wrap("make the indexes of the view", m.settle(ctx, true))
}

// Unsettle implements Keeper.
func (m *Merged) Unsettle(ctx context.Context) error {
	return fault.Wrap("drop the indexes of the view", m.settle(ctx, false))
}

func (m *Merged) settle(ctx context.Context, settled bool) error {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	now, err := m.tables.Standing(ctx)
	if err != nil || now.Settled == settled {
		return err
	}
	return m.tables.Settle(ctx, settled)
}

// Settled implements Keeper.
func (m *Merged) Settled(ctx context.Context) (bool, error) {
	s, err := m.standing(ctx)
	return s.Settled, err
}

// Reviewed implements Keeper.
func (m *Merged) Reviewed(ctx context.Context) (string, error) {
	s, err := m.standing(ctx)
	return s.Reviewed, err
}

// Applied implements Keeper.
func (m *Merged) Applied(ctx context.Context) (uint64, error) {
	s, err := m.standing(ctx)
	return s.Applied, err
}

// Skipped implements Keeper.
func (m *Merged) Skipped(ctx context.Context) (uint64, error) {
	s, err := m.standing(ctx)
	return s.Skipped, err
}

func (m *Merged) standing(ctx context.Context) (Standing, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.tables.Standing(ctx)
}

// Retree implements Keeper. Questions wait meanwhile, so none is asked with
// the scope of one tree and answered with the columns of another.
func (m *Merged) Retree(ctx context.Context, t *tree.Tree) error {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.tree
	m.tree = t
	if err := m.retree(ctx); err != nil {
		m.tree = was
		return fault.Wrap("change the tree of the view", err)
	}
	m.changes.all()
	m.past.drop()
	return nil
}

// retree makes the paths of the rows those of m.tree.
func (m *Merged) retree(ctx context.Context) error {
	want := nameOf(m.tree)
	m.pass = nil
	return m.tables.Update(ctx, func(tx Tx) error {
		have, err := tx.Standing()
		if err != nil || have.Tree == want {
			return err
		}
		if err := tx.Reviewed(""); err != nil { // a form number names a code
			return err
		}
		return tx.Retree(want, func(unit change.UnitID) Path { return PathOf(m.tree, unit) })
	})
}

// nameOf is a hash of what paths are made from; "" for no tree.
func nameOf(t *tree.Tree) string {
	if t == nil {
		return ""
	}
	units := t.Units(t.Root().ID)
	for i := range units {
		units[i].Name = "" // not in any column
	}
	raw, err := json.Marshal(units)
	if err != nil {
		return "" // strings and numbers only: cannot happen
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func errViewClosed() error { return fault.New(fault.Unavailable, "the view is closed") }
