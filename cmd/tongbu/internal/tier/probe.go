package tier

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/vault"
)

// ProbeCommand is the hidden command that checks one journal: tongbu probe
// FILE, with the key on its standard input.
const ProbeCommand = "probe"

// probeApart checks a journal in a process of its own: a damaged page can end
// the process that reads it.
func probeApart(ctx context.Context, path string, key [vault.KeySize]byte) error {
	self, err := os.Executable()
	if err != nil || strings.HasSuffix(filepath.Base(self), ".test") {
		return journal.Probe(path, key)
	}
	var words strings.Builder
	child := exec.CommandContext(ctx, self, ProbeCommand, path)
	child.Stdin, child.Stderr = bytes.NewReader(key[:]), &words
	if err := child.Run(); err != nil {
		if ctx.Err() != nil { // it was ended: nothing is proved
			return fault.Wrap("check the journal", ctx.Err())
		}
		return verdict(err, strings.Join(strings.Fields(words.String()), " "))
	}
	return nil
}

// Probe is what the hidden command does: the key comes by a pipe, where
// neither the list of processes nor the environment shows it.
func Probe(path string, in io.Reader) error {
	var key [vault.KeySize]byte
	if _, err := io.ReadFull(in, key[:]); err != nil {
		return fault.New(fault.Invalid, "%s wants a key on its standard input", ProbeCommand)
	}
	return journal.Probe(path, key)
}

// prober is probeApart until the context ends.
func prober(ctx context.Context) journal.Prober {
	return func(path string, key [vault.KeySize]byte) error { return probeApart(ctx, path, key) }
}

// verdict reads the child's report. Only a report makes a journal a damaged one,
// which is moved aside: a file that another process holds is in order, and a child
// that died of something else has proved nothing.
func verdict(err error, words string) error {
	said, its := strings.CutPrefix(words, "tongbu: ")
	var exit *exec.ExitError
	if !its || !errors.As(err, &exit) || !fault.Kind(exit.ExitCode()).Known() {
		return fault.As(fault.Internal, "check the journal", err)
	}
	said, hint, _ := strings.Cut(strings.TrimSuffix(said, ")"), " (")
	return fault.New(fault.Kind(exit.ExitCode()), "%s", said).WithHint("%s", hint)
}
