package hub_test

import (
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

func (r *removals) at(s *replica.Replica) desk.Transfers { return desk.TransfersOf(desk.New(s)) }

func (r *removals) offer(kind string, id change.RecordID) error {
	_, err := r.at(r.first).Offer(r.t.Context(), desk.TransferAsk{Kind: kind, Record: id, To: kit.Second.Code, Reason: "搬家"}, kit.Clerk)
	return err
}

// look has the city do what it has heard of, and everybody hear of that.
func (r *removals) look() {
	r.t.Helper()
	r.sync()
	if err := r.city.Transfers.Look(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.sync()
}

// one is the only transfer that a community knows.
func (r *removals) one(s *replica.Replica) desk.Transfer {
	r.t.Helper()
	all, err := r.at(s).List(r.t.Context(), kit.Clerk)
	if err != nil || len(all) != 1 {
		r.t.Fatalf("%d transfers at %s, want 1: %v", len(all), s.Members.Unit().Name, err)
	}
	return all[0]
}

func (r *removals) mustOffer() {
	r.t.Helper()
	if err := r.offer("household", r.home); err != nil {
		r.t.Fatal(err)
	}
	r.look()
}

func (r *removals) answer(s *replica.Replica, name string, reply desk.TransferReply) error {
	_, err := r.at(s).Answer(r.t.Context(), name, reply, kit.Clerk)
	return err
}

// TestTransferAccepted: what is offered is seen at the other community by head and number of
// persons alone, until it accepts; what is written meanwhile goes along.
func TestTransferAccepted(t *testing.T) {
	r := newRemovals(t)
	r.mustOffer()
	seen := r.one(r.second)
	if seen.State != desk.TransferOffered || seen.Head != "王明" || seen.Persons != 1 || seen.Record != "" || seen.Due == "" {
		t.Errorf("the taker sees %+v", seen)
	}
	if got := r.phone(r.second); got != "" {
		t.Errorf("the taker sees the person's phone before the move: %q", got)
	}
	wantRefused(t, "a second offer", r.offer("household", r.home), fault.Invalid, "offered to "+kit.Second.Code)
	wantRefused(t, "an answer of the giver", r.answer(r.first, seen.Transfer, desk.TransferReply{Answer: "accept"}), fault.NotFound, "no such transfer")
	if err := r.put(r.first, "person", `{"id":"`+string(r.person)+`","phone":"5"}`); err != nil {
		t.Fatal(err)
	}
	if err := r.answer(r.second, seen.Transfer, desk.TransferReply{Answer: "accept"}); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, "a second answer", r.answer(r.second, seen.Transfer, desk.TransferReply{Answer: "decline", Reason: "否"}), fault.Invalid, "answered already")
	r.look()
	r.stands("5")
	for _, s := range []*replica.Replica{r.first, r.second} {
		if got := r.one(s); got.State != desk.TransferMoved || got.Decided == "" {
			t.Errorf("%s: %+v", s.Members.Unit().Name, got)
		}
	}
	if err := r.put(r.second, "contact", `{"person":"`+string(r.person)+`","on":"2026-01-07","way":"1"}`); err != nil {
		t.Fatal(err)
	}
	r.sync()
	r.stands("5")
}

// TestTransferNotAccepted: an offer that is declined, withdrawn or not answered moves nothing.
func TestTransferNotAccepted(t *testing.T) {
	for state, end := range map[string]func(r *removals, name string) error{
		"declined": func(r *removals, name string) error {
			return r.answer(r.second, name, desk.TransferReply{Answer: "decline", Reason: "不在本社区"})
		},
		"withdrawn": func(r *removals, name string) error {
			_, err := r.at(r.first).Withdraw(r.t.Context(), name, kit.Clerk)
			return err
		},
		"returned": func(r *removals, name string) error {
			r.Clock.Advance(17 * 24 * time.Hour)
			return nil
		},
	} {
		t.Run(state, func(t *testing.T) {
			r := newRemovals(t)
			r.mustOffer()
			name := r.one(r.second).Transfer
			if err := end(r, name); err != nil {
				t.Fatal(err)
			}
			r.look()
			for _, s := range []*replica.Replica{r.first, r.second} {
				if got := r.one(s); got.State != state {
					t.Errorf("%s: %+v", s.Members.Unit().Name, got)
				}
			}
			if first, second := r.phone(r.first), r.phone(r.second); first != "1" || second != "" {
				t.Errorf("phone: %q at the first, %q at the second", first, second)
			}
			wantRefused(t, "an answer after that", r.answer(r.second, name, desk.TransferReply{Answer: "accept"}), fault.Invalid, "decided already")
			if err := r.offer("household", r.home); err != nil {
				t.Errorf("it is not offered again: %v", err)
			}
		})
	}
}

// TestTransferRefused: what cannot be given is refused, and nothing moves.
func TestTransferRefused(t *testing.T) {
	r := newRemovals(t)
	other := kit.MustPut(t, r.first, "person", `{"household":"h","name":"王芳","relation":"10"}`)[0].ID
	headed := kit.MustPut(t, r.first, "person", `{"household":"h","name":"王一","relation":"02"}`)[0].ID
	r.sync()
	for what, test := range map[string]struct {
		kind  string
		id    change.RecordID
		to    string
		kind2 fault.Kind
		words string
	}{
		"to itself":              {"household", r.home, kit.First.Code, fault.Invalid, "has the record already"},
		"to a street":            {"household", r.home, kit.Street.Code, fault.Invalid, "to a community"},
		"to nobody":              {"household", r.home, "999999999999", fault.Invalid, "no such unit"},
		"an event":               {"contact", other, kit.Second.Code, fault.Invalid, "by itself"},
		"what is not there":      {"person", kit.Name(kit.First, "person", "none"), kit.Second.Code, fault.NotFound, "no such person"},
		"the head of others":     {"person", headed, kit.Second.Code, fault.Invalid, "head"},
		"by no name of a record": {"person", "x", kit.Second.Code, fault.NotFound, "no such person"},
	} {
		_, err := r.order(test.kind, test.id, test.to)
		wantRefused(t, what, err, test.kind2, test.words)
	}
	if _, err := r.order("person", other, kit.Second.Code); err != nil {
		t.Errorf("a member of the household: %v", err)
	}
	r.sync()
	r.equal(r.first)
	r.equal(r.second)
}

// TestTransferOvertaken: an offer that the city decides otherwise, or of what somebody else has
// by then, is refused at both communities, and an acceptance that comes later takes nothing.
func TestTransferOvertaken(t *testing.T) {
	r := newRemovals(t)
	far := r.MustReplica(t, r.city.Replica, kit.FarAway)
	r.mustOffer()
	name := r.one(r.second).Transfer
	if err := r.answer(r.second, name, desk.TransferReply{Answer: "accept"}); err != nil { // on its way
		t.Fatal(err)
	}
	if _, err := r.order("household", r.home, kit.FarAway.Code); err != nil {
		t.Fatal(err)
	}
	r.look()
	r.MustExchange(t, far, r.city.Replica)
	for _, s := range []*replica.Replica{r.first, r.second} {
		all, err := r.at(s).List(t.Context(), kit.Clerk)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			if one.Transfer == name && one.State != "refused" {
				t.Errorf("%s: %+v", s.Members.Unit().Name, one)
			}
		}
	}
	if first, second, third := r.phone(r.first), r.phone(r.second), r.phone(far); first != "" || second != "" || third != "1" {
		t.Errorf("phone: %q, %q, %q", first, second, third)
	}
}

// TestTransferStale: a member who was offered alone, and has left with the household, is not
// taken from where that is now.
func TestTransferStale(t *testing.T) {
	r := newRemovals(t)
	far := r.MustReplica(t, r.city.Replica, kit.FarAway)
	if err := r.offer("person", r.person); err != nil {
		t.Fatal(err)
	}
	r.look()
	if _, err := r.order("household", r.home, kit.FarAway.Code); err != nil {
		t.Fatal(err)
	}
	r.look()
	if err := r.answer(r.second, r.one(r.second).Transfer, desk.TransferReply{Answer: "accept"}); err != nil {
		t.Fatal(err)
	}
	r.look()
	r.MustExchange(t, far, r.city.Replica)
	if got := r.one(r.second); got.State != "refused" || got.Opinion == "" {
		t.Errorf("the offer of the person: %+v", got)
	}
	if second, third := r.phone(r.second), r.phone(far); second != "" || third != "1" {
		t.Errorf("phone: %q at the second, %q far away", second, third)
	}
}
