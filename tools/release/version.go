package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

func git(ctx context.Context, root string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", root}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}

// describe is the version of what is checked out: of its tag, or else of the last tag
// before, with how many commits follow it.
func describe(ctx context.Context, root string) (string, error) {
	tagged, err := git(ctx, root, "describe", "--tags", "--long", "--dirty", "--abbrev=12", "--match", "v[0-9]*")
	if err == nil {
		return versionOf(tagged)
	}
	commit, err := git(ctx, root, "describe", "--always", "--dirty", "--abbrev=12", "--exclude", "*")
	if err != nil {
		return "", err
	}
	count, err := git(ctx, root, "rev-list", "--count", "HEAD")
	if err != nil {
		return "", err
	}
	dirty := strings.HasSuffix(commit, "-dirty")
	return join("0.0.0", count, "g"+strings.TrimSuffix(commit, "-dirty"), dirty), nil
}

// versionOf reads TAG-COMMITS-gCOMMIT, as git describes it.
func versionOf(described string) (string, error) {
	clean := strings.TrimSuffix(described, "-dirty")
	parts := strings.Split(clean, "-")
	n := len(parts)
	if n < 3 || !strings.HasPrefix(clean, "v") {
		return "", fmt.Errorf("no version: %q", described)
	}
	tag := strings.TrimPrefix(strings.Join(parts[:n-2], "-"), "v")
	return join(tag, parts[n-2], parts[n-1], clean != described), nil
}

// join writes what follows a tag as semantic versioning does, so that Debian takes it
// for later than the tag, too.
func join(tag, count, commit string, dirty bool) string {
	var after []string
	if count != "0" || dirty {
		after = append(after, count, commit)
	}
	if dirty {
		after = append(after, "dirty")
	}
	if len(after) == 0 {
		return tag
	}
	return tag + "+" + strings.Join(after, ".")
}

// debianVersion orders a version before a release (1.2.0-rc1) before that release.
func debianVersion(version string) string { return strings.Replace(version, "-", "~", 1) }

func commitTime(ctx context.Context, root string) (time.Time, error) {
	text, err := git(ctx, root, "log", "-1", "--format=%ct")
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}
