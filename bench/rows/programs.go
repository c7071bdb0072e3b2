package rows

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"tongbu/bench/people"
	"tongbu/bench/program"
	"tongbu/bench/table"
	"tongbu/bench/town"
	"tongbu/hub"
	"tongbu/hub/api/client"
	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/tree"
	"tongbu/node/socket"
)

// clients ask at once, each on a connection of its own; a fifth of them are one program.
const (
	clients  = 50
	programs = 10
)

// Programs has programs ask the city all they can, over TLS and from this machine, which
// does the clients' work as well; and a clerk save at a node meanwhile.
func Programs(ctx context.Context, e *Env) ([]table.Entry, error) {
	c, err := e.grownCity(ctx, 0)
	if err != nil {
		return nil, err
	}
	p, err := e.Program.Serve(c.City.Dir, "--api", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Stop() }()
	control, err := p.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	if err := reviewedView(ctx, control, 10*time.Minute); err != nil {
		return nil, err
	}
	_, where, _ := strings.Cut(p.Says, " api ")
	where, _, _ = strings.Cut(where, " ")
	l := &load{city: c, server: where}
	if err := l.enter(ctx, control); err != nil {
		return nil, err
	}
	defer l.leave()
	clerk, err := newStreet(ctx, e, "programs", 1, 0, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = clerk.Remove() }()
	if err := clerk.nodes[0].Open(ctx); err != nil {
		return nil, err
	}
	n, last := e.size(100, 500, 500), time.Duration(e.size(3, 15, 15))*time.Second
	persons := people.In(clerk.nodes[0].Unit, 2*n)
	quiet, err := saves(ctx, clerk.nodes[0], persons[:n])
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() { done <- l.run(ctx, time.Now().Add(last)) }()
	busy, err := saves(ctx, clerk.nodes[0], persons[n:])
	if asked := <-done; err == nil {
		err = asked
	}
	if err != nil {
		return nil, err
	}
	with := fmt.Sprintf("%d clients, %d persons; 85 %% by id, 10 %% counts, 5 %% pages", clients, c.each*len(c.authors))
	row := func(name string, times []time.Duration) table.Entry {
		return table.Told(name+", p99", table.Percentile(times, 0.99), "ms").With("median %s ms", table.Number(table.Percentile(times, 0.5)))
	}
	streamed, err := l.stream(ctx, p)
	if err != nil {
		return nil, err
	}
	return append(streamed,
		table.Told("questions of programs a second", float64(len(l.times))/last.Seconds(), "/s").With("%s", with),
		row("a question of a program at that rate", l.times),
		table.Told("a clerk's save meanwhile, p99", table.Percentile(busy, 0.99), "ms").Beside("a clerk's save, quiet, p99", table.Percentile(quiet, 0.99)).TimesAtMost(3)), nil
}

// streamedRows are how many rows one program reads in one answer.
const streamedRows = 100_000

// stream has one program read many persons with all their fields.
func (l *load) stream(ctx context.Context, p *program.Process) ([]table.Entry, error) {
	worked, err := p.Worked()
	if err != nil {
		return nil, err
	}
	rested, err := p.Resident()
	if err != nil {
		return nil, err
	}
	rows, start := 0, time.Now()
	enough := errors.New("enough")
	err = l.each[0].QueryAll(ctx, question.Question{Kind: "person"}, func(_ context.Context, part question.Part) error {
		if rows += len(part.Rows); rows >= streamedRows {
			return enough
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	took := time.Since(start)
	then, err := p.Worked()
	if err != nil {
		return nil, err
	}
	peak, err := p.Peak()
	if err != nil {
		return nil, err
	}
	return []table.Entry{
		table.Told("100,000 persons streamed to a program, processor of the hub", (then-worked).Seconds()*streamedRows/float64(max(rows, 1)), "s").AtMost(2).
			With("%d rows in %.2f s; the program's own work not counted", rows, took.Seconds()),
		table.Told("the hub's peak memory by then", peak/1e6, "MB").With("%.0f MB before the stream", rested/1e6),
	}, nil
}

// saves are as a clerk makes them, one in 20 ms.
func saves(ctx context.Context, node *town.Member, persons []people.Person) (times []time.Duration, err error) {
	for _, p := range persons {
		start := time.Now()
		if err := putPerson(ctx, node, p); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
		if err := town.Pause(ctx, 20*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return times, nil
}

// load is what programs ask.
type load struct {
	city   *city
	server string
	each   []*client.Client
	known  []people.Person
	where  []tree.Unit

	mu    sync.Mutex // guards times
	times []time.Duration
}

func (l *load) enter(ctx context.Context, control *socket.Client) error {
	var by hub.Authority
	if err := control.JSON(ctx, "GET", "/authority", nil, &by); err != nil {
		return err
	}
	for i := range programs {
		var got hub.NewProgram
		order := map[string]any{"name": fmt.Sprintf("load-%d", i), "unit": string(l.city.City.Unit.ID), "kinds": []string{"*"}, "purpose": "measure", "rate": 10_000}
		if err := control.JSON(ctx, "POST", "/programs", order, &got); err != nil {
			return err
		}
		for range clients / programs {
			c, err := client.New(client.Options{Server: l.server, Token: got.Token, CA: []byte(by.PEM)})
			if err != nil {
				return err
			}
			l.each = append(l.each, c)
		}
	}
	for i := 0; i < len(l.city.authors); i += 25 {
		l.known = append(l.known, people.In(l.city.authors[i].Unit, l.city.each)...)
	}
	l.where = town.Level(l.city.Units, tree.District)
	return nil
}

func (l *load) leave() {
	for _, c := range l.each {
		c.Close()
	}
}

// run has all clients ask until a time.
func (l *load) run(ctx context.Context, end time.Time) error {
	var all sync.WaitGroup
	failed := make(chan error, len(l.each))
	for i, c := range l.each {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			for time.Now().Before(end) {
				start := time.Now()
				if err := l.ask(ctx, c, random); err != nil {
					failed <- err
					return
				}
				l.mu.Lock()
				l.times = append(l.times, time.Since(start))
				l.mu.Unlock()
			}
		})
	}
	all.Wait()
	close(failed)
	return <-failed
}

func (l *load) ask(ctx context.Context, c *client.Client, random *rand.Rand) error {
	p, d := l.known[random.IntN(len(l.known))], l.where[random.IntN(len(l.where))]
	q := question.Question{Kind: "person"}
	switch n := random.IntN(100); {
	case n < 85:
		q.Filter, q.PageSize = fmt.Sprintf("id = %q", p.ID), 1
	case n < 95:
		q.GroupBy = "district,status"
	default:
		q.Filter, q.OrderBy, q.PageSize = fmt.Sprintf("status = %q AND sex = %q", p.Object["status"], p.Object["sex"]), "name", 50
		q.Scope = change.UnitID(d.Code)
	}
	a, err := c.Query(ctx, q)
	if err == nil && len(a.Rows) == 0 {
		err = fmt.Errorf("an answer of %s has no rows", q.Filter)
	}
	return err
}
