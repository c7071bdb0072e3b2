package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongbu/hub"
	"tongbu/internal/config"
	"tongbu/internal/control"
	"tongbu/internal/fault"
	"tongbu/internal/station"
	"tongbu/node"
)

type serveOptions struct {
	dir   string
	flags config.Config
}

func (a *app) serveCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use: "serve --dir DIR", Short: "run a node or hub until SIGTERM; a second signal skips the drain",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set := map[string]string{}
			for _, name := range []string{"listen", "web", "log"} {
				if f := cmd.Flags().Lookup(name); f.Changed {
					set[name] = f.Value.String()
				}
			}
			return a.runServe(cmd.Context(), o.dir, set)
		},
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.flags.Listen, "listen", "", "HOST:PORT for links, in place of the configured one")
	cmd.Flags().StringVar(&o.flags.Web, "web", "", "HOST:PORT for HTTPS, in place of the configured one")
	cmd.Flags().StringVar(&o.flags.Log, "log", "", "debug, info, warn or error")
	return cmd
}

func (a *app) runServe(ctx context.Context, dir string, flags map[string]string) (err error) {
	start := time.Now()
	cfg, err := config.Load(dir, a.vars)
	if err != nil {
		return err
	}
	for key, value := range flags {
		if err := cfg.Set(key, value); err != nil {
			return err
		}
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	t, err := a.openTier(ctx, dir, cfg, a.logger(cfg.Log))
	if err != nil {
		return err
	}
	a.frugal(t)
	defer func() { err = errors.Join(err, t.Close()) }()
	return a.serve(ctx, dir, t, start)
}

// nodeMemory is what the collector aims at in a node, in bytes: it shares an
// old PC with everything else a clerk has open.
const nodeMemory = 40 << 20

// frugal keeps a node's memory small, unless GOMEMLIMIT says otherwise.
func (a *app) frugal(t *tier) {
	given := func(pair string) bool { return strings.HasPrefix(pair, "GOMEMLIMIT=") }
	if t.hub == nil && !slices.ContainsFunc(a.vars, given) {
		debug.SetMemoryLimit(nodeMemory)
	}
}

// serve runs an open tier with its ports until the context ends.
func (a *app) serve(ctx context.Context, dir string, t *tier, start time.Time) error {
	ports, err := t.listen()
	if err != nil {
		return err
	}
	socket, err := control.Listen(dir)
	if err != nil {
		return err
	}
	unit := t.station.Registry.Unit()
	t.station.Ready(start)
	fmt.Fprintf(a.out, "ready %s %s%s in %d ms\n", unit.Level, unit.Code+unit.Name, t.where(ports), time.Since(start).Milliseconds())
	end := func(ctx context.Context) error {
		<-ctx.Done()
		a.stop() // from now on a signal ends the process at once
		return nil
	}
	return station.Together(ctx, end, t.run(ports), func(ctx context.Context) error { return control.Serve(ctx, socket, t.handler) })
}

func (t *tier) run(ports hub.Listeners) station.Task {
	if t.hub == nil {
		return node.New(t.station).Run
	}
	return func(ctx context.Context) error { return t.hub.Run(ctx, ports) }
}

func (t *tier) where(ports hub.Listeners) string {
	if t.hub == nil {
		return ""
	}
	return fmt.Sprintf(" links %s web https://%s", ports.Links.Addr(), ports.Web.Addr())
}

func (t *tier) listen() (l hub.Listeners, err error) {
	if t.hub == nil {
		return l, nil
	}
	if t.config.Listen == "" || t.config.Web == "" {
		return l, fault.New(fault.Invalid, "a hub needs listen and web").WithHint("set them in DIR/%s", config.File)
	}
	if l.Links, err = listenOn("listen", t.config.Listen); err != nil {
		return l, err
	}
	if l.Web, err = listenOn("web", t.config.Web); err != nil {
		_ = l.Links.Close()
	}
	return l, err
}

func listenOn(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	if kind := fault.Of(err); kind == fault.Busy {
		return nil, fault.New(kind, "%s: port %s is in use", key, address).WithHint("choose another in tongbu.yaml, or stop what uses it")
	}
	return nil, fault.As(fault.Invalid, key, err).WithHint("the address must be one of this computer's")
}
