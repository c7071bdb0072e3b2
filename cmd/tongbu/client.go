package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/node/operate/service"
	"tongbu/node/socket"
)

// A process that has just been started holds the directory before it answers:
// a command waits for it so long, and looks so often.
const (
	startLimit = 10 * time.Second
	startLook  = 50 * time.Millisecond
	againLimit = 2 * time.Second // for one that is started again
)

// client talks to the process that serves the directory; when none does, the
// directory is opened here for the one command.
func (a *app) client(ctx context.Context, dir string) (*socket.Client, error) {
	if _, err := tier.LevelOf(dir); err != nil {
		return nil, err
	}
	c, err := socket.Dial(ctx, dir)
	if fault.Of(err) != fault.NotFound {
		return c, err
	}
	cfg, err := config.Load(dir, a.vars)
	if err != nil {
		return nil, err
	}
	if owner := anothers(dir); owner != "" {
		return dialOnly(ctx, dir, owner)
	}
	limit, end := context.WithTimeout(ctx, startLimit)
	defer end()
	for {
		c, err := openOrDial(ctx, dir, cfg)
		if fault.Of(err) != fault.Busy || limit.Err() != nil {
			return c, err
		}
	}
}

// anothers is whose a directory is that root would open here: files that root writes in
// it the service could not read. "" for all others.
func anothers(dir string) string {
	if os.Geteuid() != 0 {
		return ""
	}
	owner, err := service.OwnerOf(dir)
	if err != nil {
		return "" // opening it says why
	}
	return owner
}

// mayMake refuses root a new directory inside of one that is another's, or in place of it.
func mayMake(dir string) error {
	for {
		if _, err := os.Lstat(dir); err == nil {
			break
		}
		above := filepath.Dir(dir)
		if above == dir {
			return nil
		}
		dir = above
	}
	return ownedBy(anothers(dir))
}

// ownedBy is why root leaves a directory alone; nil where it may go on.
func ownedBy(owner string) error {
	if owner == "" {
		return nil
	}
	return fault.New(fault.Denied, "the directory belongs to %s: what root writes there %s cannot read", owner, owner).
		WithHint("start its service, or put before the command: runuser -u %s --", owner)
}

// dialOnly waits for a process that is being started again, and opens nothing.
func dialOnly(ctx context.Context, dir, owner string) (*socket.Client, error) {
	limit := time.NewTimer(againLimit)
	defer limit.Stop()
	look := time.NewTicker(startLook)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-limit.C:
			return nil, fault.New(fault.Denied, "nothing serves the directory, and it belongs to %s: what root writes there %s cannot read", owner, owner).
				WithHint("start its service, or put before the command: runuser -u %s --", owner)
		case <-look.C:
			if c, err := socket.Dial(ctx, dir); fault.Of(err) != fault.NotFound {
				return c, err
			}
		}
	}
}

// opening is a directory that is being opened.
type opening struct {
	tier *tier.Tier
	err  error
}

// openOrDial opens the directory here, or asks the process that holds it as soon
// as it answers.
func openOrDial(ctx context.Context, dir string, cfg config.Config) (*socket.Client, error) {
	within, stop := context.WithCancel(ctx)
	opened := make(chan opening, 1)
	go func() {
		t, err := tier.Open(within, dir, cfg, tier.Options{})
		opened <- opening{t, err}
	}()
	look := time.NewTicker(startLook)
	defer look.Stop()
	var served *socket.Client
	for {
		select {
		case o := <-opened:
			return chosen(o, served, stop)
		case <-look.C:
			if served != nil {
				continue
			}
			if c, err := socket.Dial(ctx, dir); err == nil {
				served = c
				stop() // of the check of the journal; the wait for its lock is short
			}
		}
	}
}

// chosen prefers the directory that was opened here: who answered has ended since.
func chosen(o opening, served *socket.Client, stop func()) (*socket.Client, error) {
	if o.err != nil {
		stop()
		if served != nil {
			return served, nil
		}
		return nil, o.err
	}
	if served != nil {
		served.Close()
	}
	return socket.Direct(o.tier.Handler, func() { _ = o.tier.Close(); stop() }), nil
}
