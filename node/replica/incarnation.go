package replica

import (
	"context"
	"math/rand/v2"
	"path/filepath"

	"tongbu/internal/fault"
)

// Renew begins a new incarnation, and at the city a new epoch: for a directory
// that was restored or whose journal was lost.
func (r *Replica) Renew(ctx context.Context) error { return r.Streams.Renew(ctx, incarnationJump()) }

// incarnationJump is by how much a restored directory raises its incarnation: at
// random, so that two restored from one backup do not go on under one name.
func incarnationJump() uint32 { return 1 + rand.Uint32N(1000) }

// journalLost reports whether the journal is new in a directory that had another
// one, which was damaged and moved aside, or was gone.
func (r *Replica) journalLost() (bool, error) {
	if entries, _ := r.Streams.Entries(); len(entries) > 0 {
		return false, nil
	}
	if n, err := r.Streams.Incarnation(); err != nil || n > 1 {
		return false, err
	}
	for _, trace := range []string{".damaged-*", ".gone-*"} {
		found, err := filepath.Glob(filepath.Join(r.cfg.Dir, JournalFile+trace))
		if err != nil || len(found) > 0 {
			return len(found) > 0, fault.Wrap("look for a former journal", err)
		}
	}
	return false, nil
}
