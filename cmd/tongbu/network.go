package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"tongbu/hub/network"
	"tongbu/internal/fault"
	"tongbu/internal/show"
	"tongbu/internal/system"
	"tongbu/internal/today"
)

type networkOptions struct {
	dir         string
	zone        string
	json, force bool
	formats     map[string]*uint64 // by name
}

func (a *app) networkCommand() *cobra.Command {
	o := networkOptions{formats: map[string]*uint64{}}
	cmd := &cobra.Command{
		Use: "network --dir CITYDIR", Short: "show which formats the network's devices read, and which are published; publish one, or the time zone",
		Long: "Shows what each device in use says that it reads, and what is published: what\nis written from then on. The city publishes by itself what every active device\nreads. A version named here is published now; when not every device has said\nthat it reads it, only by --force. A time zone is published for all tiers: dates\nare judged by its day.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runNetwork(cmd, o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
	cmd.Flags().BoolVar(&o.force, "force", false, "publish also what not every device reads")
	cmd.Flags().StringVar(&o.zone, "zone", "", "publish the time zone in which today is a day, e.g. "+today.Default)
	for _, name := range system.FormatNames {
		o.formats[name] = cmd.Flags().Uint64(name, 0, "publish this version of "+name)
	}
	return cmd
}

func (a *app) runNetwork(cmd *cobra.Command, o networkOptions) error {
	order := network.Order{Zone: o.zone, Formats: map[string]uint64{}, Force: o.force}
	for name, version := range o.formats {
		if cmd.Flags().Changed(name) {
			order.Formats[name] = *version
		}
	}
	var s network.Survey
	var err error
	switch {
	case len(order.Formats) > 0 || o.zone != "":
		err = a.ask(cmd.Context(), o.dir, http.MethodPost, "/network", order, &s)
	case o.force:
		return fault.New(fault.Invalid, "--force without a format to publish").WithHint("name one: --receipts 2")
	default:
		err = a.ask(cmd.Context(), o.dir, http.MethodGet, "/network", nil, &s)
	}
	if err != nil {
		return rootOnly(err)
	}
	if o.json {
		return a.printJSON(s)
	}
	return a.printNetwork(s)
}

func (a *app) printNetwork(s network.Survey) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("FORMAT\tPUBLISHED\tREAD BY ALL\tREAD HERE"))
	for _, name := range system.FormatNames {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", name, s.Published.Version(name), s.Read.Version(name), s.Readable.Version(name))
	}
	fmt.Fprintf(w, "\n%s\n\n", a.lang.Say("time zone: %s", s.Zone))
	fmt.Fprintln(w, a.lang.Say("DEVICE\tUNIT\tTIER\tPROGRAM\tBATCH\tRECEIPTS\tWORDS\tHEARD"))
	for _, d := range s.Devices {
		program := d.Program
		if !d.Said {
			program = a.lang.Say("has not said")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", d.ID, d.Unit, a.lang.Say(d.Tier), program, d.Reads.Batch, d.Reads.Receipts, d.Reads.Words, a.lang.Say("%d of %d", d.Heard, s.Publication))
	}
	return fault.Wrap("write", w.Flush())
}
