package alerts_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"tongbu/hub/monitor"
	"tongbu/internal/test/figures"
	"tongbu/internal/test/stack"
)

// between is the pause between scrapes: longer than in life, for there are days of it.
const between = 10 * time.Minute

// documents are where the rules and the dashboard lie.
const documents = "../../docs/monitoring/"

func mustRules(tb testing.TB) (rules []rulefmt.Rule) {
	tb.Helper()
	groups, errs := rulefmt.ParseFile(documents+"alerts.yaml", false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		tb.Error(err)
	}
	if len(errs) > 0 {
		tb.FailNow()
	}
	for _, g := range groups.Groups {
		rules = append(rules, g.Rules...)
	}
	return rules
}

// watcher is a Prometheus that scrapes every device of a world.
type watcher struct {
	*stack.World
	rules  []rulefmt.Rule
	book   book
	engine *promql.Engine

	// What the test does to what is watched.
	config func(*stack.Device, *monitor.Config)
	alter  func(*stack.Device, figures.Scrape)
	ahead  time.Duration // of Prometheus's clock

	since map[string]time.Time // alert and labels -> since when its expression holds
	fires map[string]labels.Labels
	ever  map[string]bool // alerts that have fired
}

func newWatcher(w *stack.World) *watcher {
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 10_000_000, Timeout: time.Hour, LookbackDelta: between + time.Minute, EnableNegativeOffset: true})
	return &watcher{World: w, rules: mustRules(w.TB), engine: engine, since: map[string]time.Time{}, ever: map[string]bool{},
		config: func(_ *stack.Device, c *monitor.Config) {
			now := time.Now()
			c.Upkeep = func() monitor.Upkeep {
				return monitor.Upkeep{Backup: monitor.Work{Done: now.Add(-time.Hour)}, Verify: monitor.Work{Done: now.Add(-time.Hour)}}
			}
		},
		alter: func(*stack.Device, figures.Scrape) {}}
}

// watch lets time go by, scrapes and evaluates.
func (p *watcher) watch(d time.Duration) {
	p.TB.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		p.Pass(between)
		p.look()
	}
}

// look scrapes everybody who runs and evaluates every rule.
func (p *watcher) look() {
	p.TB.Helper()
	now := time.Now().Add(p.ahead)
	for _, d := range p.Devices {
		if d.Replica == nil {
			continue
		}
		s := figures.Must(p.TB, figures.Config(d, func(c *monitor.Config) { p.config(d, c) }))
		p.alter(d, s)
		p.book.add(d.Unit.Code, now, s)
	}
	p.evaluate(now)
}

func (p *watcher) evaluate(now time.Time) {
	p.TB.Helper()
	p.fires = map[string]labels.Labels{}
	holds := map[string]time.Time{}
	for _, r := range p.rules {
		for _, s := range p.ask(r.Expr, now) {
			key := r.Alert + s.Metric.String()
			holds[key] = now
			if before, held := p.since[key]; held {
				holds[key] = before
			}
			if now.Sub(holds[key]) >= time.Duration(r.For) {
				p.fires[key] = labels.NewBuilder(s.Metric).Set("alertname", r.Alert).Labels()
				p.ever[r.Alert] = true
			}
		}
	}
	p.since = holds
}

// ask evaluates an expression.
func (p *watcher) ask(expr string, now time.Time) promql.Vector {
	p.TB.Helper()
	q, err := p.engine.NewInstantQuery(p.TB.Context(), &p.book, nil, expr, now)
	if err != nil {
		p.TB.Fatalf("%s: %v", expr, err)
	}
	defer q.Close()
	found := q.Exec(p.TB.Context())
	v, err := found.Vector()
	if err != nil {
		p.TB.Fatalf("%s: %v", expr, err)
	}
	return slices.Clone(v)
}

// want wants an alert to fire at an instance, with labels given as name, value.
func (p *watcher) want(alert string, at *stack.Device, more ...string) {
	p.TB.Helper()
	want := append([]string{"alertname", alert, "instance", at.Unit.Code}, more...)
	for _, l := range p.fires {
		fits := true
		for i := 0; i < len(want); i += 2 {
			fits = fits && l.Get(want[i]) == want[i+1]
		}
		if fits {
			return
		}
	}
	p.TB.Errorf("%s does not fire at %s %v", alert, at.Name, more)
}

// wantNone wants all to be well.
func (p *watcher) wantNone(when string) {
	p.TB.Helper()
	for _, l := range p.fires {
		p.TB.Errorf("%s: %s", when, l)
	}
}
