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
	"strings"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

type putOptions struct {
	dir, run, reason string
	update, void     bool
}

func (a *app) putCommand() *cobra.Command {
	var o putOptions
	cmd := &cobra.Command{
		Use: "put --dir DIR KIND [FILE|-]", Short: "record JSON objects; one line with id, sequence, result and version out for each, after the fsync",
		Long: `Record JSON objects, one a line, or one over several lines.

"id" is a number of your own or an id that this program made; without one a new
record is made. "version", as get shows it, says what the object was edited on:
then only what differs from it is written, and what another has changed
meanwhile is kept beside it, as a conflict. An object as get shows it is taken too.

A file may be put again after a failure: each line without an id is the record
of its line in a run, named by the file's content or by --run, and a line that is
in writes nothing. So is what comes from stdin when it has several objects; one
object from stdin is a new record each time.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPut(cmd.Context(), o, args, cmd.Flags().Changed("run"))
		},
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.BoolVar(&o.update, "update", false, "change records that are here; one that is not is an error, not a new record")
	f.StringVar(&o.run, "run", "", "name of the run, for lines without an id: the same line of the same run is recorded once")
	f.BoolVar(&o.void, "void", false, "void the records that the objects name; needs a reason")
	f.StringVar(&o.reason, "reason", "", "why they are void, where an object has no void_reason")
	return cmd
}

func (o putOptions) query(named bool) url.Values {
	q := url.Values{}
	if named {
		q.Set("run", o.run)
	}
	if o.update {
		q.Set("update", "1")
	}
	if o.void {
		q.Set("void", "1")
	}
	if o.reason != "" {
		q.Set("reason", o.reason)
	}
	return q
}

func (a *app) runPut(ctx context.Context, o putOptions, args []string, named bool) error {
	if o.reason != "" && !o.void {
		return fault.New(fault.Invalid, "a reason is kept with a void only").WithHint("give --void too")
	}
	c, err := a.client(ctx, o.dir)
	if err != nil {
		return err
	}
	defer c.Close()
	var room operate.Disk
	if err := c.JSON(ctx, http.MethodGet, "/room", nil, &room); err != nil {
		return err // before anything is typed
	}
	q, in := o.query(named), a.in
	if len(args) == 2 && args[1] != "-" {
		f, err := os.Open(args[1])
		if err != nil {
			return fault.Wrap("read the records", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
		q.Set("file", "1")
	}
	var again repeats
	err = a.passLines(ctx, c, http.MethodPost, "/put/"+segment(args[0])+"?"+q.Encode(), in, again.count)
	again.tell(a)
	return err
}

// putBefore is the warning for a line that was put before.
const putBefore = "run: line_put_before"

// repeats counts lines that were put before.
type repeats struct{ lines int }

func (r *repeats) count(line []byte) {
	if bytes.Contains(line, []byte(`"`+putBefore+`"`)) {
		r.lines++
	}
}

func (r *repeats) tell(a *app) {
	if r.lines > 0 {
		a.say("%d of these lines were put before: nothing was written for them (to record them once more, give --run a new name)", r.lines)
	}
}

// copyLines calls the serving process and copies the lines of its answer to
// stdout.
func (a *app) copyLines(ctx context.Context, c *socket.Client, method, path string, body io.Reader) error {
	return a.passLines(ctx, c, method, path, body, func([]byte) {})
}

// passLines is copyLines that also shows each line to look.
func (a *app) passLines(ctx context.Context, c *socket.Client, method, path string, body io.Reader, look func(line []byte)) error {
	out := bufio.NewWriter(a.out)
	err := c.Lines(ctx, method, path, body, func(line []byte) error {
		look(line)
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
			path := recordPath(what, args) + "?purpose=" + url.QueryEscape(purpose)
			return a.show(cmd.Context(), dir, http.MethodGet, path, nil, &answer)
		}}
	dirFlag(cmd, &dir)
	purposeFlag(cmd, &purpose)
	cmd.Flags().Bool("json", true, "JSON, the only form there is")
	return cmd
}

// recordPath is the path of a request about a record.
func recordPath(what string, args []string) string {
	return fmt.Sprintf("/%s/%s/%s", what, segment(args[0]), segment(args[1]))
}

// segment is a word in a path. One of dots would be read as another path.
func segment(word string) string {
	word = url.PathEscape(word)
	if strings.Trim(word, ".") == "" {
		word = strings.ReplaceAll(word, ".", "%2E")
	}
	return word
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

// printJSONLine prints a value as one line of JSON.
func (a *app) printJSONLine(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fault.Wrap("write", err)
	}
	_, err := a.out.Write(plain.JSON(b.Bytes()))
	return fault.Wrap("write", err)
}

func (a *app) listCommand() *cobra.Command {
	var dir, filter, purpose string
	cmd := &cobra.Command{
		Use: "list --dir DIR KIND [--filter F]", Short: "list the records of this directory, as JSON Lines",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/list/" + segment(args[0]) + "?" + url.Values{"filter": {filter}, "purpose": {purpose}}.Encode()
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
