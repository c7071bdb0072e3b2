package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/tree"
)

type joinOptions struct {
	dir, hub, key    string
	token, tokenFile string
	config           config.Config
}

func (a *app) joinCommand() *cobra.Command {
	var o joinOptions
	cmd := &cobra.Command{
		Use: "join --dir DIR --token-file FILE --hub https://HOST:PORT", Short: "enrol a directory as a device of the token's unit",
		Long: "Enrol a directory as a device of the token's unit. A community becomes a\nnode, which only dials out; a street or district a hub, which needs --listen\nand --web. Any hub of the network will do: it passes the request up.\n\nThe token comes from a file, or with --token-file - from standard input. One\ngiven with --token can be seen by everybody who lists the processes.\n\n" + portsHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runJoin(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.tokenFile, "token-file", "", "file that holds the join token, from tongbu token; - is standard input")
	cmd.Flags().StringVar(&o.token, "token", "", "the join token itself, or - for standard input; --token-file keeps it out of the list of processes")
	cmd.Flags().StringVar(&o.hub, "hub", "", "https://HOST:PORT of a hub")
	cmd.Flags().BoolVar(&o.config.View, "view", false, "a street or district: answer questions here, too")
	addressFlags(cmd, &o.config, "", "")
	keyFlag(cmd, &o.key)
	cmd.MarkFlagsOneRequired("token", "token-file")
	_ = cmd.MarkFlagRequired("hub") // the flag exists
	return cmd
}

func (a *app) runJoin(ctx context.Context, o joinOptions) error {
	token, err := a.readSecret("token", o.token, o.tokenFile)
	if err != nil {
		return err
	}
	if err := mayMake(o.dir); err != nil {
		return err
	}
	place, err := a.keys(o.dir, o.key)
	if err != nil {
		return err
	}
	keys, err := tier.Join(ctx, tier.Joining{Dir: o.dir, Token: token, Hub: o.hub, Config: o.config, Keys: place})
	if err != nil {
		return err
	}
	level := tree.Level(keys.Placement().Level)
	a.say("joined %s as device %s of a %s", keys.Placement().Network, keys.Device(), a.lang.Say(level.String()))
	a.tellKey(o.dir)
	if level != tree.Community {
		a.tellPorts(o.config)
	}
	if o.token != "" && o.token != fromStdin {
		a.say("note: the token stood in the list of processes; --token-file FILE keeps it out")
	}
	a.say("next: tongbu serve --dir %s", quoted(o.dir))
	if level != tree.Community && (o.config.Listen == "" || o.config.Web == "") {
		a.say("note: a hub needs listen and web in %s before it serves", filepath.Join(o.dir, config.File))
	}
	return nil
}
