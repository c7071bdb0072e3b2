package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

type initOptions struct {
	dir, unit, units string
	config           config.Config
}

func (a *app) initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use: "init --dir DIR --unit CODE --units FILE.csv", Short: "found a network: authority, unit tree, root hub",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runInit(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.unit, "unit", "", "division code of the root, 12 digits")
	cmd.Flags().StringVar(&o.units, "units", "", "unit tree as CSV: code,name,level,parent_code")
	addressFlags(cmd, &o.config, "127.0.0.1:7440", "127.0.0.1:7441")
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
	if err := tier.Vacant(o.dir); err != nil {
		return err
	}
	making := filepath.Clean(o.dir) + ".new"
	if err := os.RemoveAll(making); err != nil {
		return fault.Wrap("make the directory", err)
	}
	if err := os.MkdirAll(making, 0o700); err != nil {
		return fault.Wrap("make the directory", err)
	}
	network, fingerprint, err := tier.Found(ctx, making, units, o.config)
	if err != nil {
		_ = os.RemoveAll(making)
		return err
	}
	if err := moveInto(making, o.dir); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "founded %s: %d units under %s\nauthority %s\nnext: tongbu serve --dir %s\n", network, len(units), units[0].Name, fingerprint.Short(), o.dir)
	return nil
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

// moveInto renames a finished directory to its place and makes that durable.
func moveInto(from, to string) error {
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
		return fault.Wrap("make the directory", err)
	}
	if err := os.Rename(from, to); err != nil {
		return fault.Wrap("make the directory", err)
	}
	parent, err := os.Open(filepath.Dir(filepath.Clean(to)))
	if err != nil {
		return fault.Wrap("make the directory", err)
	}
	defer parent.Close() //nolint:errcheck // only synced
	return fault.Wrap("make the directory", parent.Sync())
}
