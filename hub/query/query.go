// Package query answers questions about the merged view of a hub: it checks
// who asks, turns the question into one the view understands, pages through
// the answer and says how complete it is. It knows no SQL, and prints nothing:
// an answer is typed values, which each edge writes in its own form.
//
// A question is what somebody asks, in their words: aliases, a filter's text,
// a unit. view.Query is what the view has to do for it: the kind itself, the
// filter and the order parsed, the unit resolved to whose records that is, a
// page token opened to the keys of a row. They stay two types, since only
// checking turns the one into the other.
package query

import (
	"context"
	"crypto/cipher"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Asker is who asks, as the tier that answers knows them. It is made there and
// never read from a line: what a question says gives nobody a right.
type Asker struct {
	Unit   change.UnitID
	Reveal bool // may see personal numbers in full; whoever sets it logs who asked and why

	Program string // that asks, by the name the city gave it; "": a person does
}

// Rows is what the service needs of a view.
type Rows interface {
	Rows(ctx context.Context, q view.Query) ([]view.Row, error)
	Groups(ctx context.Context, q view.Query, by ...string) ([]view.Group, error)
	EachRow(ctx context.Context, q view.Query, fn func(context.Context, view.Row) error) error
	EachGroup(ctx context.Context, q view.Query, by []string, fn func(context.Context, view.Group) error) error
	Count(ctx context.Context, q view.Query, by ...string) (int64, error)
	Parts(ctx context.Context, units []change.UnitID, day string, tell func(unit change.UnitID, part string, n int64)) error
	Changed(kind string) uint64
	Schema() *schema.Schema
}

// Options are what a service is made of.
type Options struct {
	Tree func() *tree.Tree // as it is now; nil when the hub has none yet
	// TreeOn is the tree of another day, nil where it is not known; nil: that of now.
	TreeOn func(day string) *tree.Tree
	Heard  Communities // who is heard, and how far
	Now    func() time.Time
	Today  func() (string, error) // the network's day, YYYY-MM-DD, of which ages are
	// Key seals page tokens; 32 random bytes. Tokens of another key are
	// Invalid, so a hub that makes a new one at each start ends all paging.
	Key []byte
	// Receipts are the city's; nil: they are not known here.
	Receipts Receipts
}

// Service answers questions. It is safe for concurrent use.
type Service struct {
	rows  Rows
	opts  Options
	token cipher.AEAD
}

// New makes a service. It returns Invalid for a key of the wrong length.
func New(rows Rows, opts Options) (*Service, error) {
	if opts.TreeOn == nil {
		opts.TreeOn = func(string) *tree.Tree { return opts.Tree() }
	}
	token, err := newSealer(opts.Key)
	if err != nil {
		return nil, err
	}
	return &Service{rows: rows, opts: opts, token: token}, nil
}

// Query answers a question. It returns Denied when the asker's unit may not
// ask it, Invalid when the question is wrong or costs too much, and what the
// view returns. The answer says whom it tells of (Records): who audits needs no
// knowledge of what was asked.
func (s *Service) Query(ctx context.Context, who Asker, q question.Question) (*question.Answer, error) {
	a, err := s.query(ctx, who, q)
	if err == nil && who.covers() {
		cover(a.Columns, a.Rows)
	}
	return a, err
}

func (s *Service) query(ctx context.Context, who Asker, q question.Question) (*question.Answer, error) {
	if all := s.computed(q.Kind); all != nil {
		return s.pageOf(ctx, who, q, all)
	}
	p, err := s.plan(who, q)
	if err != nil {
		return nil, err
	}
	coverage, err := s.coverageOf(ctx, p)
	if err != nil {
		return nil, err
	}
	a := &question.Answer{Columns: p.columns(), Rows: []question.Row{}, AskedBy: p.askedBy, Coverage: coverage, Moved: p.moved}
	if len(p.groupBy) > 0 {
		err = s.countGroups(ctx, p, a)
	} else {
		err = s.listRecords(ctx, p, a)
	}
	if err == nil && q.Total {
		err = s.countAll(ctx, p, a)
	}
	if err != nil {
		return nil, err
	}
	if len(a.Rows) > 0 && a.NextPageToken == more {
		a.NextPageToken = s.seal(p, p.last)
	}
	return a, nil
}

// coverageOf comes first: what arrives while the rows are read is then in the answer
// and not promised, never the other way round.
func (s *Service) coverageOf(ctx context.Context, p *plan) (question.Coverage, error) {
	coverage, err := s.coverage(ctx, p.scope)
	if err != nil {
		return coverage, fault.Wrap("find out how complete the answer is", err)
	}
	conflicts, err := s.rows.Count(ctx, view.Query{Kind: p.kind, Scope: p.query.Scope, Where: Conflicted(p.kind)})
	coverage.Conflicts, coverage.Today = &conflicts, p.mark.today
	return coverage, err
}

// Conflicted is the filter for records with conflicts.
func Conflicted(k *schema.Kind) *filter.Expr {
	where, err := filter.Parse(k, filter.ConflictsName)
	if err != nil {
		return nil // every kind has that field: cannot happen
	}
	return where
}

// countAll sets how many rows all pages have, as it was when the first was read.
func (s *Service) countAll(ctx context.Context, p *plan, a *question.Answer) (err error) {
	switch {
	case p.mark.counted:
	case p.query.After == nil && a.NextPageToken == "":
		p.mark.total = int64(len(a.Rows))
	default:
		p.mark.total, err = s.rows.Count(ctx, p.query, p.groupBy...)
	}
	p.mark.counted = true
	a.Total = &p.mark.total
	return err
}

// more stands for the token of the next page until that is sealed.
const more = "more"

// listRecords fills the answer with records. It asks for one more than a page, to
// learn whether there is another page.
func (s *Service) listRecords(ctx context.Context, p *plan, a *question.Answer) error {
	rows, err := s.rows.Rows(ctx, p.query)
	if err != nil {
		return err
	}
	if len(rows) > p.size {
		rows = rows[:p.size]
		a.NextPageToken, p.last = more, rows[p.size-1].Key
	}
	for _, row := range rows {
		a.Rows = append(a.Rows, p.row(row))
		a.Records = append(a.Records, idOf(row))
	}
	return nil
}

func idOf(row view.Row) change.RecordID {
	return change.RecordID(row.Key[len(row.Key)-1].Text())
}

// countGroups fills the answer with counts.
func (s *Service) countGroups(ctx context.Context, p *plan, a *question.Answer) error {
	groups, err := s.rows.Groups(ctx, p.query, p.groupBy...)
	if err != nil {
		return err
	}
	if len(groups) > p.size {
		groups = groups[:p.size]
		a.NextPageToken, p.last = more, groups[p.size-1].Values
	}
	for _, g := range groups {
		a.Records = append(a.Records, g.Records...)
		a.Rows = append(a.Rows, p.group(g))
	}
	return nil
}
