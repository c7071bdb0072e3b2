package hub_test

import (
	"testing"

	"tongbu/hub/transfer"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// removals are a city, a street and two communities of it, of which the first has a
// household that is going to be given to the second.
type removals struct {
	*corrections
	home change.RecordID
}

func newRemovals(t *testing.T) *removals {
	r := &removals{corrections: newCorrections(t)}
	kit.MustPublish(t, r.city.Replica, system.Readable)
	r.home = kit.MustList(t, r.first, "household", "")[0]
	r.sync()
	return r
}

func (r *removals) order(kind string, id change.RecordID, to string) (transfer.Done, error) {
	return r.city.Transfers.Order(r.t.Context(), transfer.Move{Kind: kind, Record: id, To: to, Reason: "搬家", Actor: "li"})
}

func (r *removals) mustOrder(to string) transfer.Done {
	r.t.Helper()
	done, err := r.order("household", r.home, to)
	if err != nil {
		r.t.Fatal(err)
	}
	return done
}

func (r *removals) put(at *replica.Replica, kind, line string) error {
	_, err := kit.Put(r.t, at, kind, line)
	return err
}

// phone is what a community has as the person's telephone; "" where it has no such person.
func (r *removals) phone(at *replica.Replica) string {
	r.t.Helper()
	got, err := desk.New(at).Get(r.t.Context(), "person", r.person, kit.Clerk)
	if fault.Of(err) == fault.NotFound {
		return ""
	}
	if err != nil {
		r.t.Fatal(err)
	}
	text, _ := got.Fields["phone"].(string)
	return text
}

var _ = merge.New

// TestTransferOrder: an order of the city takes a household with its members from one
// community to another: there it is edited, here it is gone.
func TestTransferOrder(t *testing.T) {
	r := newRemovals(t)
	done := r.mustOrder(kit.Second.Code)
	if done.Records != 2 || done.From != kit.First.Code || done.To != kit.Second.Code {
		t.Fatalf("done: %+v", done)
	}
	r.sync()
	if first, second := r.phone(r.first), r.phone(r.second); first != "" || second != "1" {
		t.Fatalf("phone: %q at the first, %q at the second", first, second)
	}
	if err := r.put(r.second, "person", `{"id":"`+string(r.person)+`","phone":"2"}`); err != nil {
		t.Fatal(err)
	}
	r.sync()
	if err := r.put(r.first, "person", `{"id":"`+string(r.person)+`","phone":"3"}`); err == nil {
		t.Error("the community that gave it away still writes it")
	}
	if got := r.phone(r.second); got != "2" {
		t.Errorf("phone %q", got)
	}
}
