// Package monitor shows a hub, or a node, to the programs that watch it: figures in
// the form of Prometheus at /metrics, whether the process lives at /healthz, whether
// it can be relied on at /readyz. It is the home of Prometheus's library.
//
// A scrape reads what the parts of the directory know at that moment, and keeps no
// books of its own: what status shows and what a scrape shows cannot differ. What is
// counted over time, as durations are, is counted by whoever does the work.
//
// Names follow Prometheus's conventions: base units, _total for what only grows. A
// label has few values, and none of them names a record, a person, a computer or an
// address: "child" is the division code of a unit directly below, and what links past
// such a unit, because its hub is away, counts under its code; "other" is what stands
// below no such unit. docs/monitoring has a dashboard and alerts made of these
// figures, which a test evaluates.
package monitor

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tongbu/hub/follow"
	"tongbu/hub/query"
	"tongbu/hub/relay"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// Hub is what a hub has beyond a node. Each method reads what is so now.
type Hub interface {
	Linked() []relay.Linked
	TurnedAway() uint64
	Asked() *query.Asked
	Asking() (running, waiting int)
	Following() (g follow.Figures, has bool, err error)
	ViewOpen(ctx context.Context) error
}

// Upkeep is what was done for a directory by itself, as its configuration says.
type Upkeep struct{ Backup, Verify Work }

// Work is how something that is done again and again went.
type Work struct {
	Done   time.Time // when it last ended well; zero: never, as far as it is known
	Failed bool      // the last time it did not
}

// Config of a monitor. Replica and Operate are needed.
type Config struct {
	Replica *replica.Replica
	Operate *operate.Operate
	Hub     Hub           // nil: a node
	Upkeep  func() Upkeep // nil: nobody knows of it, and it is left out
	Files   []File        // whose sizes are told
	Program string        // version of the program
	MaxLag  uint64        // arrivals that a view may lack and still be relied on
}

// File is a part of the directory that takes room on the disk.
type File struct {
	Name string // what it holds: few, and the program's own words
	Path string
}

// atOnce is how many scrapes may run at a time: each reads the whole directory.
const atOnce = 2

// Handler answers /metrics, /healthz and /readyz.
func Handler(c Config) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	for _, of := range []prometheus.Collector{&collector{Config: c}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := registry.Register(of); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: atOnce}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answer(w, c.ready(r.Context())) })
	return mux, nil
}
