package monitor_test

import (
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"tongbu/hub/monitor"
	"tongbu/internal/test/figures"
	"tongbu/internal/test/stack"
	"tongbu/internal/tree"
)

// small is a city of a district, a street and two communities.
func small() stack.Options {
	return stack.Options{Units: stack.Huangshi(1, 1, 2), Beat: 15 * time.Minute, Prefer: 10 * time.Minute, Down: 10 * time.Minute, Log: slog.New(slog.DiscardHandler)}
}

// upkeep is what a directory that keeps itself knows.
func upkeep(c *monitor.Config) {
	c.Upkeep = func() monitor.Upkeep {
		return monitor.Upkeep{Backup: monitor.Work{Done: time.Unix(1, 0)}, Verify: monitor.Work{Failed: true}}
	}
}

// town names the devices of a small world.
type town struct {
	*stack.World
	city, district, street, node *stack.Device
}

func play(t *testing.T, story func(w town)) {
	stack.Play(t, small(), func(w *stack.World) {
		v := town{World: w, city: w.City}
		v.district = w.Of(tree.District, w.City.Unit.ID)[0]
		v.street = w.Of(tree.Street, v.district.Unit.ID)[0]
		v.node = w.Of(tree.Community, v.street.Unit.ID)[0]
		story(v)
	})
}

// delivered waits until the city has recorded all that the node has made.
func (w town) delivered() {
	w.TB.Helper()
	w.Await(2*time.Hour, "receipts are back", func() bool {
		own := w.node.MustStatus().Own
		return own.Waiting == 0 && own.Sent > 0
	})
}

func (w town) of(d *stack.Device) figures.Scrape {
	w.TB.Helper()
	return figures.Must(w.TB, figures.Config(d, upkeep))
}

// want wants a figure to be so.
func (w town) want(d *stack.Device, value float64, name string, labels ...string) {
	w.TB.Helper()
	if got, some := w.of(d).Value(name, labels...); !some || got != value {
		w.TB.Errorf("%s: %s%q: got %v, %v, want %v", d.Name, name, labels, got, some, value)
	}
}

// TestNames: every figure keeps the conventions, at a hub with a view, a relay and a
// node, and is of those that are declared; what a label says is one of few words.
func TestNames(t *testing.T) {
	words := regexp.MustCompile(`^([a-z][a-z_]*|[0-9]{12}|)$`)
	free := []string{"le", "quantile", "version"}
	play(t, func(w town) {
		w.node.MustFill(5)
		w.delivered()
		w.MustCoverage()
		for _, d := range []*stack.Device{w.city, w.district, w.street, w.node} {
			registry := prometheus.NewPedanticRegistry()
			if err := registry.Register(monitor.Collector(figures.Config(d, upkeep))); err != nil {
				w.TB.Fatal(err)
			}
			families, err := registry.Gather()
			if err != nil || len(families) < 20 {
				w.TB.Fatalf("%s: %d figures, %v", d.Name, len(families), err)
			}
			problems, err := promlint.NewWithMetricFamilies(families).Lint()
			if err != nil {
				w.TB.Error(err)
			}
			for _, p := range problems {
				w.TB.Errorf("%s: %s", p.Metric, p.Text)
			}
			for _, s := range w.of(d) {
				for label, value := range s.Labels {
					if !slices.Contains(free, label) && strings.HasPrefix(s.Name, "tongbu_") && !words.MatchString(value) {
						w.TB.Errorf("%s: %s=%q is none of the program's words and no code", s.Name, label, value)
					}
				}
			}
		}
	})
}

// TestLine: what a line down and a line up look like, above and below it.
func TestLine(t *testing.T) {
	play(t, func(w town) {
		w.node.MustFill(5)
		w.delivered()
		street, node := w.street.Unit.Code, w.node.Unit.Code
		w.want(w.street, 1, "tongbu_child_up", "child", node)
		w.want(w.street, 0, "tongbu_child_silence_seconds", "child", node)
		w.want(w.street, 0, "tongbu_child_queue_changes", "child", node, "direction", "down")
		own := w.node.MustStatus().Own
		w.want(w.street, float64(own.Recorded), "tongbu_child_changes", "child", node, "state", "recorded")
		if n, _ := w.of(w.district).Value("tongbu_child_changes", "child", street, "state", "recorded"); n < float64(own.Recorded) {
			w.TB.Errorf("the district: %v recorded of the street, want the node's and the street's own", n)
		}
		w.want(w.street, 0, "tongbu_parent_queue_changes")
		w.want(w.node, 1, "tongbu_parent_up")
		w.want(w.node, float64(own.Recorded), "tongbu_own_changes", "state", "recorded")
		w.want(w.city, 0, "tongbu_units_silent")
		w.want(w.city, 0, "tongbu_view_lag_arrivals")
		if n, _ := w.of(w.city).Value("tongbu_view_changes_applied_total", "kind", stack.Kind); n != 5 {
			w.TB.Errorf("the city has applied %v changes, want 5", n)
		}
		traffic := func() (sent, received float64) {
			for tries := 0; tries < 60; tries++ { // a sign of life may be on its way
				w.Pass(100 * time.Millisecond)
				sent, _ = w.of(w.node).Value("tongbu_parent_sent_bytes_total")
				received, _ = w.of(w.street).Value("tongbu_child_received_bytes_total", "child", node)
				if again, _ := w.of(w.node).Value("tongbu_parent_sent_bytes_total"); again == sent {
					break
				}
			}
			return sent, received
		}
		sent, received := traffic()
		w.node.MustFill(5)
		w.delivered()
		if more, came := traffic(); more <= sent || more-sent != came-received { // what a line that ended has swallowed is behind both
			w.TB.Errorf("the node has sent %v more bytes, the street has received %v more", more-sent, came-received)
		}

		w.Net.SetSite(w.node.Site, stack.Cut)
		w.Pass(26 * time.Hour)
		w.want(w.street, 0, "tongbu_child_up", "child", node)
		w.want(w.city, 1, "tongbu_units_silent_day")
		w.want(w.city, 1, "tongbu_child_up", "child", w.district.Unit.Code)
		for _, d := range []*stack.Device{w.street, w.node} {
			silence := map[*stack.Device]string{w.street: "tongbu_child_silence_seconds", w.node: "tongbu_parent_silence_seconds"}[d]
			labels := map[*stack.Device][]string{w.street: {"child", node}}[d]
			if got, _ := w.of(d).Value(silence, labels...); got < (25*time.Hour).Seconds() || got > (27*time.Hour).Seconds() {
				w.TB.Errorf("%s: silent for %v s, want some 26 hours", d.Name, got)
			}
		}
		// the city has spoken to the node every night: it waits at the street
		if n, _ := w.of(w.street).Value("tongbu_child_queue_changes", "child", node, "direction", "down"); n == 0 {
			w.TB.Error("nothing waits for the node")
		}
		if age, _ := w.of(w.street).Value("tongbu_child_queue_age_seconds", "child", node, "direction", "down"); age == 0 || age > (26*time.Hour).Seconds() {
			w.TB.Errorf("what waits is %v s old", age)
		}
		w.Net.SetSite(w.node.Site, stack.Whole)
		w.Await(time.Hour, "nothing waits for the node", func() bool {
			n, _ := w.of(w.street).Value("tongbu_child_queue_changes", "child", node, "direction", "down")
			return n == 0
		})
		w.want(w.street, 0, "tongbu_child_queue_age_seconds", "child", node, "direction", "down")
	})
}

