package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/report"
	"tongbu/node/socket"
)

var reportID = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

// givenReport is a report by its id, or read of a file.
func (a *app) givenReport(name string) (g socket.GivenReport, err error) {
	if reportID.MatchString(name) {
		g.ID = name
		return g, nil
	}
	raw, err := a.reportFile(name)
	if err != nil {
		return g, err
	}
	g.Signed = &report.Signed{}
	if err := json.Unmarshal(raw, g.Signed); err != nil {
		return g, fault.As(fault.Invalid, "read a report", err).WithHint("give an id, or a file that tongbu report show --json has written")
	}
	_, err = g.Signed.Read()
	return g, err
}

func (a *app) reportFile(name string) ([]byte, error) {
	if name == "-" {
		return readBounded(a.in)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.New(fault.NotFound, "%q is neither the id of a report nor a file", name).WithHint("tongbu report list shows the ids")
	}
	defer f.Close() //nolint:errcheck // only read
	return readBounded(f)
}

func readBounded(from io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(from, report.MaxSigned+1))
	switch {
	case err != nil:
		return nil, fault.Wrap("read a report", err)
	case len(raw) > report.MaxSigned:
		return nil, fault.New(fault.Invalid, "the file has more than the %d MiB that a report may have", report.MaxSigned>>20).WithHint("give a file that tongbu report show --json has written")
	}
	text, in := plain.File(raw)
	switch in {
	case plain.UTF16:
		return nil, fault.New(fault.Invalid, "the file is written in UTF-16, and a report in UTF-8").WithHint("save it again as UTF-8; PowerShell writes that with Out-File -Encoding utf8")
	case plain.Other:
		return nil, fault.New(fault.Invalid, "the file is not written in UTF-8, as a report is").WithHint("take the file from where it was made once more")
	}
	return text, nil
}

func (a *app) reportShowCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use: "show --dir DIR REPORT", Short: "print a report; with --json as it was signed, to be counted again elsewhere", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.showReport(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "the signed report")
	cmd.Flags().StringVar(&o.xlsx, "xlsx", "", "write the tables to this file, as a workbook to print")
	return cmd
}

func (a *app) showReport(ctx context.Context, o reportOptions, name string) error {
	if err := checkWorkbook(o.xlsx); err != nil {
		return err
	}
	g, err := a.givenReport(name)
	if err != nil {
		return err
	}
	var s report.Signed
	if err := a.ask(ctx, o.dir, http.MethodPost, "/reports/read", g, &s); err != nil {
		return err
	}
	r, err := s.Read()
	switch {
	case err != nil:
		return err
	case o.xlsx != "":
		return a.saveWorkbook(ctx, o.dir, o.xlsx, &s, r)
	case o.json:
		return a.printJSON(s)
	}
	kinds, err := a.schemaOf(ctx, o.dir)
	if err != nil {
		return err
	}
	zone, err := a.zoneOf(ctx, o.dir)
	if err != nil {
		return err
	}
	standing, err := a.standingOf(ctx, o.dir, s.ID())
	if err != nil {
		return err
	}
	return a.printReport(s.ID(), standing, r, kinds, zone)
}
