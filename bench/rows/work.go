package rows

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tongbu/bench/people"
	"tongbu/bench/town"
	"tongbu/internal/tree"
)

// leaves is how many communities send at once in the rows that have a hub.
const leaves = 10

// perBatch is how many changes a node that was offline seals into a batch.
const perBatch = 1000

// street is a city with one street hub and communities below it; their
// directories are closed, and changes wait in each community.
type street struct {
	*town.Town
	hubs  []*town.Member // below the city, the district first
	nodes []*town.Member
	each  int // changes waiting at a node
}

// newStreet founds the network and has each waiting changes ready at each of
// n nodes. withDistrict puts a hub between the city and the street.
func newStreet(ctx context.Context, e *Env, name string, n, each int, withDistrict bool) (*street, error) {
	t, err := town.Found(ctx, e.path(name), town.Shape{Districts: 1, Streets: 1, Communities: n})
	if err != nil {
		return nil, err
	}
	s := &street{Town: t, each: each}
	hubs := town.Level(t.Units, tree.Street)
	if withDistrict {
		hubs = append(town.Level(t.Units, tree.District), hubs...)
	}
	if s.hubs, err = t.Start(ctx, hubs...); err != nil {
		return nil, err
	}
	if s.nodes, err = t.Start(ctx, town.Level(t.Units, tree.Community)...); err != nil {
		return nil, err
	}
	if err := t.Stop(); err != nil {
		return nil, err
	}
	for _, m := range s.nodes {
		if err := fill(ctx, m, each); err != nil {
			return nil, fmt.Errorf("fill %s: %w", m.Unit.Code, err)
		}
	}
	return s, t.Snapshot()
}

// fill puts n persons into a closed node, sealed and waiting for the line.
func fill(ctx context.Context, m *town.Member, n int) error {
	if n == 0 {
		return nil
	}
	if err := m.Open(ctx); err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	encoded, err := people.Encode(people.In(m.Unit, n), m.Unit.ID)
	if err != nil {
		return err
	}
	author := people.NewAuthor(m.Replica.Keys.Key(), m.Unit.ID)
	if err := m.Replica.Streams.Seal(ctx, author.Stream); err != nil { // what the node has said of itself
		return err
	}
	if e, known := m.Replica.Streams.Entry(author.Stream); known {
		author.After(e.Sealed)
	}
	batches, err := author.Seal(encoded, perBatch)
	if err != nil {
		return err
	}
	return m.Wait(ctx, batches)
}

// open opens members and serves all but the nodes, which are served by run.
func (s *street) open(ctx context.Context, hubs ...*town.Member) error {
	for _, m := range append(hubs, s.nodes...) {
		if err := m.Open(ctx); err != nil {
			return err
		}
	}
	for _, m := range hubs {
		if err := m.Run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// deliver lets the nodes go and waits until so.
func (s *street) deliver(ctx context.Context, so func() (bool, error)) (time.Duration, error) {
	start := time.Now()
	for _, m := range s.nodes {
		if err := m.Run(ctx); err != nil {
			return 0, err
		}
	}
	err := town.Until(ctx, 5*time.Minute, so)
	return time.Since(start), err
}

// acked reports whether the hub has told every node that all is on its disk.
func (s *street) acked() (bool, error) {
	for _, m := range s.nodes {
		if r, err := m.Reached(); err != nil || r.Parent < r.Head || r.Head == 0 {
			return false, err
		}
	}
	return true, nil
}

// messages are the same persons as JSON, for n peers.
func messages(n, each int) [][][]byte {
	all := make([][][]byte, n)
	for i, u := range town.Level(town.Shape{Districts: 1, Streets: 1, Communities: n}.Units(), tree.Community) {
		for _, p := range people.In(u, each) {
			all[i] = append(all[i], p.JSON())
		}
	}
	return all
}

// cells are the persons as rows of a table with the columns.
func cells(n, each int, columns []string) [][]any {
	var rows [][]any
	for _, u := range town.Level(town.Shape{Districts: 1, Streets: 1, Communities: n}.Units(), tree.Community) {
		for _, p := range people.In(u, each) {
			row := []any{p.ID}
			for _, c := range columns {
				row = append(row, cell(p, c, u))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func cell(p people.Person, column string, u tree.Unit) any {
	switch v := p.Object[column].(type) {
	case nil:
		if column == "unit" {
			return string(u.ID)
		}
		return nil
	case []any:
		return strings.Trim(fmt.Sprint(v...), "[]")
	default:
		return fmt.Sprint(v)
	}
}

func perSecond(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }
