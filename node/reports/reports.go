package reports

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/report"
	"tongbu/node/replica"
)

// Config says what reports are made with.
type Config struct {
	// Judged is the last arrival of which the city's word stands in its own streams;
	// nil: this is not the city.
	Judged func(*journal.Tx) (uint64, error)
	// Coverage says how complete what is here is for a unit and those below; nil: it is
	// this unit alone, and complete.
	Coverage func(ctx context.Context, scope change.UnitID) (report.Coverage, error)
}

// Reports are those made at a directory. It is safe for concurrent use; of what counts one
// thing is done at a time.
type Reports struct {
	at   *replica.Replica
	cfg  Config
	turn chan struct{} // holds one
}

// New makes the reports of an open directory.
func New(at *replica.Replica, cfg Config) *Reports {
	return &Reports{at: at, cfg: cfg, turn: make(chan struct{}, 1)}
}

// begin waits for its turn.
func (r *Reports) begin(ctx context.Context) (end func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return func() { <-r.turn }, nil
	case <-ctx.Done():
		return nil, fault.Wrap("wait for another report", ctx.Err())
	}
}
