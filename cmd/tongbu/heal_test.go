package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
)

// TestLostNode: the workstation of a community is lost and another one joined
// under the same unit. It has the records that had left the old one, and goes
// on with them.
func TestLostNode(t *testing.T) {
	n := proctest.Found(t, program(t, quick), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 200)
	community.MustPut("person", proctest.Lines(people[:150]))
	community.AwaitRecorded(10 * time.Second)
	lost := community.MustStatus().Device
	community.Kill()
	if err := os.RemoveAll(community.Dir); err != nil {
		t.Fatal(err)
	}
	n.Join(community)
	community.Start()
	awaitListed(t, community, people[:150])
	community.MustPut("person", proctest.Lines(people[100:])) // 50 of them are there
	community.AwaitRecorded(10 * time.Second)
	if own := community.MustOwn(); own.Head != 50 {
		t.Errorf("changes of the new device: got %d, want 50: what is there already changes nothing", own.Head)
	}
	n.City().MustRun("", "revoke", string(lost), "--reason", "lost") // until then the unit is silent
	wantOnce(t, n.City(), people)
	community.MustVerify()
}

func awaitListed(t *testing.T, at *proctest.Tier, people []sample.Record) {
	t.Helper()
	proctest.Await(t, 30*time.Second, at.Unit.Name+" has its records", func() string {
		list := at.MustRun("", "list", "person")
		for _, p := range people {
			if !strings.Contains(list, numbered(p)+`"`) {
				st := at.MustStatus()
				return fmt.Sprintf("%d of %d, %s is not there; incarnation %d, own %+v", strings.Count(list, "\n"), len(people), p.ID, st.Incarnation, st.Own)
			}
		}
		return ""
	})
}

// TestTwoDesks: two devices of one community have the same records.
func TestTwoDesks(t *testing.T) {
	n := proctest.Found(t, program(t, quick), proctest.Rows([]int{1}, 1))
	first := n.Level(5)[0]
	second := n.Add(first.Unit)
	n.Join(second)
	second.Start()
	people := proctest.Persons(sample.NewMaker(seed), first.Unit.Code, 200)
	first.MustPut("person", proctest.Lines(people[:120]))
	second.MustPut("person", proctest.Lines(people[80:])) // some of them at both, unknown to each other
	for _, desk := range []*proctest.Tier{first, second} {
		awaitListed(t, desk, people)
		desk.AwaitRecorded(10 * time.Second)
	}
	wantOnce(t, n.City(), people)
	proctest.Await(t, 20*time.Second, "both desks hold the same", func() string {
		one, two := first.MustVerify(), second.MustVerify()
		if one.Changes != two.Changes || one.Records != two.Records {
			return fmt.Sprintf("%+v and %+v", one, two)
		}
		return ""
	})
	if one, two := first.MustRun("", "list", "person"), second.MustRun("", "list", "person"); one != two {
		t.Error("the desks list different records")
	}
}

// TestOldCopy: the directory of a community is put back to an older copy. The
// records that had left it come back, and new ones reach the city.
func TestOldCopy(t *testing.T) {
	n := proctest.Found(t, program(t, quick), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 300)
	community.MustPut("person", proctest.Lines(people[:100]))
	community.AwaitRecorded(10 * time.Second)
	community.Stop()
	copied := filepath.Join(t.TempDir(), "copy")
	replace(t, community.Dir, copied)
	community.Start()
	community.MustPut("person", proctest.Lines(people[100:200]))
	community.AwaitRecorded(10 * time.Second)
	community.Stop()
	replace(t, copied, community.Dir)
	community.MustPut("person", proctest.Lines(people[200:])) // under numbers that the city knows otherwise
	community.Start()
	awaitListed(t, community, people)
	t.Logf("recorded after %v", community.AwaitRecorded(30*time.Second))
	wantOnce(t, n.City(), people)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}

// TestOldHub: the directory of a street and then of the city is put back to an
// older copy. What they had recorded since comes back from below.
func TestOldHub(t *testing.T) {
	n := proctest.Found(t, program(t, quick), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 600)
	put := func(from int) {
		community.MustPut("person", proctest.Lines(people[from:from+100]))
		community.AwaitRecorded(20 * time.Second)
	}
	for i, hub := range []*proctest.Tier{n.Level(4)[0], n.City()} {
		put(i * 300)
		hub.Stop()
		copied := filepath.Join(t.TempDir(), "copy")
		replace(t, hub.Dir, copied)
		hub.Start()
		put(i*300 + 100)
		hub.Stop()
		replace(t, copied, hub.Dir)
		hub.Start()
		put(i*300 + 200)
		wantOnce(t, n.City(), people[:(i+1)*300])
	}
	wantHeld(t, n.Level(4)[0], n.City())
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}

// replace makes a copy of one directory stand in the place of another.
func replace(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(from, "tongbu.sock")) // of a process that has ended
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestDamaged: a journal that is damaged is reported and moved aside; the next
// start begins with nothing and gets back what had left the directory.
func TestDamaged(t *testing.T) {
	n := proctest.Found(t, program(t, quick), proctest.Rows([]int{1}, 1))
	city, street, community := n.City(), n.Level(4)[0], n.Level(5)[0]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 300)
	community.MustPut("person", proctest.Lines(people[:200]))
	community.AwaitRecorded(10 * time.Second)
	for _, tier := range []*proctest.Tier{community, street} {
		tier.Stop()
		damage(t, tier)
		r, err := tier.Run(t.Context(), nil, "serve")
		if err != nil || r.Code != fault.Damaged.ExitCode() || !complaint.MatchString(r.Err) || !strings.Contains(r.Err, "journal.db.damaged-") {
			t.Errorf("%s: serve with a damaged journal: got %v %v, want code %d and where the file is", tier.Unit.Name, r, err, fault.Damaged.ExitCode())
		}
		tier.Start()
		if n := tier.MustStatus().Incarnation; n <= 1 {
			t.Errorf("%s: goes on under incarnation %d", tier.Unit.Name, n)
		}
	}
	awaitListed(t, community, people[:200])
	community.MustPut("person", proctest.Lines(people[200:]))
	t.Logf("recorded after %v", community.AwaitRecorded(30*time.Second))
	awaitParent(t, community, street)
	wantOnce(t, city, people)
	wantHeld(t, street, city)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}

// damage writes over the middle of a journal.
func damage(t *testing.T, tier *proctest.Tier) {
	t.Helper()
	path := tier.File("journal.db")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // Sync tells
	if err := os.Remove(path + ".clean"); err != nil {
		t.Fatal(err) // it says that nobody touched the file
	}
	garbage := []byte(strings.Repeat("damaged ", 512))
	for page := int64(2); page < 12; page++ {
		if _, err := f.WriteAt(garbage, page*4096); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
}
