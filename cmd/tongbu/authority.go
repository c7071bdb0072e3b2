package main

import (
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/internal/fault"
)

func (a *app) authorityCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "authority", Short: "replace the certificate authority of the network", Args: cobra.NoArgs}
	cmd.AddCommand(a.authorityShow(),
		a.authorityStep("rotate", "make the next authority, which signs from now on; the older one stays trusted"),
		a.authorityStep("retire", "end the trust in the older authority, once no certificate of it can be valid"))
	return cmd
}

func (a *app) authorityStep(step, short string) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: step + " --dir ROOTDIR", Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var now root.Authorities
			err := a.ask(cmd.Context(), dir, http.MethodPost, "/authority/"+step, nil, &now)
			if err == nil {
				err = a.printLine("authority %s, %d trusted", now.Authority, now.Trusted)
			}
			return rootOnly(err)
		},
	}
	dirFlag(cmd, &dir)
	return cmd
}

// authorityShow prints what clients of this network's servers have to trust.
func (a *app) authorityShow() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "show --dir DIR", Short: "print the network's certificate authority in PEM, for clients that verify its servers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var shown hub.Authority
			if err := a.ask(cmd.Context(), dir, http.MethodGet, "/authority", nil, &shown); err != nil {
				return err
			}
			if shown.Pin != "" {
				a.tell("this hub shows programs its own certificate, which has no name: verify it by its key, --pin %s", shown.Pin)
			}
			_, err := io.WriteString(a.out, shown.PEM)
			return fault.Wrap("write", err)
		},
	}
	dirFlag(cmd, &dir)
	return cmd
}
