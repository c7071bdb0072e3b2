package replica

import (
	"context"
	"log/slog"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// KeepReserve is the task that keeps the reserve.
func (s *Replica) KeepReserve(ctx context.Context) error { return s.Space.keepReserve(ctx) }

// Release gives the reserve away.
func (s *Space) Release() { s.release() }

// Reissue writes a change of a replaced history again.
func (r *Replica) Reissue(tx *journal.Tx, in change.Stream, c *change.Change, was change.Dot) error {
	return derived{r}.Reissue(tx, in, c, was)
}

// NewClocks makes clocks beside two here: one that is set, and one that is not.
func NewClocks(now func() time.Time, ran func() time.Duration, city change.UnitID) *Clocks {
	c := newClocks(now, slog.New(slog.DiscardHandler), city)
	c.ran = ran
	return c
}
