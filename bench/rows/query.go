package rows

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"

	"tongbu/bench/people"
	"tongbu/bench/table"
	"tongbu/bench/town"
	"tongbu/internal/question"
	"tongbu/internal/tree"
	"tongbu/node/socket"
)

// Query asks the city through the socket that the command line uses, so the
// figures hold the check of the question, its coverage and the JSON too.
func Query(ctx context.Context, e *Env) ([]table.Entry, error) {
	c, err := e.grownCity(ctx, 0)
	if err != nil {
		return nil, err
	}
	p, err := e.serve(c.City.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Stop() }()
	socket, err := p.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	if err := reviewedView(ctx, socket, 10*time.Minute); err != nil {
		return nil, err
	}
	a := newAnalyst(c, socket)
	with := fmt.Sprintf("%d persons", c.each*len(c.authors))
	entries, err := e.lookUps(ctx, a, with)
	if err != nil {
		return nil, err
	}
	for _, q := range []struct {
		name string
		most float64 // ms
		n    int
		ask  func(context.Context) error
	}{
		{"a filtered page of 50, p99", 10, 300, a.page},
		{"counts by district and status, p99", 6, 300, a.counts},
	} {
		times, err := timed(ctx, q.n, q.ask)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		entries = append(entries, table.Told(q.name, table.Percentile(times, 0.99), "ms").AtMost(q.most).
			With("%s; median %s ms", with, table.Number(table.Percentile(times, 0.5))))
	}
	return entries, nil
}

// lookUps looks up persons by their ID numbers, each of which is in the audit log on
// the disk before it is answered: so the disk's own time stands beside, taken at the
// same moment.
func (e *Env) lookUps(ctx context.Context, a *analyst, with string) ([]table.Entry, error) {
	syncs, err := fsyncs(e.Dir, 1000)
	if err != nil {
		return nil, err
	}
	times, err := timed(ctx, 1000, a.byNumber)
	if err != nil {
		return nil, fmt.Errorf("a person by ID number: %w", err)
	}
	middle := table.Percentile(syncs, 0.5)
	return []table.Entry{
		table.Told("a person by ID number, p99", table.Percentile(times, 0.99), "ms").With("%s", with).
			Beside("one fsync, p99", table.Percentile(syncs, 0.99)).TimesAtMost(4),
		table.Told("a person by ID number, median", table.Percentile(times, 0.5), "ms").
			With("two fsyncs, of %s ms in the middle, and 0.3 ms", table.Number(middle)).AtMost(2*middle + 0.3),
	}, nil
}

// timed asks n times, after some that warm caches. What this process collects of its
// own garbage is not what is measured.
func timed(ctx context.Context, n int, ask func(context.Context) error) ([]time.Duration, error) {
	for range n / 10 {
		if err := ask(ctx); err != nil {
			return nil, err
		}
	}
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var times []time.Duration
	for range n {
		start := time.Now()
		if err := ask(ctx); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
	}
	return times, nil
}

// analyst asks about persons chosen by chance, the same in each run.
type analyst struct {
	*rand.Rand
	socket    *socket.Client
	known     []people.Person
	districts []tree.Unit
}

func newAnalyst(c *city, socket *socket.Client) *analyst {
	a := &analyst{Rand: rand.New(rand.NewPCG(1, 2)), socket: socket, districts: town.Level(c.Units, tree.District)}
	for i := 0; i < len(c.authors); i += 25 {
		a.known = append(a.known, people.In(c.authors[i].Unit, c.each)...)
	}
	return a
}

func (a *analyst) ask(ctx context.Context, q map[string]any) (int, error) {
	var got struct{ Rows []map[string]any }
	q["Kind"] = "person"
	err := a.socket.JSON(ctx, "POST", "/query", q, &got)
	return len(got.Rows), err
}

func (a *analyst) byNumber(ctx context.Context) error {
	p := a.known[a.IntN(len(a.known))]
	n, err := a.ask(ctx, map[string]any{"Filter": fmt.Sprintf("id_number = %q", p.Object["id_number"])})
	if err == nil && n < 1 {
		err = fmt.Errorf("person %s was not found", p.ID)
	}
	return err
}

// page lists persons of a status and a sex in one district by their names.
func (a *analyst) page(ctx context.Context) error {
	p, d := a.known[a.IntN(len(a.known))], a.districts[a.IntN(len(a.districts))]
	filter := fmt.Sprintf("status = %q AND sex = %q", p.Object["status"], p.Object["sex"])
	n, err := a.ask(ctx, map[string]any{"Filter": filter, "OrderBy": "name", "PageSize": 50, "Scope": d.ID})
	if err == nil && n < 10 {
		err = fmt.Errorf("a page has %d rows", n)
	}
	return err
}

// counts asks for the whole table at once.
func (a *analyst) counts(ctx context.Context) error {
	n, err := a.ask(ctx, map[string]any{"GroupBy": "district,status", "PageSize": question.MaxPageSize})
	if err == nil && n < 2*len(a.districts) {
		err = fmt.Errorf("a table of %d districts has %d rows", len(a.districts), n)
	}
	return err
}
