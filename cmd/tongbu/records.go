package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

func (a *app) putCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "put --dir DIR KIND [FILE|-]", Short: "record JSON objects; one line with id and sequence out for each, after the fsync",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPut(cmd.Context(), dir, args) },
	}
	dirFlag(cmd, &dir)
	return cmd
}

func (a *app) runPut(ctx context.Context, dir string, args []string) error {
	c, err := a.client(ctx, dir)
	if err != nil {
		return err
	}
	defer c.Close()
	var room operate.Disk
	if err := c.JSON(ctx, http.MethodGet, "/room", nil, &room); err != nil {
		return err // before anything is typed
	}
	in := a.in
	if len(args) == 2 && args[1] != "-" {
		f, err := os.Open(args[1])
		if err != nil {
			return fault.Wrap("read the records", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	return a.copyLines(ctx, c, http.MethodPost, "/put/"+url.PathEscape(args[0]), in)
}

// copyLines calls the serving process and copies the lines of its answer to
// stdout.
func (a *app) copyLines(ctx context.Context, c *socket.Client, method, path string, body io.Reader) error {
	out := bufio.NewWriter(a.out)
	err := c.Lines(ctx, method, path, body, func(line []byte) error {
		_, err := out.Write(plain.JSON(line))
		return fault.Wrap("write", err)
	})
	if flushed := out.Flush(); err == nil {
		return fault.Wrap("write", flushed)
	}
	return err
}

func (a *app) getCommand() *cobra.Command {
	return a.recordCommand("get", "get --dir DIR KIND ID", "show a record of this directory and how far it has come")
}

func (a *app) historyCommand() *cobra.Command {
	return a.recordCommand("history", "history --dir DIR KIND ID", "show all changes of a record, in causal order")
}

func (a *app) recordCommand(what, use, short string) *cobra.Command {
	var dir, purpose string
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var answer json.RawMessage // as it came: keys in their order, numbers with all digits
			path := fmt.Sprintf("/%s/%s/%s", what, url.PathEscape(args[0]), url.PathEscape(args[1])) + "?purpose=" + url.QueryEscape(purpose)
			return a.show(cmd.Context(), dir, http.MethodGet, path, nil, &answer)
		}}
	dirFlag(cmd, &dir)
	purposeFlag(cmd, &purpose)
	cmd.Flags().Bool("json", true, "JSON, the only form there is")
	return cmd
}

// show calls the serving process and prints the answer as JSON.
func (a *app) show(ctx context.Context, dir, method, path string, in, answer any) error {
	if err := a.ask(ctx, dir, method, path, in, answer); err != nil {
		return err
	}
	return a.printJSON(answer)
}

func (a *app) ask(ctx context.Context, dir, method, path string, in, answer any) error {
	c, err := a.client(ctx, dir)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.JSON(ctx, method, path, in, answer)
}

func (a *app) printJSON(v any) error { return writeJSON(a.out, v) }

func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fault.Wrap("write", err)
	}
	_, err := w.Write(plain.JSON(b.Bytes()))
	return fault.Wrap("write", err)
}

func (a *app) listCommand() *cobra.Command {
	var dir, filter, purpose string
	cmd := &cobra.Command{
		Use: "list --dir DIR KIND [--filter F]", Short: "list the records of this directory, as JSON Lines",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/list/" + url.PathEscape(args[0]) + "?" + url.Values{"filter": {filter}, "purpose": {purpose}}.Encode()
			return a.runList(cmd.Context(), dir, path)
		},
	}
	dirFlag(cmd, &dir)
	purposeFlag(cmd, &purpose)
	cmd.Flags().StringVar(&filter, "filter", "", `AIP-160 filter, as in 'sex = "2" AND name = "王*"'`)
	cmd.Flags().Bool("json", true, "JSON Lines, the only form there is")
	return cmd
}

func (a *app) runList(ctx context.Context, dir, path string) error {
	c, err := a.client(ctx, dir)
	if err != nil {
		return err
	}
	defer c.Close()
	return a.copyLines(ctx, c, http.MethodGet, path, nil)
}
