package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/remote"
	"tongbu/internal/tree"
)

type joinOptions struct {
	dir, token, hub string
	config          config.Config
}

func (a *app) joinCommand() *cobra.Command {
	var o joinOptions
	cmd := &cobra.Command{
		Use: "join --dir DIR --token T --hub https://HOST:PORT", Short: "enrol a directory as a device of the token's unit",
		Long: "Enrol a directory as a device of the token's unit. A community becomes a\nnode, which only dials out; a street or district a hub, which needs --listen\nand --web. Any hub of the network will do: it passes the request up.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runJoin(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.token, "token", "", "join token, from tongbu token")
	cmd.Flags().StringVar(&o.hub, "hub", "", "https://HOST:PORT of a hub")
	cmd.Flags().BoolVar(&o.config.View, "view", false, "a street or district: answer questions here, too")
	addressFlags(cmd, &o.config, "", "")
	_, _ = cmd.MarkFlagRequired("token"), cmd.MarkFlagRequired("hub") // the flags exist
	return cmd
}

func (a *app) runJoin(ctx context.Context, o joinOptions) error {
	token, err := identity.ParseToken(o.token)
	if err != nil {
		return err
	}
	if err := o.config.Validate(); err != nil {
		return err
	}
	client, err := remote.New([]string{o.hub}, token.Trust(time.Now), remote.Options{})
	if err != nil {
		return err
	}
	if err := joinable(o.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fault.Wrap("make the directory", err)
	}
	keys, err := identity.Create(o.dir, identity.Options{})
	if err != nil {
		return err
	}
	listen := identity.Listen{Address: o.config.Links(), Web: o.config.WebLinks(), Name: hostname()}
	if err := identity.Join(ctx, keys, token, client, listen); err != nil {
		return err
	}
	return a.joined(o, keys)
}

// joinable refuses a directory that has joined before; one in which an
// earlier attempt was cut short is gone on with.
func joinable(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "identity", "network.json")); err == nil {
		return fault.New(fault.Busy, "this directory has joined a network before").WithHint("join from a new directory, or tongbu serve this one")
	}
	if _, err := os.Stat(filepath.Join(dir, "identity")); err == nil {
		return nil
	}
	return vacant(dir)
}

func (a *app) joined(o joinOptions, keys *identity.Keystore) error {
	level := tree.Level(keys.Placement().Level)
	if level == tree.Community {
		o.config.Listen, o.config.Web, o.config.Advertise, o.config.AdvertiseWeb, o.config.View = "", "", "", "", false
	}
	if err := o.config.Save(o.dir); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "joined %s as device %s of a %s\nnext: tongbu serve --dir %s\n", keys.Placement().Network, keys.Device(), level, o.dir)
	if level != tree.Community && (o.config.Listen == "" || o.config.Web == "") {
		fmt.Fprintf(a.err, "note: a hub needs listen and web in %s before it serves\n", filepath.Join(o.dir, config.File))
	}
	return nil
}

func levelOf(dir string) (tree.Level, error) {
	keys, err := identity.Open(dir, identity.Options{})
	if err != nil {
		return 0, err
	}
	return tree.Level(keys.Placement().Level), nil
}
