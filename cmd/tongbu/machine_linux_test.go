package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/test/proctest"
	reports "tongbu/internal/test/report"
	"tongbu/node/operate"
)

// childOf is a device below a hub.
type childOf = operate.Child

// lowMemory: the street and the city may hardly use memory, and do their work.
func lowMemory(t *testing.T, s *rig, line *reports.Line) {
	for _, at := range []int{theStreet, theCity} {
		defer s.restart(s.n.Tiers[at], "GOMEMLIMIT=12MiB")()
	}
	s.put(t, 100)
	s.recorded(t)
	if _, err := s.n.City().Counted(t.Context(), "person"); err != nil {
		t.Error(err)
	}
	line.Figure("low_memory_resident_mb", megabytes(s.n.City().MustStatus().Process.ResidentBytes))
}

// outOfMemory: the kernel kills the city when its group has no memory left.
func outOfMemory(t *testing.T, s *rig, line *reports.Line) {
	group := newGroup(t)
	city := s.n.City()
	city.Stop()
	usual := under(city, group.wrap(t, city.Program))
	city.Start()
	s.put(t, 20)
	group.limitTo(t, group.read(t, group.usage)+8<<20)
	group.hog(t)
	code, err := city.Process().Wait(t.Context())
	if kills := group.kills(t); err != nil || code != -1 || kills == 0 {
		t.Errorf("got code %d %v, %d kills of the kernel", code, err, kills)
	}
	line.Figure("oom_limit_mb", megabytes(group.read(t, group.limit)))
	usual()
	s.n.City().Start()
}

// group is a control group with a limit of memory.
type group struct {
	dir                  string
	limit, usage, events string // file names
}

func newGroup(t *testing.T) *group {
	t.Helper()
	g := &group{dir: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes", events: "memory.oom_control"}
	if _, err := os.Stat(filepath.Join(g.dir, g.limit)); err != nil {
		g = &group{dir: "/sys/fs/cgroup", limit: "memory.max", usage: "memory.current", events: "memory.events"}
	}
	g.dir = filepath.Join(g.dir, fmt.Sprintf("tongbu-test-%d", os.Getpid()))
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		t.Skipf("a limit of memory needs root and control groups: %v", err)
	}
	t.Cleanup(func() { g.remove(t) })
	if _, err := os.Stat(filepath.Join(g.dir, g.limit)); err != nil {
		t.Skipf("control groups here do not limit memory: %v", err)
	}
	return g
}

// wrap is the program, run inside the group; the kernel kills it first.
func (g *group) wrap(t *testing.T, p *proctest.Program) *proctest.Program {
	t.Helper()
	inside := *p
	inside.Path = filepath.Join(t.TempDir(), "inside")
	text := fmt.Sprintf("#!/bin/sh\necho $$ > %s/cgroup.procs\necho 1000 > /proc/$$/oom_score_adj\nexec %s \"$@\"\n", g.dir, p.Path)
	if err := os.WriteFile(inside.Path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return &inside
}

func (g *group) read(t *testing.T, name string) int64 {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(g.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64) // "max" is 0
	return n
}

func (g *group) limitTo(t *testing.T, bytes int64) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, g.limit), []byte(strconv.FormatInt(bytes, 10)), 0); err != nil {
		t.Fatal(err)
	}
}

// hog takes all memory that the group has, until the kernel kills it too:
// first the city, which wrap has made the preferred one.
func (g *group) hog(t *testing.T) {
	t.Helper()
	text := fmt.Sprintf("echo $$ > %s/cgroup.procs && exec tail /dev/zero", g.dir)
	if err := exec.CommandContext(t.Context(), "sh", "-c", text).Run(); err == nil {
		t.Error("got an end, want the kernel's kill")
	}
}

// remove lets whoever is still inside out, for a group must be empty.
func (g *group) remove(t *testing.T) {
	inside, err := os.ReadFile(filepath.Join(g.dir, "cgroup.procs"))
	if err != nil {
		t.Error(err)
	}
	for _, pid := range strings.Fields(string(inside)) {
		_ = os.WriteFile(filepath.Join(filepath.Dir(g.dir), "cgroup.procs"), []byte(pid), 0) // it may have ended
	}
	err = proctest.Until(context.Background(), 10*time.Second, func() string {
		if err := os.Remove(g.dir); err != nil {
			return err.Error()
		}
		return ""
	})
	if err != nil {
		t.Error(err)
	}
}

