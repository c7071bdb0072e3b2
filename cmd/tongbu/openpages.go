package main

import (
	"context"
	"net/http"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

func (a *app) openCommand() *cobra.Command {
	var dir string
	var only bool
	cmd := &cobra.Command{
		Use: "open --dir DIR", Short: "open the pages of a node in a browser, and print their address",
		Long: "Print the address of a node's pages and open it in a browser, where this computer has\na desktop. It asks the process that serves the directory; with --print, and where none\ndoes, the address is the configured one.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runOpen(cmd.Context(), dir, only) },
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&only, "print", false, "print the address alone")
	return cmd
}

func (a *app) runOpen(ctx context.Context, dir string, only bool) error {
	level, err := tier.LevelOf(dir)
	if err != nil {
		return err
	}
	if level != tree.Community {
		return fault.New(fault.Invalid, "a hub has no pages for people yet").WithHint("give --dir of a node")
	}
	address, err := a.pagesOf(ctx, dir, only)
	if err != nil {
		return err
	}
	if err := a.printLine("%s", address); err != nil || only {
		return err
	}
	command := browser(runtime.GOOS, a.vars)
	if command == nil {
		a.say("no desktop here: open the address in a browser of this computer")
		return nil
	}
	if err := exec.CommandContext(ctx, command[0], append(command[1:], address)...).Run(); err != nil {
		a.say("the browser cannot be started: open the address by hand")
	}
	return nil
}

// pagesOf is where the pages are; unserved: where they would be will do.
func (a *app) pagesOf(ctx context.Context, dir string, unserved bool) (string, error) {
	none := fault.New(fault.NotFound, "the node shows no pages").WithHint("set web: 127.0.0.1:8420 in DIR/%s and start tongbu serve again", config.File)
	c, err := socket.Dial(ctx, dir)
	switch {
	case fault.Of(err) == fault.NotFound && unserved:
		cfg, err := config.Load(dir, a.vars)
		if err == nil && (cfg.Web == "" || strings.HasSuffix(cfg.Web, ":0")) {
			err = none
		}
		return "http://" + cfg.Web, err
	case err != nil:
		return "", err
	}
	defer c.Close()
	var at operate.Pages
	if err := c.JSON(ctx, http.MethodGet, "/pages", nil, &at); err != nil {
		return "", err
	}
	if at.Address == "" && len(at.LAN) > 0 {
		at.Address = at.LAN[0]
	}
	if at.Address == "" {
		return "", none
	}
	return at.Address, nil
}

// browser is the command that opens an address on a system; nil where nobody sits.
func browser(system string, environ []string) []string {
	switch system {
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case "darwin":
		return []string{"open"}
	}
	desktop := slices.ContainsFunc(environ, func(v string) bool {
		name, value, _ := strings.Cut(v, "=")
		return value != "" && (name == "DISPLAY" || name == "WAYLAND_DISPLAY")
	})
	if !desktop {
		return nil
	}
	return []string{"xdg-open"}
}
