package main_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	main "tongbu/cmd/tongbu"
	"tongbu/internal/test/proctest"
)

// TestMain runs the tests, or the program itself when it is called by its
// name.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"tongbu": main.Main})
}

// suite removes what the tests have built.
type suite struct{ *testing.M }

// Run implements testscript.TestingM.
func (s suite) Run() int {
	defer os.RemoveAll(workDir()) //nolint:errcheck // it lies where the system clears
	return s.M.Run()
}

// workDir is this run's own place.
var workDir = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "tongbu-test-")
	if err != nil {
		panic(err) // no test can run
	}
	return dir
})

// built is the real program, compiled for the first test that needs it.
var built = sync.OnceValues(func() (*proctest.Program, error) {
	return proctest.Build(context.Background(), workDir())
})

// program returns the real program with variables of the environment.
func program(tb testing.TB, vars ...string) *proctest.Program {
	tb.Helper()
	p, err := built()
	if err != nil {
		tb.Fatal(err)
	}
	return p.With(vars...)
}

// faulty is the program with fail points in it.
var faulty = sync.OnceValues(func() (*proctest.Program, error) {
	return proctest.Build(context.Background(), workDir(), "failpoint")
})
