package main_test

import (
	"fmt"
	"testing"
	"time"

	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
)

// seed of all made-up people.
const seed = 20260101

// cityOf12 is a city with two districts, three streets and six communities.
func cityOf12() []sample.Row { return proctest.Rows([]int{2, 1}, 2) }

// TestStoppedStreet: what is put while the street is stopped is recorded by
// the city soon after the path is whole, and each record is there once.
func TestStoppedStreet(t *testing.T) {
	n := proctest.Found(t, program(t), cityOf12())
	if got, want := len(n.Tiers), 12; got != want {
		t.Fatalf("processes: got %d, want %d", got, want)
	}
	community := n.Level(5)[0]
	street, district := n.Above(community), n.Above(n.Above(community))
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, 300)

	if code := street.Stop(); code != 0 {
		t.Errorf("SIGTERM: got code %d, want 0", code)
	}
	community.MustPut("person", proctest.Lines(people[:100]))
	street.Start()
	t.Logf("street back: recorded after %v", community.AwaitRecorded(5*time.Second))

	street.Stop()
	district.Stop()
	n.City().Stop()
	community.MustPut("person", proctest.Lines(people[100:200]))
	if st, own := community.MustStatus(), community.MustOwn(); st.Parent.Connected || own.Head != 200 || own.AtCity != 100 {
		t.Errorf("off the line: got %+v, %+v", own, st.Parent)
	}
	n.City().Start()
	district.Start()
	street.Start()
	t.Logf("all three hubs back: recorded after %v", community.AwaitRecorded(5*time.Second))

	community.MustPut("person", proctest.Lines(people[200:]))
	t.Logf("on the line: recorded after %v", community.AwaitRecorded(5*time.Second))
	wantOnce(t, n.City(), people)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}

// wantOnce wants the city to answer exactly these persons, each once, with
// nobody silent and nothing on the way.
func wantOnce(t *testing.T, city *proctest.Tier, people []sample.Record) {
	t.Helper()
	proctest.Await(t, 30*time.Second, "coverage at the city", func() string {
		a, err := city.Query(t.Context(), "person", "--page-size", "1")
		if err != nil || len(a.Coverage.Silent) > 0 || a.Coverage.Pending > 0 || a.Coverage.Absent > 0 {
			return fmt.Sprintf("%+v %v", a.Coverage, err)
		}
		return ""
	})
	seen := withoutUnits(city.MustCount("person"))
	var wrong []string
	for _, p := range people {
		if got := seen[numbered(p)] + seen[before(p)]; got != 1 {
			wrong = append(wrong, fmt.Sprintf("%s %d times", p.ID, got))
		}
	}
	if len(wrong) > 0 {
		t.Errorf("%d of %d persons are not there once: %q ...", len(wrong), len(people), wrong[:min(len(wrong), 5)])
	}
	if got, want := len(seen), len(people); got != want {
		t.Errorf("persons at the city: got %d, want %d", got, want)
	}
}
