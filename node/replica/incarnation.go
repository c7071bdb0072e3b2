package replica

import (
	"context"
	"math/rand/v2"
)

// Renew begins a new incarnation, and at the city a new epoch: for a directory
// that was restored or whose journal was lost.
func (r *Replica) Renew(ctx context.Context) error { return r.Streams.Renew(ctx, incarnationJump()) }

// incarnationJump is by how much a restored directory raises its incarnation: at
// random, so that two restored from one backup do not go on under one name.
func incarnationJump() uint32 { return 1 + rand.Uint32N(1000) }

// goOn begins a new incarnation where the journal is not the one that this device
// served last.
func (r *Replica) goOn(ctx context.Context) error {
	if r.adopted() {
		r.Log.Warn("the journal is one that was saved when its file was taken away; this device goes on under a new incarnation")
		if err := r.Renew(ctx); err != nil {
			return err
		}
		return r.endAdoption()
	}
	lost, err := r.journalLost()
	if err != nil || !lost {
		return err
	}
	r.Log.Warn("the journal was lost; this device goes on under a new incarnation")
	return r.Renew(ctx)
}

// journalLost reports whether the journal is new in a directory that had another
// one, which was damaged and moved aside, or was gone.
func (r *Replica) journalLost() (bool, error) {
	if entries, _ := r.Streams.Entries(); len(entries) > 0 {
		return false, nil
	}
	if n, err := r.Streams.Incarnation(); err != nil || n > 1 {
		return false, err
	}
	for _, trace := range []string{damagedAside, goneNote} {
		if found, err := r.newest(trace); err != nil || found != "" {
			return found != "", err
		}
	}
	return false, nil
}
