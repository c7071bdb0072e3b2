package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/syncer"
)

// version is set at the build of a release.
var version = "development"

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: "show the version of program and protocol", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := map[string]any{"version": version, "protocol": syncer.Version, "go": runtime.Version(), "revision": built("vcs.revision"), "date": built("vcs.time")}
			if asJSON {
				return a.printJSON(v)
			}
			fmt.Fprintf(a.out, "tongbu %s, protocol %d, %s %s\n", version, syncer.Version, runtime.Version(), built("vcs.revision"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}

// about is the program's version, and commit and day of what it was built from, as far
// as the build knows them.
func about() string {
	text := "tongbu " + version
	if commit := built("vcs.revision"); commit != "" {
		text += ", commit " + commit[:min(12, len(commit))]
	}
	if day, _, _ := strings.Cut(built("vcs.time"), "T"); day != "" {
		text += ", " + day
	}
	return text
}

// built is what the build knows by a name: of the commit it was made from.
func built(name string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == name {
			return s.Value
		}
	}
	return ""
}
