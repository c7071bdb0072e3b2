// Command mutate stands before the go command in PATH while gremlins runs, and sets right
// what gremlins takes from it amiss:
//
//   - A mutant counts as killed when the go command fails, also when it does not compile
//     ("a" - "b"): that is exit code 2 here, which gremlins counts as not viable.
//   - The first run, for coverage, takes the packages below along: here it is PKG alone.
//   - No coverage block holds the conditions of a switch's cases, so none of them would be
//     mutated: here those of a switch that was reached are covered.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Environment, which tools/mutate.sh sets.
const (
	envGo      = "MUTATE_GO"    // path of the go command
	envPackage = "MUTATE_PKG"   // the package, as ./internal/change
	envFlags   = "MUTATE_FLAGS" // more flags for go test
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		code = 3
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) == 0 || args[0] != "test" {
		return call(os.Stdout, args)
	}
	args = append([]string{"test", "-count=1", "-vet=off", "-trimpath", "-ldflags=-w"}, append(strings.Fields(os.Getenv(envFlags)), args[1:]...)...)
	at := slices.Index(args, "-coverprofile")
	if at >= 0 {
		args[len(args)-1] = os.Getenv(envPackage)
	}
	var said bytes.Buffer
	code, err := call(&said, args)
	os.Stdout.Write(said.Bytes())
	switch {
	case err != nil:
		return 0, err
	case code != 0 && bytes.Contains(said.Bytes(), []byte("[build failed]")):
		return 2, nil
	case code == 0 && at >= 0:
		return 0, widenFile(args[at+1], os.Getenv(envPackage))
	}
	return code, nil
}

// call runs the go command and returns its exit code.
func call(out interface{ Write([]byte) (int, error) }, args []string) (int, error) {
	cmd := exec.Command(os.Getenv(envGo), args...)
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}
