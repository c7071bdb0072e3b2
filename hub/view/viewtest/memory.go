package viewtest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// Memory is view.Tables without a database. A transaction works on a copy of
// everything, so it is for tests that are small.
type Memory struct {
	schema *schema.Schema

	mu      sync.RWMutex // guards the fields below
	open    bool
	content *memory // replaced as a whole, never changed
}

var _ view.Tables = (*Memory)(nil)

// NewMemory returns tables that hold nothing and are not open yet. To open
// them again with another schema, see With.
func NewMemory(s *schema.Schema) *Memory { return &Memory{schema: s} }

// With returns tables of another schema with the content of these.
func (m *Memory) With(s *schema.Schema) *Memory { return &Memory{schema: s, content: m.content} }

// memory is what the tables hold at one moment.
type memory struct {
	identity string
	standing view.Standing // but Strays and Refusals
	streams  map[change.Stream]int64
	units    []memoryUnit // by number, from 1
	rows     map[recordKey]memoryRow
	counts   map[countKey]int64
	strays   map[view.Stray]bool
	refused  map[change.RecordID]system.Refused // by refusal
	ranges   map[change.RecordID]view.Span      // likewise
}

type recordKey struct {
	kind string
	id   change.RecordID
}

type countKey struct {
	kind, field string
	unit        change.UnitID
	value       view.Cell
}

type memoryUnit struct {
	id   change.UnitID
	path view.Path
}

type memoryRow struct {
	cells  []view.Cell
	stored []byte
}

func (c *memory) clone() *memory {
	return &memory{identity: c.identity, standing: c.standing, streams: maps.Clone(c.streams), units: slices.Clone(c.units), rows: maps.Clone(c.rows),
		counts: maps.Clone(c.counts), strays: maps.Clone(c.strays), refused: maps.Clone(c.refused), ranges: maps.Clone(c.ranges)}
}

func (c *memory) stand() view.Standing {
	s := c.standing
	s.Strays, s.Refusals, s.Ranges = len(c.strays) > 0, len(c.refused) > 0, len(c.ranges) > 0
	return s
}

// Open implements view.Tables.
func (m *Memory) Open(ctx context.Context, identity string) error {
	m.mu.Lock()
	m.open = true
	fit := m.content != nil && m.content.identity == identity
	m.mu.Unlock()
	if fit {
		return nil
	}
	return m.Make(ctx, identity, m.schema)
}

// Make implements view.Tables.
func (m *Memory) Make(_ context.Context, identity string, of *schema.Schema) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.schema = of
	m.content = &memory{identity: identity, streams: map[change.Stream]int64{}, rows: map[recordKey]memoryRow{},
		counts: map[countKey]int64{}, strays: map[view.Stray]bool{}, refused: map[change.RecordID]system.Refused{}, ranges: map[change.RecordID]view.Span{}}
	return nil
}

// Grow implements view.Tables: Use does it.
func (m *Memory) Grow(context.Context, *schema.Schema) error { return nil }

// Use implements view.Tables.
func (m *Memory) Use(of *schema.Schema) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.content.clone()
	next.identity, next.standing.Settled = "", false
	for key, row := range next.rows {
		was, _ := m.schema.Kind(key.kind)
		is, _ := of.Kind(key.kind)
		cells := slices.Clone(row.cells[:len(view.RowFixed())])
		for _, c := range view.Columns(is) {
			at := slices.IndexFunc(view.Columns(was), func(o view.Column) bool { return o.Field == c.Field })
			if at < 0 {
				cells = append(cells, view.Cell{})
			} else {
				cells = append(cells, row.cells[len(view.RowFixed())+at])
			}
		}
		next.rows[key] = memoryRow{cells: cells, stored: row.stored}
	}
	m.content, m.schema = next, of
}

// Close implements view.Tables.
func (m *Memory) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open = false
}

// now is the content at this moment.
func (m *Memory) now(ctx context.Context) (*memory, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap("use the tables", err)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if !m.open {
		return nil, fault.New(fault.Unavailable, "the tables are closed")
	}
	return m.content, nil
}

// Portion implements view.Tables: so few that the suite has several.
func (m *Memory) Portion() int { return 3 }

// Update implements view.Tables.
func (m *Memory) Update(ctx context.Context, fn func(view.Tx) error) error {
	now, err := m.now(ctx)
	if err != nil {
		return err
	}
	next := now.clone()
	if err := fn(&memoryTx{memory: next, schema: m.schema}); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.content = next
	return nil
}

// Settle implements view.Tables: there is nothing to make.
func (m *Memory) Settle(ctx context.Context, settled bool) error {
	return m.Update(ctx, func(tx view.Tx) error {
		tx.(*memoryTx).standing.Settled = settled
		return nil
	})
}
