package main

import (
	"context"
	"net"
	"os"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/durable"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/tree"
)

type initOptions struct {
	dir, unit, units string
	key              string
	config           config.Config
}

func (a *app) initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use: "init --dir DIR --unit CODE --units FILE.csv", Short: "found a network: authority, unit tree, root hub",
		Long: "Found a network: its authority, its unit tree and its first hub, the city's.\n\n" + portsHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runInit(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.unit, "unit", "", "division code of the root, 12 digits")
	cmd.Flags().StringVar(&o.units, "units", "", "unit tree as CSV: code,name,level,parent_code")
	addressFlags(cmd, &o.config, "127.0.0.1:7440", "127.0.0.1:7441")
	keyFlag(cmd, &o.key)
	_, _ = cmd.MarkFlagRequired("unit"), cmd.MarkFlagRequired("units") // the flags exist
	return cmd
}

// addressFlags adds a hub's addresses with their defaults.
func addressFlags(cmd *cobra.Command, c *config.Config, listen, web string) {
	cmd.Flags().StringVar(&c.Listen, "listen", listen, "HOST:PORT for links from the tiers below (gRPC)")
	cmd.Flags().StringVar(&c.Web, "web", web, "HOST:PORT for joining (HTTPS)")
	cmd.Flags().StringVar(&c.Door, "door", "", "HOST:PORT for renewing certificates (HTTPS); empty: the port after --web")
	cmd.Flags().StringVar(&c.Advertise, "advertise", "", "HOST:PORT others reach --listen by, when it is another")
	cmd.Flags().StringVar(&c.AdvertiseWeb, "advertise-web", "", "HOST:PORT others reach --web by, when it is another")
	cmd.Flags().StringVar(&c.Monitor, "monitor", "", "HOST:PORT for figures in the form of Prometheus (HTTP); a port alone: of this computer only; empty: none")
	cmd.Flags().StringVar(&c.AdvertiseDoor, "advertise-door", "", "HOST:PORT others reach --door by, when it is another")
}

// runInit founds the network beside its place and moves it there as a whole,
// so that a failure leaves nothing half made.
func (a *app) runInit(ctx context.Context, o initOptions) error {
	units, err := readUnits(o.units, o.unit)
	if err != nil {
		return err
	}
	if err := o.config.Validate(); err != nil {
		return err
	}
	if err := tier.Reachable(o.config); err != nil {
		return err
	}
	if err := mayMake(o.dir); err != nil {
		return err
	}
	keys, err := a.keys(o.dir, o.key)
	if err != nil {
		return err
	}
	if err := tier.Vacant(o.dir); err != nil {
		return err
	}
	making, err := tier.Making(o.dir)
	if err != nil {
		return err
	}
	network, fingerprint, err := tier.Found(ctx, making, units, o.config, keys)
	if err != nil {
		_ = durable.RemoveTree(making)
		return err
	}
	failpoint.Reach("init.move.before")
	if err := durable.Move(making, o.dir); err != nil {
		return err
	}
	failpoint.Reach("init.move.after")
	a.say("founded %s: %d units under %s", network, len(units), units[0].Name)
	a.say("authority %s", fingerprint.Short())
	a.tellKey(o.dir)
	a.tellPorts(o.config)
	a.say("next: tongbu serve --dir %s", quoted(o.dir))
	return nil
}

// portsHelp is what a new hub's firewall needs.
const portsHelp = "A hub takes three TCP ports, which the firewall has to let through from the\ntiers below: --listen for links, --web for joining, and --door (the port after\n--web) for renewing certificates. A community takes none: it only dials out."

// tellPorts says what a hub's firewall has to let through.
func (a *app) tellPorts(c config.Config) {
	if c.Listen == "" || c.Web == "" {
		return
	}
	a.say("firewall: let the tiers below reach TCP %s (links), %s (joining), %s (renewing)",
		c.Links(), c.WebLinks(), identity.DoorOf(c.DoorLinks(), c.WebLinks()))
	if host, _, err := net.SplitHostPort(c.Links()); err == nil && net.ParseIP(host).IsLoopback() {
		a.say("note: %s is reached from this computer alone; others need --listen with an address of its network", c.Links())
	}
}

func readUnits(path, root string) ([]tree.Unit, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap("read the units", err)
	}
	defer f.Close() //nolint:errcheck // only read
	units, err := tier.Units(f, root)
	return units, fault.Wrap("read the units", err)
}
