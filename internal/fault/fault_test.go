package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"tongbu/internal/fault"
)

// TestKinds: names and numbers cross the network and are exit codes, so the
// list only grows.
func TestKinds(t *testing.T) {
	want := []string{"ok", "internal", "invalid", "not-found", "denied", "unavailable", "busy", "full", "damaged", "forked", "exhausted", "unsupported", "canceled"}
	for n, name := range want {
		kind := fault.Kind(n)
		if kind.String() != name || kind.ExitCode() != n || !kind.Known() || fault.Parse(name) != kind {
			t.Errorf("kind %d: got %q, exit code %d, want %q", n, kind, kind.ExitCode(), name)
		}
	}
	tomorrow := fault.Kind(200)
	if tomorrow.Known() || tomorrow.String() != "internal" || fault.Parse("of-tomorrow") != fault.Internal {
		t.Errorf("an unknown kind: got %q", tomorrow)
	}
}

func TestOf(t *testing.T) {
	tests := map[string]struct {
		err  error
		want fault.Kind
	}{
		"nil":                    {nil, fault.OK},
		"an error of nobody":     {errors.New("x"), fault.Internal},
		"wrapped by others":      {fmt.Errorf("x: %w", fault.New(fault.Full, "y")), fault.Full},
		"the outermost counts":   {fault.As(fault.Denied, "x", fault.New(fault.Full, "y")), fault.Denied},
		"wrapped keeps the kind": {fault.Wrap("x", fault.New(fault.Full, "y")), fault.Full},
		"stopped":                {fmt.Errorf("x: %w", context.Canceled), fault.Canceled},
		"too late":               {context.DeadlineExceeded, fault.Unavailable},
		"no room":                {&fs.PathError{Op: "write", Path: "f", Err: syscall.ENOSPC}, fault.Full},
		"over quota":             {syscall.EDQUOT, fault.Full},
		"a port in use":          {syscall.EADDRINUSE, fault.Busy},
		"no such file":           {&fs.PathError{Op: "open", Path: "f", Err: fs.ErrNotExist}, fault.NotFound},
		"not allowed":            {fs.ErrPermission, fault.Denied},
		"joined":                 {errors.Join(errors.New("x"), fault.New(fault.Damaged, "y")), fault.Damaged},
	}
	for name, test := range tests {
		if got := fault.Of(test.err); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestTextAndHint(t *testing.T) {
	inner := fault.New(fault.Full, "no room on %s", "disk").WithHint("free %d MiB", 5)
	err := fault.Wrap("save", fmt.Errorf("put: %w", inner))
	if err.Error() != "save: put: no room on disk" || fault.Hint(err) != "free 5 MiB" {
		t.Errorf("got %q with hint %q", err, fault.Hint(err))
	}
	if fault.Wrap("save", nil) != nil {
		t.Error("nothing wrapped is an error")
	}
	if denied, file := fault.Hint(fault.New(fault.Denied, "x")), fault.Hint(fault.Wrap("open", fs.ErrPermission)); file == denied || !strings.Contains(file, "file") {
		t.Errorf("a file that may not be read: got the hint %q", file)
	}
	if got := fault.Hint(fault.New(fault.Busy, "x")); got == "" {
		t.Error("a kind has no hint of its own")
	}
	if !errors.Is(err, inner) {
		t.Error("the cause is lost")
	}
	if got := (&fault.Error{Op: "save"}).Error(); got != "save" {
		t.Errorf("got %q, want the step", got)
	}
}
