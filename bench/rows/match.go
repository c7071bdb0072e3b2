package rows

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"tongbu/bench/table"
	"tongbu/hub/query"
	"tongbu/internal/change"
	"tongbu/internal/matching"
)

// Match asks the view of a city which persons go with a vacancy, and which vacancies with a
// person: by the production packages, without socket, audit log and coverage, which the
// row query has. Beside it stands what the judging of pairs alone takes.
func Match(ctx context.Context, e *Env) ([]table.Entry, error) {
	c, err := newLabour(ctx, e)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.view.Close() }()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	service, err := query.New(c.view, query.Options{Tree: c.tree, Heard: nobodyHeard{}, Now: time.Now, Today: func() (string, error) { return matchDay, nil }, Key: key})
	if err != nil {
		return nil, err
	}
	with := fmt.Sprintf("%d persons, %d without work, %d vacancies", c.persons, c.jobless, len(c.vacancies))
	var entries []table.Entry
	for _, q := range []struct {
		name string
		kind string
		ids  []change.RecordID
	}{{"persons for a vacancy", matching.VacancyKind, c.vacancies}, {"vacancies for a person", matching.PersonKind, c.seekers}} {
		asked, looked := 0, 0
		times, err := timed(ctx, e.size(20, 200, 200), func(ctx context.Context) error {
			id := q.ids[asked*7919%len(q.ids)]
			asked++
			a, err := service.Match(ctx, query.Asker{Unit: c.root}, matching.Ask{Kind: q.kind, ID: id})
			if err == nil && len(a.Rows) == 0 {
				err = fmt.Errorf("nothing goes with %s", id)
			}
			if err == nil {
				looked = a.Looked
			}
			return err
		})
		if err != nil {
			return entries, fmt.Errorf("%s: %w", q.name, err)
		}
		entries = append(entries, table.Told(q.name+", p99", table.Percentile(times, 0.99), "ms").AtMost(1000).
			With("%s; median %s ms, %d candidates looked at", with, table.Number(table.Percentile(times, 0.5)), looked))
	}
	pairs, took := c.judge(e.size(100_000, 1_000_000, 1_000_000))
	return append(entries, table.Told("judging a million pairs", took.Seconds()*1000*1e6/float64(pairs), "ms").AtMost(1000).With("one core, in memory; %d pairs", pairs)), nil
}

// nobodyHeard is a city that hears of no community: what the coverage costs, the row query
// has.
type nobodyHeard struct{}

// Communities implements query.Communities.
func (nobodyHeard) Communities(context.Context, change.UnitID) ([]query.Community, error) {
	return nil, nil
}

// judge scores pairs of vacancies and persons, and returns how many and how long it took.
func (c *labour) judge(pairs int) (int, time.Duration) {
	vacancies, seekers := c.some(1000)
	start, n, sum := time.Now(), 0, 0
	for n < pairs {
		for _, v := range vacancies {
			for _, s := range seekers {
				score, _ := c.book.Score(v, s)
				sum += score
				n++
			}
		}
	}
	took := time.Since(start)
	if sum == 0 {
		return 0, took
	}
	return n, took
}
