package main_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
)

// volume is a small file system of its own.
type volume struct {
	path  string
	image string // file that it is made of; empty: memory
}

// volumes are the kinds of it: a disk with ext4 writes late and reserves
// blocks, one in memory tells at once.
var volumes = map[string]func(*testing.T) *volume{"ext4": loopVolume, "tmpfs": memoryVolume}

const volumeSize = "24m"

func onVolumes(t *testing.T, test func(*testing.T, *volume)) {
	for name, make := range volumes {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "tmpfs" {
				t.Skip("one kind of disk will do")
			}
			test(t, make(t))
		})
	}
}

func memoryVolume(t *testing.T) *volume {
	v := &volume{path: t.TempDir()}
	v.mount(t, syscall.Mount("none", v.path, "tmpfs", 0, "size="+volumeSize))
	return v
}

func loopVolume(t *testing.T) *volume {
	image := filepath.Join(t.TempDir(), "image")
	v := &volume{path: t.TempDir(), image: image}
	for _, step := range [][]string{
		{"truncate", "-s", volumeSize, image}, {"mkfs.ext4", "-q", image}, {"mount", "-o", "loop", image, v.path},
	} {
		if out, err := exec.CommandContext(t.Context(), step[0], step[1:]...).CombinedOutput(); err != nil {
			t.Skipf("a small disk needs root, mkfs.ext4 and loop devices: %s: %v: %s", step[0], err, out)
		}
	}
	v.mount(t, nil)
	return v
}

func (v *volume) mount(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Skipf("a small disk needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(v.path, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
}

// fill takes all room but about so many bytes.
func (v *volume) fill(t *testing.T, leave int64) {
	t.Helper()
	f, err := os.Create(v.ballast())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // nothing in it matters
	const page = 4096
	at := max(v.free(t)-leave-1<<20, 0) // the rest page by page: file systems keep some for themselves
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, at); err != nil {
		t.Fatal(err)
	}
	for v.free(t) > leave {
		if _, err = f.WriteAt(make([]byte, page), at); err == nil {
			err = f.Sync()
		}
		if errors.Is(err, syscall.ENOSPC) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		at += page
	}
}

func (v *volume) ballast() string { return filepath.Join(v.path, "ballast") }

func (v *volume) empty(t *testing.T) {
	t.Helper()
	if err := os.Remove(v.ballast()); err != nil {
		t.Fatal(err)
	}
}

func (v *volume) free(t *testing.T) int64 {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(v.path, &s); err != nil {
		t.Fatal(err)
	}
	return int64(s.Bfree) * s.Bsize
}

// TestFullNode: the disk of a community fills while records are put. The
// clerk is told, what was acknowledged is there and reaches the city, and all
// goes on by itself when there is room.
func TestFullNode(t *testing.T) {
	onVolumes(t, fullNode)
}

func fullNode(t *testing.T, v *volume) {
	rows := proctest.Rows([]int{1}, 1)
	code := rows[3].Code
	n := proctest.FoundAt(t, program(t, quick), rows, map[string]string{code: v.path})
	community := n.Level(5)[0]
	v.fill(t, 1<<20)
	people := proctest.Persons(sample.NewMaker(seed), code, 8000)
	saved := putUntilFull(t, community, people)
	t.Logf("%d records acknowledged until the disk was full", saved)
	wantListed(t, community, people[:saved])
	community.Kill()
	community.Start()
	wantListed(t, community, people[:saved])
	if _, r, err := community.Put(t.Context(), "person", proctest.Lines(people[saved:])); err != nil || r.Code != fault.Full.ExitCode() {
		t.Errorf("put on a full disk: got %v %v, want code %d", r, err, fault.Full.ExitCode())
	}
	v.empty(t)
	community.MustPut("person", proctest.Lines(people[:saved+100]))
	t.Logf("room again: recorded after %v", community.AwaitRecorded(30*time.Second))
	wantOnce(t, n.City(), people[:saved+100])
	community.MustVerify()
	n.City().MustVerify()
}

// putUntilFull puts until the disk is full and returns how many records were
// acknowledged.
func putUntilFull(t *testing.T, at *proctest.Tier, people []sample.Record) (saved int) {
	t.Helper()
	for saved < len(people) {
		written, r, err := at.Put(t.Context(), "person", proctest.Lines(people[saved:min(saved+50, len(people))]))
		saved += len(written)
		switch {
		case err != nil:
			t.Fatal(err)
		case r.Code == fault.Full.ExitCode() && complaint.MatchString(r.Err):
			return saved
		case r.Code != 0:
			t.Fatalf("put while the disk fills: got %v, want code %d and one line", r, fault.Full.ExitCode())
		}
	}
	t.Fatalf("%d records did not fill the disk", saved)
	return 0
}

func wantListed(t *testing.T, at *proctest.Tier, people []sample.Record) {
	t.Helper()
	list := at.MustRun("", "list", "person")
	for _, p := range people {
		if !strings.Contains(list, numbered(p)+`"`) {
			t.Fatalf("person %s was acknowledged and is not listed", p.ID)
		}
	}
}

// TestFullHub: the disk of a street and of the city is full. Communities work
// on, and when there is room everything arrives by itself.
func TestFullHub(t *testing.T) {
	onVolumes(t, fullHub)
}

func fullHub(t *testing.T, v *volume) {
	rows := proctest.Rows([]int{1}, 1)
	n := proctest.FoundAt(t, program(t, quick, "TONGBU_RESERVE=0"), rows, map[string]string{rows[0].Code: v.path, rows[2].Code: v.path})
	community := n.Level(5)[0]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 600)
	community.MustPut("person", proctest.Lines(people[:100]))
	community.AwaitRecorded(20 * time.Second)
	v.fill(t, 0)
	for i := 100; i < 600; i += 100 {
		community.MustPut("person", proctest.Lines(people[i:i+100]))
	}
	proctest.Await(t, 20*time.Second, "the hub says that its disk is full", func() string {
		if log := n.City().Log() + n.Tiers[2].Log(); !strings.Contains(log, "full") && !strings.Contains(log, "no room") && !strings.Contains(log, "no space") {
			return fmt.Sprintf("%d bytes of log without it", len(log))
		}
		return ""
	})
	for _, tier := range n.Tiers {
		if tier.Process().Ended() {
			t.Fatalf("%s: the process has ended", tier.Unit.Name)
		}
		tier.MustStatus()
	}
	if st := community.MustStatus(); st.Own.AtCity == st.Own.Head {
		t.Errorf("the city's disk is full: got %+v, want something not recorded", st.Own)
	}
	n.City().Kill()
	n.City().Start()
	n.City().MustStatus()
	v.empty(t)
	t.Logf("room again: recorded after %v", community.AwaitRecorded(60*time.Second))
	wantOnce(t, n.City(), people)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}
