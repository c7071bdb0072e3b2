package hub_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/account"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// nightly are a city and a street with views, and a node, over some days.
type nightly struct {
	*town
	street *hub.Hub
	node   *replica.Replica
}

func newNightly(t *testing.T) *nightly {
	w := newTown(t)
	n := &nightly{town: w, node: w.MustReplica(t, w.city.Replica, kit.First)}
	n.street, _ = w.hub(kit.Street, true)
	n.say()
	return n
}

// say has the node and the street say what they hold, if the day is another one.
func (n *nightly) say() {
	n.t.Helper()
	n.verify(n.street)
	n.verify(n.city)
	for _, night := range []func(context.Context) error{account.Saying(n.node, account.Own(n.node)).Once, n.street.Night, n.city.Night} {
		if err := night(n.t.Context()); err != nil {
			n.t.Fatal(err)
		}
	}
}

// sync carries everything up and down.
func (n *nightly) sync() {
	n.t.Helper()
	n.MustExchange(n.t, n.node, n.street.Replica)
	n.MustExchange(n.t, n.street.Replica, n.city.Replica)
	n.MustExchange(n.t, n.node, n.street.Replica)
	n.verify(n.street)
	n.verify(n.city)
}

// results are what the city, or another, makes of what was said: "device result by".
func (n *nightly) results(at *hub.Hub, of operate.Checked) string {
	n.t.Helper()
	v, err := at.Operate.Verify(n.t.Context(), of)
	if err != nil {
		n.t.Fatal(err)
	}
	var all []string
	for _, d := range v.Digests {
		who := "street"
		if d.Against == n.node.Keys.Device() {
			who = "node"
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s", who, d.Result, d.By)))
		if (d.Result == digest.Wrong) == v.OK {
			n.t.Errorf("%+v, and the check says %v", d, v.OK)
		}
	}
	return strings.Join(all, ", ")
}

// TestDigestsAgree: node, street and city account for the same changes alike, whoever
// wrote them and whatever has become of them; what one of them lacks is no error.
func TestDigestsAgree(t *testing.T) {
	n := newNightly(t)
	story := rand.New(rand.NewPCG(7, 7))
	for day := range 6 {
		n.work(story, day)
		n.sync()
		n.Clock.Advance(24 * time.Hour)
		n.say()
		n.sync()
		if got := n.results(n.city, operate.Checked{Unit: kit.First.Code}); sorted(got) != "node equal, street equal" {
			t.Fatalf("day %d: %s", day, got)
		}
	}
	if got := n.results(n.city, operate.Checked{Unit: kit.Street.Code}); got != "street equal" {
		t.Errorf("what the street has written itself: %s", got)
	}
	d := n.verify(n.city).Digests[0]
	if d.Unit != kit.First.Code { // in the order of codes the street comes first
		d = n.verify(n.city).Digests[1]
	}
	if d.Records < 10 || d.Derived < 10 || d.Said != d.Records || d.Unit != kit.First.Code {
		t.Errorf("got %+v", d)
	}
	if got := n.results(n.street, operate.Checked{Unit: kit.First.Code}); sorted(got) != "node equal, street equal" {
		t.Errorf("the street: %s", got)
	}
	if got := n.results(n.city, operate.Checked{Unit: kit.Second.Code}); got != "" {
		t.Errorf("of another unit: %s", got)
	}
	if got := n.results(n.city, operate.Checked{On: "2026-12-31", Unit: kit.First.Code}); sorted(got) != "node not comparable day, street not comparable day" {
		t.Errorf("of a day when nobody said any: %s", got)
	}
	own, err := operate.New(n.node, operate.Beyond{}).Verify(t.Context(), operate.Checked{})
	if err != nil || !own.OK || len(own.Digests) != 2 {
		t.Errorf("the node compares its own unit alone: %+v, %v", own, err)
	}
	kit.MustPut(t, n.node, "person", `{"id":"late","name":"王迟"}`)
	n.Clock.Advance(24 * time.Hour)
	n.say() // the node has more than those above
	n.sync()
	if got := n.results(n.city, operate.Checked{Unit: kit.First.Code}); sorted(got) != "node equal, street not comparable position" {
		t.Errorf("the street did not have the last record: %s", got)
	}
	for _, bad := range []operate.Checked{{On: "2026-02-30"}, {Unit: "999999999999"}} {
		if _, err := n.city.Operate.Verify(t.Context(), bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

// work has the node write households, persons, events and corrections, and the street
// say something of the people.
func (n *nightly) work(story *rand.Rand, day int) {
	n.t.Helper()
	on := n.Clock.Now().Format(time.DateOnly)
	kit.MustPut(n.t, n.node, "household", fmt.Sprintf(`{"id":"h-%d","head_name":"王明","survey_date":"%s"}`, day, on))
	for i := range 4 {
		person := fmt.Sprintf("p-%d-%d", day, i)
		kit.MustPut(n.t, n.node, "person", fmt.Sprintf(`{"id":"%s","name":"王明","household":"h-%d","birth_date":"19%d-05-05","sex":"1","labour_ability":"1","job_wish":"1","status":"%d"}`,
			person, day, 60+story.IntN(40), 1+story.IntN(9)))
		kind := []string{"unemployment", "placement", "registration"}[story.IntN(3)]
		kit.MustPut(n.t, n.node, kind, fmt.Sprintf(`{"id":"%s-e","person":"%s","on":"%s"}`, person, person, on))
	}
	if day > 0 {
		kit.MustPut(n.t, n.node, "person", fmt.Sprintf(`{"id":"p-%d-0","status":"%d"}`, day-1, 1+story.IntN(9)))
		kit.MustPut(n.t, n.node, "person", fmt.Sprintf(`{"id":"p-%d-1","valid":"0","void_reason":"搬走"}`, day-1))
		of := kit.Name(kit.First, "person", fmt.Sprintf("p-%d-2", day-1))
		kit.MustPut(n.t, n.street.Replica, "hardship_step", fmt.Sprintf(`{"person":"%s","on":"%s","step":"rechecked"}`, of, on))
	}
}

// TestGetDerived: a derived row is shown by its id where a question has named it, and
// nowhere is it taken for a record.
func TestGetDerived(t *testing.T) {
	n := newNightly(t)
	n.work(rand.New(rand.NewPCG(2, 2)), 0)
	n.sync()
	person := kit.Name(kit.First, "person", "p-0-1")
	for kind, id := range map[string]change.RecordID{"person_facts": person, "household_facts": kit.Name(kit.First, "household", "h-0")} {
		shown, err := n.city.Get(t.Context(), kind, id, kit.Clerk)
		if err != nil || shown.ID != id || shown.Unit != kit.First.Code || len(shown.Fields) < 3 {
			t.Errorf("%s: %+v, %v", kind, shown, err)
		}
		if _, err := n.city.Get(t.Context(), kind, kit.Name(kit.First, "person", "nobody"), kit.Clerk); fault.Of(err) != fault.NotFound {
			t.Errorf("%s of nobody: %v", kind, err)
		}
		if _, err := n.city.History(t.Context(), kind, id, kit.Clerk); fault.Of(err) != fault.Invalid {
			t.Errorf("history of %s: %v", kind, err)
		}
		for _, at := range []*replica.Replica{n.city.Replica, n.street.Replica} {
			err := desk.New(at).List(t.Context(), kind, "", kit.Clerk, func(*desk.Shown) error { return nil })
			kit.WantKind(t, err, fault.Invalid)
		}
	}
	err := desk.New(n.node).Export(t.Context(), "household", "", "2026-06-01", desk.Findable, kit.Clerk, func(*desk.Shown) error { return nil })
	kit.WantKind(t, err, fault.Invalid)
}

// TestWrongDigest: a device that says another outcome of the same changes is named.
func TestWrongDigest(t *testing.T) {
	n := newNightly(t)
	n.work(rand.New(rand.NewPCG(1, 1)), 0)
	n.sync()
	n.Clock.Advance(24 * time.Hour)
	liar := account.Saying(n.node, bent{account.Own(n.node)})
	if err := liar.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.sync()
	if got := n.results(n.city, operate.Checked{}); got != "node wrong rows" {
		t.Errorf("got %s", got)
	}
	if v := n.verify(n.city); len(v.Problems) != 1 || !strings.Contains(v.Problems[0], string(n.node.Keys.Device())) {
		t.Errorf("problems: %q", v.Problems)
	}
}

// bent are books with another row in them.
type bent struct{ account.Books }

func (b bent) Account(ctx context.Context, unit change.UnitID, day string) (digest.Account, error) {
	a, err := b.Books.Account(ctx, unit, day)
	a.RowsHash[0]++
	return a, err
}

func sorted(list string) string {
	all := strings.Split(list, ", ")
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// TestArrived: the city says to a unit, for a day that is over, how far its streams had
// come; what came later is of a later day, and a day on which nothing came has no word.
func TestArrived(t *testing.T) {
	n := newNightly(t)
	days := map[string]int64{}
	night := func(writes int) {
		for range writes {
			kit.MustPut(t, n.node, "person", `{"name":"王明"}`)
		}
		n.sync()
		n.record()
		day, err := n.city.Replica.Day()
		if err != nil {
			t.Fatal(err)
		}
		n.Clock.Advance(24 * time.Hour)
		if err := n.city.Night(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.sync()
		if writes > 0 {
			days[day] = int64(head(n.node))
		}
	}
	for _, writes := range []int{3, 0, 2} {
		night(writes)
	}
	got := map[string]int64{}
	err := desk.New(n.node).List(t.Context(), system.ArrivedKind, "", kit.Clerk, func(s *desk.Shown) error {
		seq, _ := s.Fields["seq"].(int64)
		got[fmt.Sprint(s.Fields["on"])] = seq
		return nil
	})
	if diff := cmp.Diff(days, got); err != nil || diff != "" || len(days) != 2 {
		t.Errorf("%v %s", err, diff)
	}
}

// record has the city record all that it holds of the node, as its judge would.
func (n *nightly) record() {
	n.t.Helper()
	err := n.city.Replica.Streams.Write(n.t.Context(), func(w *streams.Writer) error {
		for _, e := range n.node.Streams.OwnEntries() {
			at, _ := n.city.Replica.Streams.Entry(e.Stream)
			if err := w.Record(e.Stream, at.Sealed); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

// head is how much a replica has written in its first stream.
func head(of *replica.Replica) (seq uint64) {
	for _, e := range of.Streams.OwnEntries() {
		seq = max(seq, e.Head)
	}
	return seq
}
