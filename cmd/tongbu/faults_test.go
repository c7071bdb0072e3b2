package main_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
)

// quick has links look for a nearer hub often.
const quick = "TONGBU_PREFER=300ms"

// TestLostHub: the directory of a street is deleted and joined again under the
// same unit. It heals by itself, with what came through it before and with
// what was put meanwhile.
func TestLostHub(t *testing.T) {
	n := proctest.Found(t, program(t, quick), proctest.Rows([]int{1}, 2))
	street, communities := n.Level(4)[0], n.Level(5)
	maker := sample.NewMaker(seed)
	var people []sample.Record
	put := func(from, to int) {
		for _, c := range communities {
			some := proctest.Persons(maker, c.Unit.Code, to)[from:]
			c.MustPut("person", proctest.Lines(some))
			people = append(people, some...)
		}
	}
	put(0, 100)
	street.Kill()
	put(100, 200)
	if err := os.RemoveAll(street.Dir); err != nil {
		t.Fatal(err)
	}
	n.Join(street)
	put(200, 300)
	street.Start()
	put(300, 400)
	for _, c := range communities {
		c.AwaitRecorded(30 * time.Second)
		awaitParent(t, c, street)
	}
	wantOnce(t, n.City(), people)
	wantHeld(t, street, n.City())
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}

// wantHeld wants the hub to hold as many changes as the city has of its
// communities, in the end.
func wantHeld(t *testing.T, hub, city *proctest.Tier) {
	t.Helper()
	proctest.Await(t, 30*time.Second, "the street holds all again", func() string {
		at, all := hub.MustVerify(), city.MustVerify()
		if at.Changes < all.Changes {
			return fmt.Sprintf("%d of %d changes", at.Changes, all.Changes)
		}
		return ""
	})
}

func awaitParent(t *testing.T, child, parent *proctest.Tier) time.Duration {
	t.Helper()
	return proctest.Await(t, 20*time.Second, child.Unit.Name+" links to "+parent.Unit.Name, func() string {
		st, err := child.Status(t.Context())
		if err != nil {
			return err.Error()
		}
		if p := st.Parent; !p.Connected || p.Address != parent.Listen {
			return fmt.Sprintf("linked to %+v", p)
		}
		return ""
	})
}

// TestFailover: a community whose street stops links to the district, and to
// the street again when that is back.
func TestFailover(t *testing.T) {
	n := proctest.Found(t, program(t, quick), proctest.Rows([]int{1}, 1))
	city, district, street, community := n.Tiers[0], n.Tiers[1], n.Tiers[2], n.Tiers[3]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 4)
	put := func(i int) {
		community.MustPut("person", proctest.Lines(people[i:i+1]))
		community.AwaitRecorded(5 * time.Second)
	}
	awaitParent(t, community, street)
	put(0)
	street.Kill()
	t.Logf("street gone: linked to the district after %v", awaitParent(t, community, district))
	put(1)
	district.Stop()
	t.Logf("district gone: linked to the city after %v", awaitParent(t, community, city))
	put(2)
	street.Start()
	district.Start()
	t.Logf("both back: linked to the street after %v", awaitParent(t, community, street))
	put(3)
	awaitParent(t, street, district)
	wantOnce(t, city, people)
}

// TestOffline: a community works without a line, also when it is started
// again, and says truly how far its records have come.
func TestOffline(t *testing.T) {
	n := proctest.Found(t, program(t), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 30)
	community.MustPut("person", proctest.Lines(people[:10]))
	community.AwaitRecorded(10 * time.Second)
	for _, hub := range n.Tiers[:3] {
		hub.Stop()
	}
	community.MustPut("person", proctest.Lines(people[10:20]))
	if code := community.Stop(); code != 0 {
		t.Errorf("SIGTERM without a line: got code %d, want 0", code)
	}
	community.MustPut("person", proctest.Lines(people[20:])) // nobody serves: the command does it
	community.Start()
	st, own := community.MustStatus(), community.MustOwn()
	if own.Head != 30 || own.AtCity != 10 || own.AtParent != 10 || st.Parent.Connected {
		t.Errorf("offline: got %+v %+v, want 30 saved, 10 at the hub and at the city", own, st.Parent)
	}
	if st.Unit != community.Unit.Code || st.Name != community.Unit.Name {
		t.Errorf("offline: got unit %s %s, want %s", st.Unit, st.Name, community.Unit.Code)
	}
	if got := strings.Count(community.MustRun("", "list", "person"), "\n"); got != 30 {
		t.Errorf("list offline: got %d, want 30", got)
	}
	for _, hub := range n.Tiers[:3] {
		hub.Start()
	}
	t.Logf("recorded after %v", community.AwaitRecorded(10*time.Second))
	wantOnce(t, n.City(), people)
}

// TestLongOutage: what is put while there is no line is under way as soon as
// the path is whole, however long that took.
func TestLongOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for an outage to be long")
	}
	n := proctest.Found(t, program(t), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	for _, hub := range n.Tiers[:3] {
		hub.Stop()
	}
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 20)
	community.MustPut("person", proctest.Lines(people))
	began := community.MustStatus().Process.UptimeS
	const long = 15 // seconds
	proctest.Await(t, time.Minute, "the outage is long", func() string {
		if now := community.MustStatus().Process.UptimeS; now < began+long {
			return fmt.Sprintf("%.0f s", now-began)
		}
		return ""
	})
	for _, hub := range n.Tiers[:3] {
		hub.Start()
	}
	t.Logf("recorded after %v", community.AwaitRecorded(8*time.Second))
	wantOnce(t, n.City(), people)
}

// TestRevoked: the links of a revoked device end, it learns why, and what it
// puts stays with it.
func TestRevoked(t *testing.T) {
	n := proctest.Found(t, program(t, quick), proctest.Rows([]int{1}, 2))
	city, bad, good := n.City(), n.Level(5)[0], n.Level(5)[1]
	people := proctest.Persons(sample.NewMaker(seed), bad.Unit.Code, 20)
	bad.MustPut("person", proctest.Lines(people[:10]))
	bad.AwaitRecorded(10 * time.Second)
	city.MustRun("", "revoke", string(bad.MustStatus().Device), "--reason", "lost")
	proctest.Await(t, 20*time.Second, "the link of the revoked device ends, and it learns why", func() string {
		st, err := bad.Status(t.Context())
		if err != nil || st.Parent.Connected || !strings.Contains(st.Parent.Error, "revoked") {
			return fmt.Sprintf("%+v %v", st.Parent, err)
		}
		return ""
	})
	bad.MustPut("person", proctest.Lines(people[10:]))
	other := proctest.Persons(sample.NewMaker(seed), good.Unit.Code, 10)
	good.MustPut("person", proctest.Lines(other))
	good.AwaitRecorded(10 * time.Second)
	bad.Stop()
	bad.Start()
	if own := bad.MustOwn(); own.Head != 20 || own.AtCity != 10 {
		t.Errorf("revoked: got %+v, want 20 saved, 10 at the city", own)
	}
	seen := city.MustCount("person")
	if got, want := len(seen), 20; got != want {
		t.Errorf("persons at the city: got %d, want %d", got, want)
	}
	devices := city.MustRun("", "devices")
	if got := strings.Count(devices, " revoked "); got != 1 {
		t.Errorf("revoked devices: got %d, want 1", got)
	}
	bad.MustVerify()
	city.MustVerify()
}
