package demo

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/hub"
	"tongbu/internal/config"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
	"tongbu/node/operate"
)

// site is one unit of the city with its directory, served by this process.
type site struct {
	unit tree.Unit
	up   *site // nil: the city
	dir  string
	line line // to the hubs above

	cfg  config.Config // addresses are the real ones
	tier *tier.Tier
	end  context.CancelFunc
	over chan struct{} // closed when serving has ended
	err  error         // why it ended; read after over
}

func (s *site) String() string { return s.unit.Name + " " + s.unit.Code }

func (s *site) isHub() bool { return s.unit.Level != tree.Community }

// listen opens a hub's ports wherever there is room, and has the hub tell
// others the real ones.
func (s *site) listen(beat, prefer time.Duration) (l hub.Listeners, err error) {
	s.cfg = config.Config{Heartbeat: beat, Prefer: prefer, Reserve: reserve}
	if !s.isHub() {
		return l, nil
	}
	l, err = tier.Listen(config.Config{Listen: "127.0.0.1:0", Web: "127.0.0.1:0"}) // the door, too
	if err == nil {
		s.cfg.Listen, s.cfg.Web, s.cfg.Door = l.Links.Addr().String(), l.Web.Addr().String(), l.Door.Addr().String()
	}
	return l, err
}

// serve opens the directory and serves it until stop or the end of ctx. It
// returns once calls are taken.
func (s *site) serve(ctx context.Context, c *City, ports hub.Listeners) (err error) {
	start := time.Now()
	log := c.log.With("at", s.unit.Code)
	if s.tier, err = tier.Open(ctx, s.dir, s.cfg, tier.Options{Schema: c.schema, Log: log, Dialer: s.line.dial}); err != nil {
		tier.ClosePorts(ports)
		return err
	}
	ctx, s.end = context.WithCancel(ctx)
	ready, over, t := make(chan struct{}), make(chan struct{}), s.tier
	s.over = over
	c.running.Go(func() {
		defer close(over)
		s.err = errors.Join(t.Serve(ctx, ports, func() { t.Replica.Ready(start); close(ready) }), t.Close())
	})
	select {
	case <-ready:
		return nil
	case <-over:
		return s.err
	}
}

// stop ends serving and returns when the directory is closed.
func (s *site) stop() error {
	s.end()
	<-s.over
	return s.err
}

// alive returns why the site serves no longer, nil while it does.
func (s *site) alive() error {
	if s.over == nil {
		return fault.New(fault.Unavailable, "%s was never served", s)
	}
	select {
	case <-s.over:
		if s.err != nil {
			return fault.Wrap(s.String()+" stopped", s.err)
		}
		return fault.New(fault.Internal, "%s stopped by itself", s)
	default:
		return nil
	}
}

// status reads the present state in this process.
func (s *site) status(ctx context.Context) (*operate.Status, error) {
	return s.tier.Operate.Status(ctx, false)
}

// dirOf is where a unit's directory stands.
func dirOf(base string, u tree.Unit) string {
	if u.Level == tree.City {
		return filepath.Join(base, "city")
	}
	return filepath.Join(base, u.Level.String(), u.Code)
}

// wipe removes the directory, as a broken disk would.
func (s *site) wipe() error { return fault.Wrap("remove a directory", durable.RemoveTree(s.dir)) }
