package main

import (
	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/vault"
)

// keyFlag adds --key, for the commands that make a directory.
func keyFlag(cmd *cobra.Command, key *string) {
	cmd.Flags().StringVar(key, "key", "", "where the key that encrypts the directory is kept: "+vault.Sources+" (default dpapi on Windows, else file)")
}

// keys says where the key of a new directory is to be kept.
func (a *app) keys(dir, source string) (tier.Keys, error) {
	from, err := vault.ParseSource(source)
	if err != nil {
		return tier.Keys{}, err
	}
	c, err := config.Load(dir, a.vars)
	return tier.Keys{Source: from, Options: tier.KeyOptions(c)}, err
}

// tellKey says where the key is: who loses it loses the directory.
func (a *app) tellKey(dir string) {
	if place, err := vault.DescribeSource(dir); err == nil {
		a.say("encrypted; the key is in %s", a.lang.Line(place))
	}
}
