// Package query answers questions about the merged view of a hub: it checks
// who asks, turns the question into one the view understands, pages through
// the answer and says how complete it is. It knows no SQL.
package query

import (
	"context"
	"crypto/cipher"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Page sizes.
const (
	DefaultPageSize = 50
	MaxPageSize     = 1000
)

// Request is a question. Names of fields may be aliases of the schema.
type Request struct {
	Kind      string
	Filter    string        // AIP-160; empty: all
	OrderBy   string        // AIP-132; the id always comes last
	Select    []string      // columns; empty: id, unit and every field
	GroupBy   string        // count by this field or tier instead of listing, or by some, as in "district,status"
	PageSize  int           // 0: DefaultPageSize; more than MaxPageSize is MaxPageSize
	PageToken string        // of the answer before; all else but PageSize must be as it was
	Scope     change.UnitID // this unit and those below; empty: the asking unit
	Reveal    bool          // personal numbers in full; whoever sets it logs who asked and why
}

// Rows is what the service needs of a view.
type Rows interface {
	Rows(ctx context.Context, q view.Query) ([]view.Row, error)
	Groups(ctx context.Context, q view.Query, by ...string) ([]view.Group, error)
}

// Options are what a service is made of.
type Options struct {
	Schema *schema.Schema
	Tree   func() *tree.Tree // as it is now; nil when the hub has none yet
	Reach  Reach
	Now    func() time.Time
	// Key seals page tokens; 32 random bytes. Tokens of another key are
	// Invalid, so a hub that makes a new one at each start ends all paging.
	Key []byte
}

// Service answers questions. It is safe for concurrent use.
type Service struct {
	rows  Rows
	opts  Options
	token cipher.AEAD
}

// New makes a service. It returns Invalid for a key of the wrong length.
func New(rows Rows, opts Options) (*Service, error) {
	token, err := newSealer(opts.Key)
	if err != nil {
		return nil, err
	}
	return &Service{rows: rows, opts: opts, token: token}, nil
}

// Query answers the question of a unit. It returns Denied when the unit may
// not ask it, Invalid when the question is wrong, and what the view returns.
func (s *Service) Query(ctx context.Context, caller change.UnitID, r Request) (*Answer, error) {
	p, err := s.plan(caller, r)
	if err != nil {
		return nil, err
	}
	// Coverage first: what arrives while the rows are read is then in the
	// answer and not promised, never the other way round.
	coverage, err := s.coverage(ctx, p.scope)
	if err != nil {
		return nil, fault.Wrap("find out how complete the answer is", err)
	}
	a := &Answer{Columns: p.columns(), Rows: []Row{}, Coverage: coverage}
	if len(p.groupBy) > 0 {
		err = s.group(ctx, p, a)
	} else {
		err = s.list(ctx, p, a)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// list fills the answer with records. It asks for one more than a page, which
// tells whether there is another page.
func (s *Service) list(ctx context.Context, p *plan, a *Answer) error {
	rows, err := s.rows.Rows(ctx, p.query)
	if err != nil {
		return err
	}
	if len(rows) > p.size {
		rows = rows[:p.size]
		a.NextPageToken, err = s.seal(p, rows[p.size-1].Key)
	}
	for _, row := range rows {
		a.Rows = append(a.Rows, p.row(row))
		a.Records = append(a.Records, change.RecordID(row.Key[len(row.Key)-1].Text()))
	}
	return err
}

// group fills the answer with counts.
func (s *Service) group(ctx context.Context, p *plan, a *Answer) error {
	groups, err := s.rows.Groups(ctx, p.query, p.groupBy...)
	if err != nil {
		return err
	}
	if len(groups) > p.size {
		groups = groups[:p.size]
		a.NextPageToken, err = s.seal(p, groups[p.size-1].Values)
	}
	for _, g := range groups {
		row := make(Row, 0, len(p.groupBy)+1)
		for i, name := range p.groupBy {
			row = append(row, Cell{name, g.Values[i]})
		}
		a.Rows = append(a.Rows, append(row, Cell{colCount, change.Int(g.Count)}))
	}
	return err
}
