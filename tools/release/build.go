package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// target is a system and its processor, as Go calls them.
type target struct{ system, processor string }

func (t target) String() string { return t.system + "/" + t.processor }

// binary is the file of a target's program.
func (r *release) binary(t target) string {
	name := "tongbu_" + r.version + "_" + t.system + "_" + t.processor
	if t.system == "windows" {
		name += ".exe"
	}
	return name
}

// build makes the static program of a target. What else in the environment decides what
// Go makes is left out.
func (r *release) build(ctx context.Context, t target) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=true", "-mod=readonly",
		"-ldflags", "-s -w -X main.version="+r.version, "-o", r.path(r.binary(t)), "./cmd/tongbu")
	cmd.Dir, cmd.Stderr = r.root, os.Stderr
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "GOWORK", "CGO_ENABLED", "GOAMD64", "GOARM64", "GO386", "GOFIPS140":
		default:
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "GOOS="+t.system, "GOARCH="+t.processor, "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	if err := cmd.Run(); err != nil {
		return err
	}
	return r.checkCommit(t)
}

// checkCommit wants a program that says which commit it is of: Go finds none in a second
// working tree of a repository.
func (r *release) checkCommit(t target) error {
	info, err := buildinfo.ReadFile(r.path(r.binary(t)))
	if err != nil {
		return err
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && s.Value == r.commit {
			return nil
		}
	}
	return fmt.Errorf("the program does not say that it is of %s: make the release in a clone", r.commit)
}
