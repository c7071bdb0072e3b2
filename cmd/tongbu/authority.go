package main

import (
	"net/http"

	"github.com/spf13/cobra"

	"tongbu/hub/root"
)

func (a *app) authorityCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "authority", Short: "replace the certificate authority of the network", Args: cobra.NoArgs}
	cmd.AddCommand(
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
