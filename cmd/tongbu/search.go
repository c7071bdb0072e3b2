package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/node/desk"
)

type searchOptions struct {
	dir, purpose string
	ask          desk.Search
}

func (a *app) searchCommand() *cobra.Command {
	var o searchOptions
	cmd := &cobra.Command{
		Use: "search --dir DIR TEXT|-", Short: "search the records of this unit by a part of a name, its pinyin, an address or a number, as JSON Lines",
		Long: `Search the records of this unit. TEXT is a part of a name, its pinyin or the
initials of it (wangming, wangm, wm), a part of an address, of a phone, of a form
number or of a number of your own, a whole ID number, or the last four characters
of one. Whole matches come first, then those that begin so, then parts; of equals,
the order is that of the names. Void records are left out, and ID numbers are
masked. With - the text is the first line of stdin, so that no ID number stands in
the list of processes or in the history of the shell.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ask.Text = args[0]
			return a.runSearch(cmd.Context(), o)
		},
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	f := cmd.Flags()
	f.StringVar(&o.ask.Kind, "kind", "", "kind of record, as in person; without it, all that are searched")
	f.IntVar(&o.ask.Limit, "limit", desk.DefaultHits, "how many records at most")
	f.Bool("json", true, "JSON Lines, the only form there is")
	return cmd
}

func (a *app) runSearch(ctx context.Context, o searchOptions) error {
	if o.ask.Limit < 1 {
		o.ask.Limit = -1 // 0 is no answer, not the usual one
	}
	if o.ask.Text == "-" {
		text, err := bufio.NewReader(io.LimitReader(a.in, desk.MaxLine)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fault.Wrap("read what to search for", err)
		}
		o.ask.Text = text
	}
	c, err := a.client(ctx, o.dir)
	if err != nil {
		return err
	}
	defer c.Close()
	body, err := json.Marshal(o.ask)
	if err != nil {
		return fault.As(fault.Internal, "make a request", err)
	}
	n := 0
	err = a.passLines(ctx, c, http.MethodPost, "/search?"+url.Values{"purpose": {o.purpose}}.Encode(), bytes.NewReader(body), func([]byte) { n++ })
	if err == nil && n == o.ask.Limit {
		a.say("these are %d records, as many as --limit says: there may be more", n)
	}
	return err
}
