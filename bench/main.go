// Command bench runs the table of measures: tongbu beside what it is compared
// with, in one run on one machine. `make bench` in the main module is how it
// is called; docs/performance.md says what the rows mean.
//
// Environment: BENCH_ROWS (a regular expression: only these rows; the results
// of the others stay as they are), BENCH_QUICK (small sizes), BENCH_SCALE
// (large ones), BENCH_PROFILE (a folder for profiles of tongbu's parts).
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"syscall"
	"time"

	"tongbu/bench/program"
	"tongbu/bench/rows"
	"tongbu/bench/table"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// Paths, seen from the folder of this module.
const (
	resultsDir = "results"
	page       = "../docs/performance.md"
)

func run(ctx context.Context) (err error) {
	raiseLimits()
	only, err := regexp.Compile(os.Getenv("BENCH_ROWS"))
	if err != nil {
		return err
	}
	e, err := environment()
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(e.Dir) }()
	results, err := measure(ctx, e, only)
	if err != nil {
		return err
	}
	fmt.Print(results.Markdown())
	return nil
}

func environment() (*rows.Env, error) {
	dir, err := os.MkdirTemp("", "tongbu-bench-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL's user goes through it
		return nil, err
	}
	self, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	e := &rows.Env{Dir: dir, Node: filepath.Join(self, "node"), Profile: os.Getenv("BENCH_PROFILE"),
		Quick: os.Getenv("BENCH_QUICK") != "", Scale: os.Getenv("BENCH_SCALE") != ""}
	start := time.Now()
	e.Say = func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%5.0f s  %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, args...))
	}
	if e.Program, err = program.Build(dir); err != nil {
		return nil, err
	}
	return e, nil
}

// measure runs the rows and saves what is known after each.
func measure(ctx context.Context, e *rows.Env, only *regexp.Regexp) (*table.Results, error) {
	path := filepath.Join(resultsDir, "latest.json")
	results, err := table.Load(path)
	if err != nil {
		return nil, err
	}
	results.Machine, results.Commit, results.Sizes = program.Machine(), program.Commit(), sizes(e)
	results.Date = time.Now().UTC().Format(time.DateOnly)
	var order []string
	for _, r := range rows.All() {
		order = append(order, r.Name)
	}
	start := time.Now()
	for _, r := range rows.All() {
		if !only.MatchString(r.Name) || ctx.Err() != nil {
			continue
		}
		results.Put(r.Name, attempt(ctx, e, r), order)
		results.Seconds = time.Since(start).Round(time.Second).Seconds()
		if err := save(results, path); err != nil {
			return nil, err
		}
	}
	return results, ctx.Err()
}

// attempt runs a row; the failure of one is reported and the others still run.
func attempt(ctx context.Context, e *rows.Env, r rows.Row) []table.Entry {
	debug.FreeOSMemory() // of the rows before
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	entries, err := r.Run(ctx, e)
	if err != nil {
		entries = append(entries, table.Skip("failed", "", err))
	}
	for _, one := range entries {
		e.Say("%s: %s: %s %s, ratio %s, bar %s, pass %v %s", r.Name, one.Name, table.Number(one.Value), one.Unit, table.Number(one.Ratio), one.Bar, one.Pass, one.Skipped)
	}
	e.Say("%s took %v", r.Name, time.Since(begin).Round(time.Second))
	return entries
}

func save(results *table.Results, path string) error {
	if err := results.Save(path); err != nil {
		return err
	}
	if err := results.Draw(resultsDir); err != nil {
		return err
	}
	return results.Fill(page)
}

func sizes(e *rows.Env) string {
	switch {
	case e.Quick:
		return "quick"
	case e.Scale:
		return "scale"
	}
	return "full"
}

// raiseLimits lets one process have thousands of connections.
func raiseLimits() {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) == nil {
		l.Cur = l.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l) // what is allowed is enough for the smaller sizes
	}
}
