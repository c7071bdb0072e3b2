// Package tier opens a directory as what it is, a node or a hub, and serves
// it. Every command that works on a directory comes this way, and so does the
// demo, which serves many of them in one process.
package tier

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"tongbu/hub"
	"tongbu/hub/own"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/node"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer/remote"
)

// Options are what is not in the directory. Zero values mean what is said.
type Options struct {
	Schema  *schema.Schema // nil: the embedded one, read again
	Log     *slog.Logger   // nil: silent
	Program string         // version of the program; "": a development build
	Dialer  remote.Dialer  // opens the line to a hub above; nil: TCP
}

// Tier is an open directory: a node or a hub.
type Tier struct {
	Replica *replica.Replica
	Desk    *desk.Desk
	Operate *operate.Operate
	Hub     *hub.Hub     // nil: a node
	Handler http.Handler // answers the command line

	node    *node.Node // nil: a hub
	dir     string
	program string
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
	r, err := openReplica(ctx, replica.Config{Dir: dir, Vault: keys, Hub: isHub, Beat: cfg.Heartbeat, Prefer: cfg.Prefer,
		Reserve: cfg.ReserveBytes(isHub), MaxSize: cfg.MaxBytes(), Schema: opts.Schema,
		Told: placesOf(cfg, isHub), Program: opts.Program, Log: opts.Log, Probe: prober(ctx), Dialer: opts.Dialer})
	if err != nil {
		return nil, err
	}
	t := &Tier{Replica: r, dir: dir, config: cfg, program: cmp.Or(opts.Program, "development")}
	if !isHub {
		t.node = node.New(r)
		if t.node.Own, err = own.New(own.Config{At: r, Desk: t.node.Desk, Operate: t.node.Operate}); err != nil {
			return nil, errors.Join(err, r.Close())
		}
		t.Desk, t.Operate, t.Handler = t.node.Desk, t.node.Operate, t.node.Handler()
		return t.scheduled()
	}
	var engine hub.OpenView
	if cfg.View || r.IsRoot() {
		engine = openSQLite
	}
	if t.Hub, err = hub.Open(ctx, r, engine); err != nil {
		_ = r.Close()
		return nil, err
	}
	t.Hub.QuestionTime = cfg.QuestionTime
	t.Hub.API = hub.API{Hosts: hostsOf(append(config.Places(cfg.API), config.Places(cfg.AdvertiseAPI)...)...), Cert: cfg.APICert, Key: cfg.APIKey}
	t.Desk, t.Operate, t.Handler = t.Hub.Desk, t.Hub.Operate, t.Hub.Handler()
	return t.scheduled()
}

// scheduled says what is to be done each night while the tier is served.
func (t *Tier) scheduled() (*Tier, error) {
	c := t.config
	nights := operate.Nights{Verify: c.NightlyVerify, Backup: c.NightlyBackup, Dir: c.NightlyBackupDir, Keep: c.Keep(), Days: c.Days()}
	if t.Hub == nil {
		nights.Cut = c.NightlyCut
	}
	if err := t.Operate.Schedule(nights); err != nil {
		_ = t.Close()
		return nil, err
	}
	return t, nil
}

// Two processes that begin at once on a new directory get in each other's way while
// its journal is made: the later one tries again, for so long and so often. The wait
// for a directory that is in use is longer, and the journal's own.
const (
	beginLimit = time.Second
	beginPause = 20 * time.Millisecond
)

func openReplica(ctx context.Context, cfg replica.Config) (*replica.Replica, error) {
	limit, end := context.WithTimeout(ctx, beginLimit)
	defer end()
	again := time.NewTicker(beginPause)
	defer again.Stop()
	for {
		r, err := replica.Open(cfg)
		if fault.Of(err) != fault.Busy {
			return r, err
		}
		select {
		case <-limit.Done():
			return nil, err
		case <-again.C:
			if limit.Err() != nil { // both were ready
				return nil, err
			}
		}
	}
}

// openSQLite keeps the view in a file of the directory.
func openSQLite(ctx context.Context, r *replica.Replica, o view.Options) (view.View, error) {
	return sqlite.Open(ctx, filepath.Join(r.Dir(), hub.ViewFile), r.Schema.Now(), o)
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
