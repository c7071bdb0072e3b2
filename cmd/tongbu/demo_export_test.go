package main

import (
	"context"
	"io"

	"tongbu/cmd/tongbu/internal/demo"
)

// RunTelling runs one command, whose demo plays the story (nil: its own), and
// returns the exit code.
func RunTelling(ctx context.Context, story []demo.Step, out, talk io.Writer, args ...string) int {
	a := &app{environment: environment{out: out, err: talk}, stop: func() {}, story: story}
	return a.run(ctx, args)
}
