package publication_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/publication"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
)

const question = "kinds:\n  - name: household\n    extends: true\n    fields:\n      - {name: x.pet, label: {zh: 宠物, en: pet}, type: text}\n"

// states are what devices say, in place of a view.
type states map[change.RecordID]uint64

func (s states) Record(_ context.Context, _ string, id change.RecordID) (*merge.Record, error) {
	heard, said := s[id]
	if !said {
		return nil, fault.New(fault.NotFound, "nothing is said")
	}
	r := merge.New(system.DeviceStateKind, id)
	r.Apply(change.Stream{}, &change.Change{Kind: system.DeviceStateKind, Record: id, Fields: change.FieldsOf(system.DeviceState{Schema: heard}.Fields())})
	return r, nil
}

func newPublisher(t *testing.T) (*kit.Tiers, states, *publication.Publisher) {
	t.Helper()
	w, s := kit.MustTiers(t), states{}
	return w, s, publication.New(w.City, s, func(context.Context, uint64) error { return nil })
}

func order(t *testing.T, p *publication.Publisher, o publication.Order) publication.Outcome {
	t.Helper()
	got, err := p.Publish(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestPublishedOnce: a file has one number, however often it is published, also after
// it was withdrawn.
func TestPublishedOnce(t *testing.T) {
	w, _, p := newPublisher(t)
	same := func(got publication.Outcome, version uint64) {
		t.Helper()
		if got.Version != version || len(got.Problems) > 0 {
			t.Errorf("got %+v, want version %d", got, version)
		}
	}
	dry := order(t, p, publication.Order{Document: question, Dry: true})
	if same(dry, 1); w.City.Schema.Now().Version() != 0 {
		t.Error("a dry run has published")
	}
	first := order(t, p, publication.Order{Document: question})
	if diff := cmp.Diff(dry, first); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		if diff := cmp.Diff(first, order(t, p, publication.Order{Document: question})); diff != "" {
			t.Error(diff)
		}
	}
	if got := order(t, p, publication.Order{Document: question + "# another file\n"}); got.Version != 0 || len(got.Problems) != 1 {
		t.Errorf("the question was published twice: %+v", got)
	}
	withdrawn := order(t, p, publication.Order{Withdraw: "household.x.pet", Reason: "asked twice"})
	if same(withdrawn, 2); !slices.Equal(withdrawn.Withdraws, []string{"household.x.pet"}) {
		t.Errorf("got %+v", withdrawn)
	}
	same(order(t, p, publication.Order{Withdraw: "household.x.pet", Reason: "for another reason"}), 2)
	same(order(t, p, publication.Order{Document: question}), 1)
	if v := w.City.Schema.Now().Version(); v != 2 {
		t.Errorf("version %d", v)
	}
}

// TestWrongOrders: with anything wrong nothing is published.
func TestWrongOrders(t *testing.T) {
	w, _, p := newPublisher(t)
	for name, c := range map[string]struct {
		order publication.Order
		kind  fault.Kind
	}{
		"nothing":       {publication.Order{}, fault.Invalid},
		"no reason":     {publication.Order{Withdraw: "x.walk"}, fault.Invalid},
		"a long reason": {publication.Order{Withdraw: "x.walk", Reason: string(make([]byte, 1001))}, fault.Invalid},
	} {
		_, err := p.Publish(t.Context(), c.order)
		if fault.Of(err) != c.kind {
			t.Errorf("%s: got %v", name, err)
		}
	}
	got := order(t, p, publication.Order{Document: "kinds:\n  - name: household\n    extends: true\n    writers: [2]\n"})
	if got.Version != 0 || len(got.Problems) != 1 || got.Problems[0].Line != 4 || got.Problems[0].Rule != "writers" {
		t.Errorf("got %+v", got)
	}
	for _, name := range []string{"household.phone", "household.x.none", "420202198001020011", "housing:1"} {
		got := order(t, p, publication.Order{Withdraw: name, Reason: "r"})
		if got.Version != 0 || len(got.Withdraws) > 0 || len(got.Problems) != 1 || got.Problems[0].Rule != "unknown" || strings.Contains(got.Problems[0].Message, "420202198001020011") {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if len(w.City.HeardNow().All) > 0 {
		t.Error("something was published")
	}
}

// TestWhoHasHeard: the devices in use by their own word, and the city by itself; those
// that have not are named.
func TestWhoHasHeard(t *testing.T) {
	w, said, p := newPublisher(t)
	w.MustAdmit(t, w.Street)
	w.MustAdmit(t, w.Node)
	if all, err := p.List(t.Context()); err != nil || all == nil || len(all) > 0 {
		t.Errorf("got %v, %v", all, err)
	}
	order(t, p, publication.Order{Document: question})
	order(t, p, publication.Order{Withdraw: "household.x.pet", Reason: "asked twice"})
	said[change.RecordID(w.Street.Keys.Device())] = 1
	all, err := p.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	missing := func(v operate.Publication) (devices []change.DeviceID) {
		for _, m := range v.Heard.Missing {
			devices = append(devices, m.Device)
		}
		slices.Sort(devices)
		return devices
	}
	both := []change.DeviceID{w.Street.Keys.Device(), w.Node.Keys.Device()}
	slices.Sort(both)
	of := all[0].Heard.Of
	if all[0].Heard.Devices != of-1 || !slices.Equal(missing(all[0]), []change.DeviceID{w.Node.Keys.Device()}) {
		t.Errorf("the first: %+v", all[0].Heard)
	}
	if all[1].Heard.Devices != of-2 || !slices.Equal(missing(all[1]), both) || all[1].Reason != "asked twice" {
		t.Errorf("the second: %+v", all[1].Heard)
	}
}
