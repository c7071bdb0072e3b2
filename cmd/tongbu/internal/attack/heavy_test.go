package attack_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongbu/hub"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// heavy is a question that never ends by itself at a slow hub.
var heavy = question.Question{Kind: "person", Filter: "remark = null", Select: []string{"id"}}

// slowTables read the rows of a heavy question, each for as long as the question
// may run: it holds a reader of SQLite's meanwhile.
type slowTables struct {
	view.Tables
	held *atomic.Int64 // heavy questions that hold a reader
	most *atomic.Int64 // the most there were at once
}

func (s slowTables) Select(ctx context.Context, q *view.Selection, fn func([]view.Cell) error) error {
	if q.Where == nil || !q.Where.Names("remark") {
		return s.Tables.Select(ctx, q, fn)
	}
	return s.Tables.Select(ctx, q, func([]view.Cell) error {
		s.most.Store(max(s.most.Load(), s.held.Add(1)))
		defer s.held.Add(-1)
		<-ctx.Done()
		return ctx.Err() // that SQLite ends a statement itself is for the engine's own tests
	})
}

// slowHub is a street whose heavy questions are heavy, and a device of each of
// its communities.
type slowHub struct {
	*site
	held      atomic.Int64
	most      atomic.Int64
	bad, good *device
}

func (w *world) mustSlowHub(t testing.TB, limit time.Duration) *slowHub {
	t.Helper()
	ports, cfg := w.mustListen(t)
	s := &slowHub{site: &site{links: cfg.Listen}, bad: w.mustDevice(t, kit.First), good: w.mustDevice(t, kit.Second)}
	r := mustHubReplica(t, w.mustJoin(t, kit.Street, cfg))
	h, err := hub.Open(t.Context(), r, func(ctx context.Context, r *replica.Replica, o view.Options) (view.View, error) {
		tables, err := sqlite.New(filepath.Join(r.Dir(), hub.ViewFile), r.Schema.Now(), o.Key)
		if err != nil {
			return nil, err
		}
		return view.Open(ctx, slowTables{tables, &s.held, &s.most}, r.Schema.Now(), o)
	})
	if err != nil {
		t.Fatal(err)
	}
	h.QuestionTime = limit
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	over := make(chan error, 1)
	go func() { over <- h.Run(ctx, ports) }()
	t.Cleanup(func() {
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
		_ = h.Close()
	})
	for _, d := range []*device{s.bad, s.good} {
		await(t, "the hub knows the device", func() bool { _, err := s.ask(t.Context(), d, question.Question{Kind: "notice"}); return err == nil })
		b := d.mustSeals(t, 1)[0]
		wantTaken(t, d.mustPush(t, s.site, b), b)
		await(t, "its person is in the view", func() bool { return s.answers(t, d) })
	}
	return s
}

// ask asks again while the line is away, as every client does: a machine with other
// things to do may take longer for a handshake than a hub allows.
func (s *slowHub) ask(ctx context.Context, d *device, q question.Question) (a *question.Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		if a, err = askWith(ctx, d, s.site, q); fault.Of(err) != fault.Unavailable {
			return a, err
		}
		select {
		case <-ctx.Done():
			return a, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// answers asks a question that is no trouble.
func (s *slowHub) answers(t testing.TB, d *device) bool {
	a, err := s.ask(t.Context(), d, question.Question{Kind: "person", PageSize: 1000})
	return err == nil && has(a, d)
}

func (w *world) heavyQuestions() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"another is answered while they wait": func(t *testing.T) {
			s := w.mustSlowHub(t, time.Hour)
			ctx, stop := context.WithCancel(t.Context())
			line := s.bad.mustDial(t, s.site)
			var flood sync.WaitGroup
			for range 6 { // more than there are readers, and as many as one device may have under way
				flood.Go(func() {
					for ctx.Err() == nil { // what waits in vain for its turn asks again
						_, _ = line.Query(ctx, heavy)
						select {
						case <-ctx.Done():
						case <-time.After(10 * time.Millisecond):
						}
					}
				})
			}
			await(t, "they are under way", func() bool { return s.held.Load() > 0 })
			for range 5 {
				if !s.answers(t, s.good) {
					t.Error("another device's question is not answered")
				}
			}
			if n := s.most.Load(); n != 1 || s.held.Load() != 1 {
				t.Errorf("the device holds %d readers, has held %d, want 1", s.held.Load(), n)
			}
			stop()
			flood.Wait()
			await(t, "the reader is given back", func() bool { return s.held.Load() == 0 })
		},
		"they end": func(t *testing.T) {
			s := w.mustSlowHub(t, 100*time.Millisecond)
			for range 6 { // more than there are readers
				_, err := s.ask(t.Context(), s.bad, heavy)
				wantKind(t, err, fault.Exhausted)
			}
			if s.held.Load() != 0 || !s.answers(t, s.bad) || !s.answers(t, s.good) {
				t.Error("a reader is not given back")
			}
		},
		"too costly to run": func(t *testing.T) {
			many := func(n int, test, between string) string {
				return strings.TrimSuffix(strings.Repeat(test+between, n), between)
			}
			line := w.mustAsker(t).mustDial(t, w.city)
			for name, q := range map[string]question.Question{
				"searches":    {Filter: many(20, `remark:"x"`, " OR ")},
				"wildcards":   {Filter: many(20, `name = "*x"`, " ")},
				"comparisons": {Filter: many(200, `sex = 1`, " OR ")},
				"sets":        {Filter: many(70, `hardship:"010"`, " AND ")},
				"depth":       {Filter: strings.Repeat("(", 100) + "sex = 1" + strings.Repeat(")", 100)},
				"length":      {Filter: `name = "` + strings.Repeat("x", 8<<10) + `"`},
				"columns":     {Select: strings.Split(many(200, "name", ","), ",")},
				"groups":      {GroupBy: "sex,status,marital,education"},
				"order":       {OrderBy: "name,sex,status,marital,education,health,phone,political,relation"},
			} {
				q.Kind = "person"
				_, err := line.Query(t.Context(), q)
				if fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
					t.Errorf("%s: got %v, want invalid with a hint", name, err)
				}
			}
		},
	}
}

// mustAsker is the street's device, which may ask the city.
func (w *world) mustAsker(t testing.TB) *device {
	t.Helper()
	return &device{Keystore: w.street.Replica.Keys}
}
