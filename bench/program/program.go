// Package program builds the program and runs it, in processes of their own.
package program

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Program is the path of a built tongbu.
type Program string

// Build builds the program into a directory; it is called in the folder of this
// module.
func Build(dir string) (Program, error) {
	path := filepath.Join(dir, "tongbu")
	build := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/tongbu")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tongbu: %w: %s", err, out)
	}
	return Program(path), nil
}

// Run runs a command to its end and returns what it answers. What it says beside the
// answer is in the error.
func (p Program) Run(ctx context.Context, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, string(p), args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("tongbu %s: %w: %s", args[0], err, bytes.TrimSpace(said.Bytes()))
	}
	return out.Bytes(), nil
}
