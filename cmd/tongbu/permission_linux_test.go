package main_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/proctest"
)

// TestPrivate: what is in a directory is its owner's alone.
func TestPrivate(t *testing.T) {
	n := proctest.Found(t, program(t), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	community.MustPut("person", `{"name":"甲"}`+"\n")
	for _, tier := range n.Tiers {
		err := filepath.WalkDir(tier.Dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v: others can reach it", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("to be somebody else needs root")
	}
	for _, args := range [][]string{{"status"}, {"serve"}, {"put", "person", "-"}, {"verify"}} {
		wantDenied(t, asNobody(t, append(args[:1:1], append([]string{"--dir", community.Dir}, args[1:]...)...)))
	}
	community.Stop()
	wantDenied(t, asNobody(t, []string{"serve", "--dir", community.Dir}))
}

// asNobody prepares a command of another user's.
func asNobody(t *testing.T, args []string) *exec.Cmd {
	t.Helper()
	p := program(t)
	if err := os.Chmod(filepath.Dir(p.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := p.Command(t.Context(), args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

func wantDenied(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var talk bytes.Buffer
	cmd.Stderr = &talk
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != fault.Denied.ExitCode() || !complaint.Match(talk.Bytes()) {
		t.Errorf("%v: got %v %q, want code %d and a line with a hint", cmd.Args[1:], err, talk.String(), fault.Denied.ExitCode())
	}
}

// TestReadOnly: a directory on a disk that cannot be written is refused, and
// served again once it can.
func TestReadOnly(t *testing.T) {
	v := memoryVolume(t)
	rows := proctest.Rows([]int{1}, 1)
	n := proctest.FoundAt(t, program(t), rows, map[string]string{rows[3].Code: v.path})
	community := n.Level(5)[0]
	community.Stop()
	if err := syscall.Mount("none", v.path, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("a disk that is read-only needs root: %v", err)
	}
	for _, command := range []string{"serve", "status"} {
		wantDenied(t, program(t).Command(t.Context(), command, "--dir", community.Dir))
	}
	if err := syscall.Mount("none", v.path, "tmpfs", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	community.Start()
	community.MustPut("person", `{"name":"甲"}`+"\n")
}
