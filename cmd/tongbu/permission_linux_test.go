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

// TestNotForRoot: root makes nothing inside of what is another's: it could not be served.
func TestNotForRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("to give a directory away needs root")
	}
	theirs := t.TempDir()
	if err := os.Chown(theirs, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	units, file := filepath.Join(t.TempDir(), "units.csv"), filepath.Join(t.TempDir(), "a.backup")
	for path, text := range map[string]string{units: "code,name,level,parent_code\n420200000000,黄石市,2,\n", file: "x"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{theirs, filepath.Join(theirs, "city"), filepath.Join(theirs, "a", "city")} {
		wantDenied(t, program(t).Command(t.Context(), "init", "--dir", dir, "--unit", "420200000000", "--units", units))
		wantDenied(t, program(t).Command(t.Context(), "restore", "--dir", dir, file))
	}
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
