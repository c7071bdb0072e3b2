// Package tier opens a directory as what it is, a node or a hub, and serves
// it. Every command that works on a directory comes this way, and so does the
// demo, which serves many of them in one process.
package tier

import (
	"context"
	"log/slog"
	"net/http"

	"tongbu/hub"
	"tongbu/internal/config"
	"tongbu/internal/identity"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/node"
	"tongbu/node/replica"
	"tongbu/syncer/remote"
)

// Options are what is not in the directory. Zero values mean what is said.
type Options struct {
	Schema *schema.Schema // nil: the embedded one, read anew
	Log    *slog.Logger   // nil: silent
	Dialer remote.Dialer  // opens the line to a hub above; nil: TCP
}

// Tier is an open directory: a node or a hub.
type Tier struct {
	Replica *replica.Replica
	Hub     *hub.Hub     // nil: a node
	Handler http.Handler // answers the command line
	dir     string
	config  config.Config
}

// Open opens a directory that nobody else serves. It returns NotFound when it
// has not joined a network, Busy when it is served, Damaged when its files
// are, Denied when its key is not to be had.
func Open(ctx context.Context, dir string, cfg config.Config, opts Options) (*Tier, error) {
	level, err := LevelOf(dir)
	if err != nil {
		return nil, err
	}
	if opts.Schema == nil {
		if opts.Schema, err = schema.Load(); err != nil {
			return nil, err
		}
	}
	isHub := level != tree.Community
	keys, err := openVault(dir, KeyOptions(cfg))
	if err != nil {
		return nil, err
	}
	s, err := replica.Open(replica.Config{Dir: dir, Vault: keys, Hub: isHub, Beat: cfg.Heartbeat, Prefer: cfg.Prefer,
		Reserve: cfg.ReserveBytes(isHub), MaxSize: cfg.MaxBytes(), Schema: opts.Schema,
		Log: opts.Log, Probe: probeApart, Dialer: opts.Dialer})
	if err != nil {
		return nil, err
	}
	t := &Tier{Replica: s, dir: dir, config: cfg}
	if !isHub {
		t.Handler = node.New(s).Handler()
		return t, nil
	}
	if t.Hub, err = hub.Open(ctx, s, dir, cfg.View); err != nil {
		_ = s.Close()
		return nil, err
	}
	t.Handler = t.Hub.Handler()
	return t, nil
}

// Close closes the files; Serve must be over.
func (t *Tier) Close() error {
	if t.Hub != nil {
		return t.Hub.Close()
	}
	return t.Replica.Close()
}

// LevelOf is the level of the unit that a directory belongs to; NotFound when
// it has not joined.
func LevelOf(dir string) (tree.Level, error) {
	place, err := identity.PlacementOf(dir)
	return tree.Level(place.Level), err
}
