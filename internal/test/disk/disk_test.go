package disk_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/test/disk"
)

// all and none are the fates of a machine that stops gently and of one that
// stops at the worst moment.
func all(int, int64) bool  { return true }
func none(int, int64) bool { return false }

func diskAfter(ops ...disk.Op) *disk.Disk {
	d := disk.NewDisk()
	for _, op := range ops {
		d.Do(op, true)
	}
	return d
}

func writing(file int, off int64, text string) disk.Op {
	return disk.Op{Kind: disk.Write, File: file, Off: off, Data: []byte(text)}
}

// made is a file with a durable name and durable bytes.
func made() []disk.Op {
	return []disk.Op{{Kind: disk.Create, File: 1, Name: "a"}, writing(1, 0, "old"), {Kind: disk.Sync, File: 1}, {Kind: disk.SyncDir}}
}

func wantImage(t *testing.T, got disk.Image, want map[string]string) {
	t.Helper()
	texts := map[string]string{}
	for name, raw := range got {
		texts[name] = string(raw)
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
}

func TestSyncedStays(t *testing.T) {
	wantImage(t, diskAfter(made()...).Cut(none), map[string]string{"a": "old"})
}

func TestUnsyncedMayGo(t *testing.T) {
	d := diskAfter(append(made(), writing(1, 0, "new"), writing(1, 3, "er"))...)
	wantImage(t, d.Cut(none), map[string]string{"a": "old"})
	wantImage(t, d.Cut(all), map[string]string{"a": "newer"})
	wantImage(t, d.Cut(func(place int, _ int64) bool { return place == 1 }), map[string]string{"a": "older"})
}

func TestNamesNeedTheirOwnSync(t *testing.T) {
	d := diskAfter(disk.Op{Kind: disk.Create, File: 1, Name: "a"}, writing(1, 0, "x"), disk.Op{Kind: disk.Sync, File: 1})
	wantImage(t, d.Cut(none), map[string]string{})
	wantImage(t, d.Cut(all), map[string]string{"a": "x"})
	d = diskAfter(append(made(), disk.Op{Kind: disk.Rename, Name: "a", To: "b"})...)
	wantImage(t, d.Cut(none), map[string]string{"a": "old"})
	wantImage(t, d.Cut(all), map[string]string{"b": "old"})
	d.Do(disk.Op{Kind: disk.SyncDir}, true)
	wantImage(t, d.Cut(none), map[string]string{"b": "old"})
}

func TestOneFilesSyncIsNoOthers(t *testing.T) {
	d := diskAfter(append(made(), disk.Op{Kind: disk.Create, File: 2, Name: "b"}, disk.Op{Kind: disk.SyncDir}, writing(2, 0, "x"), disk.Op{Kind: disk.Sync, File: 1})...)
	wantImage(t, d.Cut(none), map[string]string{"a": "old", "b": ""})
}

func TestTorn(t *testing.T) {
	d := diskAfter(append(made(), writing(1, 0, strings.Repeat("n", 3*disk.Sector)))...)
	got := d.Cut(func(_ int, sector int64) bool { return sector == 1 })["a"]
	want := "old" + strings.Repeat("\x00", disk.Sector-3) + strings.Repeat("n", disk.Sector)
	if string(got) != want {
		t.Errorf("got %d bytes %.10q, want the middle sector alone", len(got), got)
	}
}

func TestTruncate(t *testing.T) {
	d := diskAfter(append(made(), disk.Op{Kind: disk.Truncate, File: 1, Off: 1})...)
	wantImage(t, d.Cut(none), map[string]string{"a": "old"})
	wantImage(t, d.Cut(all), map[string]string{"a": "o"})
}

func TestLie(t *testing.T) {
	d := diskAfter(append(made(), writing(1, 0, "new"))...)
	d.Do(disk.Op{Kind: disk.Sync, File: 1}, false)
	wantImage(t, d.Cut(none), map[string]string{"a": "old"})
}

// TestFatesAreMany: what regular fates there are, all are tried, and the same
// seed tries the same.
func TestFatesAreMany(t *testing.T) {
	d := diskAfter(append(made(), writing(1, 0, strings.Repeat("1", disk.Sector)), writing(1, disk.Sector, strings.Repeat("2", 2*disk.Sector)))...)
	states := func(seed uint64) map[disk.Sum]bool {
		found := map[disk.Sum]bool{}
		d.Fates(disk.Effort{Subsets: 10, Torn: 20, Most: 8}, rand.New(rand.NewPCG(seed, 0)), func(kept disk.Fate) {
			found[d.Cut(kept).Sum()] = true
		})
		return found
	}
	if n := len(states(1)); n != 8 {
		t.Errorf("%d states of three sectors, want all 8", n)
	}
	if diff := cmp.Diff(len(states(1)), len(states(1))); diff != "" {
		t.Error(diff)
	}
}

// TestMutationsDamage: each mutation changes what it says.
func TestMutationsDamage(t *testing.T) {
	file := []byte(strings.Repeat("x", 8*disk.Page))
	before := []byte(strings.Repeat("y", 8*disk.Page))
	copy(file[3*disk.Page:], before[:disk.Page])
	for m := range disk.Mutations {
		changed := 0
		for seed := range uint64(40) {
			if bad := m.Apply(file, before, rand.New(rand.NewPCG(seed, 0))); string(bad) != string(file) {
				changed++
			}
		}
		if changed == 0 {
			t.Errorf("%v changes nothing", m)
		}
	}
}
