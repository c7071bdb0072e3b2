// Command release makes what a release consists of, from the commit that is checked
// out: static binaries, Debian packages, a bill of materials of each binary, and the
// checksums of all. The same commit and the same Go give the same bytes, wherever and
// whenever it runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	root := flag.String("root", "../..", "folder of the module")
	out := flag.String("out", "../../bin/release", "folder to write to; emptied before")
	only := flag.String("only", "", "one target alone, as linux/amd64, to try it; empty: all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *root, *out, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is what is being made.
type release struct {
	root, out string // absolute
	version   string // without the v of its tag
	commit    string
	at        time.Time // of the commit
	targets   []target
}

// targets are the systems that binaries are made for; those of Linux have packages.
var targets = []target{{"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}, {"windows", "386"}}

func run(ctx context.Context, root, out, only string) error {
	r, err := open(ctx, root, out, only)
	if err != nil {
		return err
	}
	fmt.Printf("tongbu %s of %s\n", r.version, r.at.Format(time.DateTime))
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	for _, t := range r.targets {
		if err := r.build(ctx, t); err != nil {
			return fmt.Errorf("build for %s: %w", t, err)
		}
		if err := r.writeBill(t); err != nil {
			return fmt.Errorf("bill of materials for %s: %w", t, err)
		}
	}
	if err := r.writeLicences(ctx); err != nil {
		return fmt.Errorf("licences: %w", err)
	}
	for _, t := range r.targets {
		if t.system != "linux" {
			continue
		}
		if err := r.pack(t); err != nil {
			return fmt.Errorf("package for %s: %w", t, err)
		}
	}
	return r.writeSums()
}

func open(ctx context.Context, root, out, only string) (r *release, err error) {
	r = &release{targets: slices.DeleteFunc(slices.Clone(targets), func(t target) bool { return only != "" && t.String() != only })}
	if len(r.targets) == 0 {
		return nil, fmt.Errorf("no such target: %q", only)
	}
	if r.root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	if r.out, err = filepath.Abs(out); err != nil {
		return nil, err
	}
	if r.version, err = describe(ctx, r.root); err != nil {
		return nil, err
	}
	if r.commit, err = git(ctx, r.root, "rev-parse", "HEAD"); err != nil {
		return nil, err
	}
	r.at, err = commitTime(ctx, r.root)
	return r, err
}

func (r *release) path(name string) string { return filepath.Join(r.out, name) }
