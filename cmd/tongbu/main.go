// Command tongbu keeps a city's labour-and-social-security records in step
// across city, districts, streets and communities.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, stop, os.Args[1:], environment{in: os.Stdin, out: os.Stdout, err: os.Stderr, vars: os.Environ()})
	stop()
	os.Exit(code)
}
