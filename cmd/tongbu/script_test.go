package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tongbu/internal/test/proctest"
	"tongbu/node/socket"
)

// TestScript runs testdata/script: the command line as its users meet it.
// Beside testscript's own commands the scripts have
//
//	ports NAME...            give each variable another free HOST:PORT
//	fails CODE PROGRAM...    the program ends with the code and one line on
//	                         stderr: what is wrong, and in brackets a hint
//	capture NAME             set a variable from the last stdout
//	ready DIR                wait until a process serves the directory
//	json PATH WANT           a value of the last stdout, in JSON; PATH a.b.0.c
//	keys PATH A,B,C          all keys of an object of the last stdout, in order
//	next NAME                set a variable from the next_page_token of the last stdout
//	firstid NAME             set a variable from the second line of the last stdout
//	lines N FILE TEMPLATE    write a file of so many lines, each with its number
//	workbook FILE SHEET=CSV...  write an Excel workbook of CSV files
//	samerecords FILE FILE    compare records of JSON Lines but for ids and their order
//	value PATH NAME          set a variable from a value of the last stdout, in JSON
//	await PATH WANT PROGRAM... run again until its answer has the value
func TestScript(t *testing.T) {
	ports := &proctest.Ports{}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TONGBU_KEYS", filepath.Join(env.WorkDir, "keys"))
			env.Setenv("TONGBU_RESERVE", "256KiB")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ports":       func(ts *testscript.TestScript, _ bool, names []string) { givePorts(ts, ports, names) },
			"fails":       fails,
			"capture":     func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], stdout(ts)) },
			"ready":       ready,
			"json":        wantJSON,
			"keys":        wantKeys,
			"await":       await,
			"next":        next,
			"lines":       lines,
			"cutoff":      cutOff,
			"workbook":    workbook,
			"samerecords": sameRecords,
			"firstid": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv(args[0], strings.Split(stdout(ts), "\n")[1])
			},
			"value": setValue,
			"fetch": fetch,
		},
	})
}

// fetch writes into a file what is answered to a GET.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fetch STATUS URL FILE")
	}
	answer, err := (&http.Client{Timeout: scriptLimit, Transport: &http.Transport{DisableKeepAlives: true}}).Get(args[1])
	ts.Check(err)
	defer answer.Body.Close() //nolint:errcheck // all of it is read
	raw, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if got := strconv.Itoa(answer.StatusCode); got != args[0] {
		ts.Fatalf("%s: got %s, want %s: %s", args[1], got, args[0], raw)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), raw, 0o600))
}

func next(ts *testscript.TestScript, _ bool, args []string) {
	token, err := at(stdout(ts), "next_page_token")
	ts.Check(err)
	ts.Setenv(args[0], fmt.Sprint(token))
}

// cutOff cuts so many bytes off the end of a file.
func cutOff(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cutoff FILE BYTES")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()-n))
}

func lines(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, args[2]+"\n", i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

func givePorts(ts *testscript.TestScript, ports *proctest.Ports, names []string) {
	for _, name := range names {
		ts.Setenv(name, ports.Next())
	}
}

// complaint is the form of every failure: one line, with a hint.
var complaint = regexp.MustCompile(`^tongbu: [^\n]+ \([^\n]+\)\n$`)

func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fails CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); err != nil && !errors.As(err, &exit) {
		ts.Fatalf("run %s: %v", args[1], err)
	}
	talk := ts.ReadFile("stderr")
	switch {
	case exit == nil:
		ts.Fatalf("exit code: got 0, want %d", want)
	case exit.ExitCode() != want:
		ts.Fatalf("exit code: got %d, want %d; stderr %q", exit.ExitCode(), want, talk)
	case !complaint.MatchString(talk):
		ts.Fatalf("stderr is not one line with a hint: %q", talk)
	}
}

func stdout(ts *testscript.TestScript) string { return strings.TrimSpace(ts.ReadFile("stdout")) }

// scriptLimit is how long a script waits for what should take moments.
const scriptLimit = 20 * time.Second

func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready DIR")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(proctest.Until(context.Background(), scriptLimit, func() string {
		c, err := socket.Dial(context.Background(), dir)
		if err != nil {
			return err.Error()
		}
		c.Close()
		return ""
	}))
}

// at finds a value of a JSON text.
func at(text, path string) (any, error) {
	var value any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("not JSON: %w: %q", err, text)
	}
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if step == "length" {
				value = len(v)
				continue
			}
			if err != nil || i < 0 || i >= len(v) {
				return nil, fmt.Errorf("no element %s of %d", step, len(v))
			}
			value = v[i]
		default:
			return nil, fmt.Errorf("no %q in %v", step, value)
		}
	}
	return value, nil
}

// differs tells how the value at the path is not what is wanted.
func differs(text, path, want string) string {
	value, err := at(text, path)
	if err != nil {
		return err.Error()
	}
	if got := fmt.Sprint(value); got != want {
		return fmt.Sprintf("%s: got %s, want %s", path, got, want)
	}
	return ""
}

func wantJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: json PATH WANT")
	}
	if problem := differs(stdout(ts), args[0], args[1]); problem != "" {
		ts.Fatalf("%s", problem)
	}
}

func setValue(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: value PATH NAME")
	}
	value, err := at(stdout(ts), args[0])
	ts.Check(err)
	ts.Setenv(args[1], fmt.Sprint(value))
}

// wantKeys compares the keys in the order in which they are written: people
// read them, too.
func wantKeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keys PATH A,B,C")
	}
	text := stdout(ts)
	if args[0] != "." {
		value, err := rawAt([]byte(text), strings.Split(args[0], "."))
		ts.Check(err)
		text = string(value)
	}
	got, err := keysOf(text)
	ts.Check(err)
	if list := strings.Join(got, ","); list != args[1] {
		ts.Fatalf("keys of %s: got %s, want %s", args[0], list, args[1])
	}
}

func rawAt(raw json.RawMessage, path []string) (json.RawMessage, error) {
	for _, step := range path {
		var object map[string]json.RawMessage
		var list []json.RawMessage
		if json.Unmarshal(raw, &object) == nil {
			raw = object[step]
			continue
		}
		i, err := strconv.Atoi(step)
		if err != nil || json.Unmarshal(raw, &list) != nil || i >= len(list) {
			return nil, fmt.Errorf("no %q in %s", step, raw)
		}
		raw = list[i]
	}
	return raw, nil
}

func keysOf(text string) (keys []string, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		keys = append(keys, fmt.Sprint(key))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: await PATH WANT PROGRAM ARGS...")
	}
	ts.Check(proctest.Until(context.Background(), scriptLimit, func() string {
		if err := ts.Exec(args[2], args[3:]...); err != nil {
			return err.Error()
		}
		return differs(stdout(ts), args[0], args[1])
	}))
}
