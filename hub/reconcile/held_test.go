package reconcile_test

import (
	"fmt"
	"testing"

	"tongbu/hub/publication"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

const boat = "codes:\n  - name: housing\n    extends: true\n    items: [{code: \"41\", zh: 船屋, en: house boat}]\n"

func mustPublishSchema(t *testing.T, city *replica.Replica, document string) {
	t.Helper()
	got, err := publication.New(city, nil, nil).Publish(t.Context(), publication.Order{Document: document})
	if err != nil || len(got.Problems) > 0 {
		t.Fatal(got, err)
	}
}

func mustWeigh(t *testing.T, city *replica.Replica) {
	t.Helper()
	if err := kit.Reconciler(city).WeighHeld(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func home(i int, values fields) *change.Change {
	return &change.Change{Kind: "household", Record: change.RecordID(fmt.Sprintf("h-%d", i)), Fields: change.FieldsOf(values), Actor: "clerk"}
}

// counted is how many changes of a stream words refuse and hold.
func counted(t *testing.T, r *replica.Replica, in change.Stream) (refused, held uint64) {
	t.Helper()
	err := r.Journal.View(func(tx *journal.Tx) (err error) {
		if refused, err = r.Records.Refused(tx, in, 1<<40); err != nil {
			return err
		}
		held, err = r.Records.Held(tx, in, 1<<40)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return refused, held
}

// TestUnknownCodeIsHeld: a code that the city does not know holds what names it, until
// the city knows it; then it counts, and so does what builds on it. What is wrong
// otherwise is refused.
func TestUnknownCodeIsHeld(t *testing.T) {
	w := newWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	in := clerk.Stream(kit.First)
	later := home(1, fields{"phone": change.Text("1")})
	later.Context = change.Vector{in: 1}
	clerk.MustSay(t, w.city, kit.First, home(1, fields{"address": change.Text("湖滨路"), "housing": change.Text("41")}), later,
		home(2, fields{"address": change.Text("湖滨路"), "housing": change.Text("41"), "people": change.Text("three")}),
		home(3, fields{"address": change.Text("湖滨路"), "housing": change.Text("40")}))
	w.settle()
	place := func(seq int) string { return fmt.Sprintf("%s %d", in, seq) }
	w.wantRules(map[string]string{place(1): system.UnknownCode, place(2): "context_unknown", place(3): "type", place(4): system.UnknownCode})
	if refused, held := counted(t, w.city, in); refused != 4 || held != 2 {
		t.Errorf("%d, of them %d held", refused, held)
	}
	mustWeigh(t, w.city)
	w.wantRules(map[string]string{place(1): system.UnknownCode, place(2): "context_unknown", place(3): "type", place(4): system.UnknownCode})

	mustPublishSchema(t, w.city, boat)
	mustWeigh(t, w.city)
	w.wantRules(map[string]string{place(3): "type", place(4): system.UnknownCode})
	if refused, held := counted(t, w.city, in); refused != 2 || held != 1 {
		t.Errorf("%d, of them %d held", refused, held)
	}
	other := w.town.MustForger(t, kit.Second)
	other.MustSay(t, w.city, kit.Second, home(1, fields{"phone": change.Text("2")}))
	w.settle()
	if got := rules(t, w.city)[fmt.Sprintf("%s 1", other.Stream(kit.Second))]; got != "not_the_custodian" && got != "household_named" {
		t.Errorf("whoever was held does not hold the record: %q", got)
	}
}

// TestManyHeldTogether: what is held by ranges is weighed as well.
func TestManyHeldTogether(t *testing.T) {
	w := newRangedWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	in := clerk.Stream(kit.First)
	var batch []*change.Change
	for i := range 300 {
		batch = append(batch, home(i, fields{"address": change.Text("湖滨路"), "housing": change.Text("41")}))
	}
	clerk.MustSay(t, w.city, kit.First, batch...)
	w.settle()
	if refused, held := counted(t, w.city, in); refused != 300 || held != 300 {
		t.Errorf("%d, of them %d held", refused, held)
	}
	mustPublishSchema(t, w.city, boat)
	mustWeigh(t, w.city)
	if refused, held := counted(t, w.city, in); refused != 0 || held != 0 {
		t.Errorf("%d, of them %d held", refused, held)
	}
}

// TestRestoredCityKnowsAgain: a city that was restored to before its publication holds
// what is written with it, until the publication comes back from below.
func TestRestoredCityKnowsAgain(t *testing.T) {
	w := newWorld(t)
	below := w.town.MustReplica(t, w.city, kit.Street)
	mustClose(t, w.city)
	before := copied(t, w.town.RootDir)
	w.city = w.town.MustOpen(t, w.town.RootDir)
	mustPublishSchema(t, w.city, boat)
	w.town.MustCarry(t, w.city, below)
	if below.Schema.Now().Version() != 1 {
		t.Fatal("the street has not heard")
	}
	mustClose(t, w.city)

	w.city = w.town.MustOpen(t, before)
	if err := w.city.Streams.Renew(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	clerk := w.town.MustForger(t, kit.First)
	place := clerk.Stream(kit.First).String() + " 1"
	clerk.MustSay(t, w.city, kit.First, home(1, fields{"address": change.Text("湖滨路"), "housing": change.Text("41")}))
	w.settle()
	w.wantRules(map[string]string{place: system.UnknownCode})
	w.town.MustCarry(t, below, w.city)
	w.settle()
	if w.city.Schema.Now().Version() != 1 {
		t.Fatal("the city has not heard itself")
	}
	mustWeigh(t, w.city)
	w.wantRules(map[string]string{})
}
