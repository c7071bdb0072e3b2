package monitor

import (
	"context"
	"net/http"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// ready is nil when the directory can be relied on: the journal takes and gives, the
// view is open and lacks no more than it may.
func (c *Config) ready(ctx context.Context) error {
	if err := c.Replica.Journal.View(func(*journal.Tx) error { return nil }); err != nil {
		return fault.New(fault.Of(err), "the journal is not open")
	}
	if c.Hub == nil {
		return nil
	}
	if err := c.Hub.ViewOpen(ctx); err != nil {
		return fault.New(fault.Of(err), "the view is not open")
	}
	g, has, err := c.Hub.Following()
	switch {
	case err != nil:
		return fault.New(fault.Of(err), "the journal cannot be read")
	case has && g.Last-g.Applied > c.MaxLag:
		return fault.New(fault.Unavailable, "the view lacks %d arrivals, more than %d", g.Last-g.Applied, c.MaxLag)
	}
	return nil
}

// answer says in one line what is so: no causes, which may hold paths.
func answer(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	text := "ok"
	if err != nil {
		text = err.Error()
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write([]byte(text + "\n")) // who asked may be gone
}