// TestUpward: what a hub cannot hand on waits at the hub, and is known above to be on
// its way when that has been said.
func TestUpward(t *testing.T) {
	play(t, func(w town) {
		w.node.MustFill(1)
		w.delivered()
		w.Net.Line(w.street.Site, w.district.Site).Set(stack.Cut)
		w.Net.Line(w.street.Site, w.city.Site).Set(stack.Cut)
		w.Net.Line(w.node.Site, w.district.Site).Set(stack.Cut)
		w.Net.Line(w.node.Site, w.city.Site).Set(stack.Cut)
		w.Pass(time.Hour)
		w.node.MustFill(7)
		w.Await(time.Hour, "the street has them", func() bool {
			n, _ := w.of(w.street).Value("tongbu_parent_queue_changes")
			return n >= 7
		})
		w.Pass(time.Hour)
		if age, _ := w.of(w.street).Value("tongbu_parent_queue_age_seconds"); age < (time.Hour).Seconds() {
			w.TB.Errorf("what waits is %v s old, want an hour or more", age)
		}
		w.want(w.street, 0, "tongbu_parent_up")
		w.want(w.street, 7, "tongbu_child_changes", "child", w.node.Unit.Code, "state", "waiting")
	})
}

// TestPastTheHub: a node that has linked past its street, and is back there, is no
// matter of the hub above any more: what it hears then it hears through the street.
func TestPastTheHub(t *testing.T) {
	play(t, func(w town) {
		street := w.street.Unit.Code
		w.Net.Line(w.node.Site, w.street.Site).Set(stack.Cut)
		w.Await(2*time.Hour, "the node is linked past its street", func() bool {
			n, _ := w.of(w.district).Value("tongbu_child_links", "child", street)
			return n == 2
		})
		w.want(w.street, 0, "tongbu_child_up", "child", w.node.Unit.Code)
		w.Net.Line(w.node.Site, w.street.Site).Set(stack.Whole)
		w.Await(2*time.Hour, "it is back", func() bool {
			n, _ := w.of(w.street).Value("tongbu_child_up", "child", w.node.Unit.Code)
			return n == 1
		})
		other := w.Of(tree.Community, w.city.Unit.ID)[1]
		other.MustPutBefore("held-by-the-first")
		w.Await(2*time.Hour, "it is recorded", func() bool { return other.MustOwn().AtCity == other.MustOwn().Head })
		w.node.MustPutBefore("held-by-the-first")
		w.Await(2*time.Hour, "the node has the city's word against it", func() bool { return w.node.MustStatus().Own.Refused == 1 })
		w.want(w.district, 0, "tongbu_child_queue_changes", "child", street, "direction", "down")
		w.want(w.street, 0, "tongbu_child_queue_changes", "child", w.node.Unit.Code, "direction", "down")
	})
}

// TestHealth: who lives is not yet ready.
func TestHealth(t *testing.T) {
	play(t, func(w town) {
		for _, d := range []*stack.Device{w.city, w.street, w.node} {
			for _, path := range []string{"/healthz", "/readyz"} {
				if status, text := figures.Get(w.TB, figures.Config(d), path); status != http.StatusOK || text != "ok\n" {
					w.TB.Errorf("%s %s: %d %q", d.Name, path, status, text)
				}
			}
		}
		c := figures.Config(w.city)
		w.city.MustStop()
		if status, text := figures.Get(w.TB, c, "/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "journal") {
			w.TB.Errorf("closed: %d %q", status, text)
		}
		if status, _ := figures.Get(w.TB, c, "/healthz"); status != http.StatusOK {
			w.TB.Errorf("the process: %d", status)
		}
		if got, some := figures.Must(w.TB, c).Value("tongbu_journal_up"); !some || got != 0 {
			w.TB.Errorf("closed: the journal is up: %v, %v", got, some)
		}
		w.city.MustStart()
	})
}
