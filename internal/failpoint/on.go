//go:build failpoint && unix

package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tongbu/internal/fault"
)

// Enabled reports whether points do anything in this build.
const Enabled = true

// slow is what a step takes on a disk that is about to die.
const slow = time.Second

// chosen is what the environment says.
type chosen struct {
	name, action string
	at           int64 // which time
}

var (
	choice = sync.OnceValue(choose)
	times  atomic.Int64 // that the chosen point was reached
)

func choose() chosen {
	name, what, _ := strings.Cut(os.Getenv(Env), "=")
	action, count, counted := strings.Cut(what, "@")
	c := chosen{name: name, action: action, at: 1}
	if counted {
		c.at, _ = strconv.ParseInt(count, 10, 64) // 0 is never reached
	}
	return c
}

// Reach marks a step at which nothing can be returned: error does nothing.
func Reach(name string) { _ = Fail(name) }

// Fail marks a step that can fail. It returns Internal when that is asked for.
func Fail(name string) error {
	c := choice()
	if c.name != name {
		return nil
	}
	if n := times.Add(1); n != c.at && (c.action != "slow" || n < c.at) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "failpoint %s: %s\n", name, c.action)
	switch c.action {
	case "crash":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // cannot fail
		select {}                                      // until it arrives
	case "slow":
		time.Sleep(slow)
	case "pause":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) // cannot fail
	case "error":
		return fault.New(fault.Internal, "failpoint %s", name)
	}
	return nil
}