// kills counts what the kernel has killed in the group.
func (g *group) kills(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(g.dir, g.events))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "oom_kill "); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(rest))
			return n
		}
	}
	return 0
}

// rigOnVolume has a tier on a small disk in memory.
func rigOnVolume(at int) func(*testing.T) *rig {
	return func(t *testing.T) *rig { return rigOn(t, memoryVolume(t), at) }
}

// rigOnDisk has its community on a small disk of its own that turns read-only at the
// first error.
func rigOnDisk(t *testing.T) *rig {
	v := loopVolume(t)
	if err := syscall.Mount("", v.path, "", syscall.MS_REMOUNT, "errors=remount-ro"); err != nil {
		t.Skipf("a disk that turns read-only: %v", err)
	}
	return rigOn(t, v, theCommunity)
}

func rigOn(t *testing.T, v *volume, at int) *rig {
	rows := proctest.Rows([]int{1}, 1)
	s := rigAt(t, map[string]string{rows[at].Code: v.path})
	s.place, s.image = v.path, v.image
	return s
}

// turnedReadOnly: an error of the disk makes its file system read-only. The
// community stops and says so, is not served from there, and loses nothing.
func turnedReadOnly(t *testing.T, s *rig, line *reports.Line) {
	tier := s.clerk.at
	s.put(t, 5)
	s.recorded(t)
	breakDisk(t, s.place)
	start := time.Now()
	some := s.clerk.household()
	if err := tier.Write(t.Context(), "person", proctest.Lines(some)); err == nil {
		t.Error("a save on a disk that cannot be written was acknowledged")
	}
	s.clerk.next--
	code, err := tier.Process().Wait(t.Context())
	line.Figure("read_only_stops_ms", milliseconds(time.Since(start)))
	if err != nil || code <= 0 || !strings.Contains(tier.Log(), "tongbu: ") {
		t.Errorf("got code %d %v, want a failure with a line", code, err)
	}
	wantDenied(t, program(t).Command(t.Context(), "serve", "--dir", tier.Dir))
	if err := syscall.Unmount(s.place, 0); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mount", "-o", "loop", s.image, s.place).CombinedOutput(); err != nil {
		t.Fatalf("mount again: %v: %s", err, out)
	}
	tier.Start()
}

// breakDisk tells the file system on a place that its disk has an error.
func breakDisk(t *testing.T, place string) {
	t.Helper()
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[1] != place {
			continue
		}
		trigger := filepath.Join("/sys/fs/ext4", filepath.Base(f[0]), "trigger_fs_error")
		if err := os.WriteFile(trigger, []byte("test"), 0); err != nil {
			t.Skipf("an error of the disk cannot be made: %v", err)
		}
		return
	}
	t.Fatalf("%s is not mounted", place)
}

// fullView: the view's disk is full and the journal's is not. The city goes on
// recording, its answers say what they lack, and the view follows when there
// is room.
func fullView(t *testing.T, s *rig, line *reports.Line) {
	v := memoryVolume(t)
	city := s.n.City()
	s.put(t, 5)
	s.recorded(t)
	city.Stop()
	moved := filepath.Join(v.path, "view.db")
	if out, err := exec.CommandContext(t.Context(), "mv", city.File("view.db"), moved).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Symlink(moved, city.File("view.db")); err != nil {
		t.Fatal(err)
	}
	city.Start()
	if err := followed(t.Context(), city); err != nil {
		t.Fatal(err)
	}
	v.fill(t, 0)
	s.put(t, 400)
	s.recorded(t)
	st := city.MustStatus()
	line.Figure("full_view_behind", st.View.Behind)
	if !strings.Contains(city.Log(), "no room for the view") || st.View.Behind == 0 {
		t.Errorf("got %+v, want the view behind and a line in the log", st.View)
	}
	v.empty(t)
	if err := followed(t.Context(), city); err != nil {
		t.Error(err)
	}
	city.Stop()
	if err := os.Remove(city.File("view.db")); err != nil {
		t.Error(err)
	}
	city.Start()
}
