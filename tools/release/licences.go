package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const licencesFile = "THIRD-PARTY-LICENCES.txt"

// module is a part of the program that others have made.
type module struct{ Path, Version, Dir string }

// writeLicences writes the licences of all that is in any of the binaries, and of Go's
// own library. A module without one is an error: nobody could pass it on.
func (r *release) writeLicences(ctx context.Context) error {
	modules, err := r.modules(ctx)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	fmt.Fprintf(&all, "tongbu %s contains the work of others, under these licences.\n", r.version)
	for _, m := range modules {
		texts, err := licencesOf(m.Dir)
		if err != nil {
			return err
		}
		if len(texts) == 0 {
			return fmt.Errorf("%s %s has no licence", m.Path, m.Version)
		}
		fmt.Fprintf(&all, "\n%s\n%s %s\n", strings.Repeat("=", 78), m.Path, m.Version)
		for _, text := range texts {
			fmt.Fprintf(&all, "%s\n%s\n", strings.Repeat("-", 78), bytes.TrimSpace(text))
		}
	}
	return os.WriteFile(r.path(licencesFile), all.Bytes(), 0o644)
}

// modules are those of all binaries, with where their source is.
func (r *release) modules(ctx context.Context) ([]module, error) {
	goroot, err := r.goTool(ctx, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	found := map[string]module{}
	for _, t := range r.targets {
		info, err := buildinfo.ReadFile(r.path(r.binary(t)))
		if err != nil {
			return nil, err
		}
		found["std"] = module{Path: "Go's standard library", Version: info.GoVersion, Dir: strings.TrimSpace(string(goroot))}
		for _, dep := range info.Deps {
			if dep.Replace != nil {
				return nil, fmt.Errorf("%s is replaced: a release is made of what is published", dep.Path)
			}
			found[dep.Path] = module{Path: dep.Path, Version: dep.Version}
		}
	}
	if err := r.locate(ctx, found); err != nil {
		return nil, err
	}
	var list []module
	for _, m := range found {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// locate finds the sources in the cache of modules: the build has just used them.
func (r *release) locate(ctx context.Context, found map[string]module) error {
	raw, err := r.goTool(ctx, "list", "-m", "-json", "all")
	if err != nil {
		return err
	}
	for d := json.NewDecoder(bytes.NewReader(raw)); ; {
		var m module
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if _, used := found[m.Path]; used {
			found[m.Path] = m
		}
	}
	for path, m := range found {
		if m.Dir == "" {
			return fmt.Errorf("the source of %s is not here", path)
		}
	}
	return nil
}

func (r *release) goTool(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = r.root, os.Stderr
	return cmd.Output()
}

// licencesOf are the texts of a folder that say under what terms it may be used.
func licencesOf(dir string) (texts [][]byte, err error) {
	entries, err := os.ReadDir(dir) // in the order of names
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		fits := func(word string) bool { return strings.HasPrefix(name, word) }
		if e.IsDir() || strings.HasSuffix(name, ".GO") || !slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS", "UNLICENSE"}, fits) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}
