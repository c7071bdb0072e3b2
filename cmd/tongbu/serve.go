package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/config"
	"tongbu/internal/durable"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/slack"
	"tongbu/node/operate/service"
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
			for _, name := range []string{"listen", "web", "door", "api", "monitor", "log"} {
				if f := cmd.Flags().Lookup(name); f.Changed {
					set[name] = f.Value.String()
				}
			}
			return a.serveHosted(cmd.Context(), o.dir, set)
		},
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.flags.Listen, "listen", "", "HOST:PORT for links, in place of the configured one")
	cmd.Flags().StringVar(&o.flags.Web, "web", "", "HOST:PORT for HTTPS, in place of the configured one")
	cmd.Flags().StringVar(&o.flags.Door, "door", "", "HOST:PORT for renewing, in place of the configured one")
	cmd.Flags().StringVar(&o.flags.API, "api", "", "HOST:PORT for programs, in place of the configured one")
	cmd.Flags().StringVar(&o.flags.Monitor, "monitor", "", "HOST:PORT for figures in the form of Prometheus (/metrics, /healthz, /readyz), in place of the configured one; a port alone: of this computer only")
	cmd.Flags().BoolVar(&a.hosted, service.HostedFlag, false, "")
	_ = cmd.Flags().MarkHidden(service.HostedFlag) // Windows gives it to services
	cmd.Flags().StringVar(&o.flags.Log, "log", "", "debug, info, warn or error")
	return cmd
}

// runServe serves a directory until the context ends; it calls started once it is ready.
func (a *app) runServe(ctx context.Context, dir string, flags map[string]string, started func()) (err error) {
	if err := ownedBy(anothers(dir)); err != nil {
		return err
	}
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
	log, endLog, err := a.openLog(dir, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endLog()) }()
	t, err := tier.Open(ctx, dir, cfg, tier.Options{Program: version, Log: log})
	if err != nil {
		return err
	}
	for _, path := range tier.SecretFiles(dir, cfg) {
		if durable.Exposed(path) {
			log.Warn("a file with a secret can be read or written by others; chmod 600 it", "file", path)
		}
	}
	for _, path := range tier.SecretDirs(dir, cfg) {
		if durable.Exposed(path) {
			log.Warn("a directory with secrets can be written by others; chmod 700 it", "directory", path)
		}
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	return a.serve(ctx, t, start, started)
}

// serve runs an open tier with its ports until the context ends.
func (a *app) serve(ctx context.Context, t *tier.Tier, start time.Time, started func()) error {
	manager := service.NewNotifier(a.vars)
	ports, err := t.Listen()
	if err != nil {
		return err
	}
	figures, err := t.ListenMonitor()
	if err != nil {
		tier.ClosePorts(ports)
		return err
	}
	pages, err := t.ListenPages()
	if err != nil {
		tier.ClosePorts(ports)
		return errors.Join(err, figures.Close())
	}
	ready := func() {
		unit := t.Replica.Members.Unit()
		t.Replica.Ready(start)
		code := cmp.Or(unit.Code, string(unit.ID)) // the tree may not have come yet
		line := fmt.Sprintf("ready %s %s %s%s%s in %d ms", code, unit.Name, unit.Level, where(ports, t.Told()), shown(pages)+watched(figures), time.Since(start).Milliseconds())
		line = strings.Join(strings.Fields(line), " ")
		_ = a.printLine("%s", line) // who started it may listen no more
		_ = manager.Ready(line)
		started()
	}
	end := func(ctx context.Context) error {
		<-ctx.Done()
		_ = manager.Stopping()
		a.stop() // from now on a signal ends the process at once
		return nil
	}
	pace := slack.Config{Rest: func() {
		change.Rest()
		_ = t.Replica.Journal.Rest() // closed: it has nothing to give
	}}
	if t.Hub != nil {
		pace.Allowance = slack.HubAllowance
	} else {
		pace.Garbage, pace.Allowance, pace.Beyond = slack.NodeGarbage, slack.NodeAllowance, slack.NodeBeyond
		pace.Busy = func() { // people at its pages read all over the file
			_ = t.Replica.Journal.Rest()
			slack.RestProgram()
		}
	}
	spare := func(ctx context.Context) error { return slack.Run(ctx, pace) }
	alive := func(ctx context.Context) error {
		return manager.Watch(ctx, func(context.Context) error {
			return t.Replica.Journal.View(func(*journal.Tx) error { return nil })
		})
	}
	return errors.Join(t.Serve(ctx, ports, ready, end, spare, alive, t.Watched(figures), t.Paged(pages)), figures.Close(), pages.Close())
}

// shown names where the pages are.
func shown(p *tier.Pages) (text string) {
	if at := p.Address(); at != "" {
		text = " pages " + at
	}
	if at := p.LAN(); len(at) > 0 {
		text += " lan " + at[0]
	}
	return text
}

// watched names the port that figures are read from.
func watched(m *tier.Monitor) string {
	if m.Address() == "" {
		return ""
	}
	return " monitor http://" + m.Address()
}

// where names the ports of a hub as others are told them, or else as they are.
func where(ports hub.Listeners, told identity.Listen) string {
	if ports.Links == nil {
		return ""
	}
	name := func(told string, port net.Listener) string {
		if !identity.Reachable(told) {
			return port.Addr().String()
		}
		return told
	}
	line := fmt.Sprintf(" links %s web https://%s", name(told.Address, ports.Links), name(told.Web, ports.Web))
	if ports.API != nil {
		line += " api https://" + ports.API.Addr().String()
	}
	return line
}
