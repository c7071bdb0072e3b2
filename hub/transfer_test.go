package hub_test

import (
	"fmt"
	"testing"

	"tongbu/hub"
	"tongbu/hub/reconcile"
	"tongbu/hub/transfer"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/account"
	"tongbu/node/desk"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
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

// sync carries what the tiers have said to each other, and what the city says of that.
func (r *removals) sync() {
	r.t.Helper()
	for range 2 {
		for _, at := range []*replica.Replica{r.first, r.second} {
			if err := at.SayReleased(r.t.Context()); err != nil {
				r.t.Fatal(err)
			}
		}
		r.corrections.sync()
		kit.MustJudge(r.t, r.city.Replica)
	}
	r.corrections.sync()
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
	r.wantMoved(t)
	r.stands("2")
}

// wantMoved wants the first community to say where the person is, however it is asked.
func (r *removals) wantMoved(t *testing.T) {
	t.Helper()
	d, says := desk.New(r.first), "the person was transferred to "+kit.Second.Name+" on 2027-01-15"
	_, err := d.Get(t.Context(), "person", r.person, kit.Clerk)
	wantRefused(t, "get", err, fault.NotFound, says)
	_, err = d.History(t.Context(), "person", r.person, kit.Clerk)
	wantRefused(t, "history", err, fault.NotFound, says)
	_, err = d.Card(t.Context(), "person", r.person, kit.Clerk)
	wantRefused(t, "card", err, fault.NotFound, says)
	wantRefused(t, "offer", r.offer("person", r.person), fault.NotFound, says)
}

// stands wants the second community to have the household and its person as the city does,
// and the first to have nothing of it.
func (r *removals) stands(phone string) {
	r.t.Helper()
	if first, second := r.phone(r.first), r.phone(r.second); first != "" || second != phone {
		r.t.Errorf("phone: %q at the first, want none; %q at the second, want %q", first, second, phone)
	}
	r.wantSound(r.city)
	r.wantSound(r.street)
	r.equal(r.second)
	r.equal(r.first)
}

// equal wants the account of a community to be what the city's view has of it.
func (r *removals) equal(at *replica.Replica) {
	r.t.Helper()
	day, err := at.Day()
	if err != nil {
		r.t.Fatal(err)
	}
	own, err := account.Own(at).Account(r.t.Context(), at.Place.Unit, day)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, h := range []*hub.Hub{r.street, r.city} {
		if !h.Replica.Members.Below(h.Replica.Place.Unit, at.Place.Unit) {
			continue
		}
		has, err := hub.AccountOf(r.t.Context(), h, at.Place.Unit, day)
		if err != nil {
			r.t.Fatal(err)
		}
		if result, by := own.Compare(has); result != digest.Equal {
			r.t.Errorf("%s beside %s: %s by %s: %+v, %+v", at.Members.Unit().Name, h.Replica.Members.Unit().Name, result, by, own, has)
		}
	}
}

// TestTransferLate: what the community that gives a household away writes off the line
// arrives at the other, an edit as well as a new event; what it writes once it has heard is
// its own.
func TestTransferLate(t *testing.T) {
	r := newRemovals(t)
	r.mustOrder(kit.Second.Code)
	if err := r.put(r.first, "person", `{"id":"`+string(r.person)+`","phone":"7"}`); err != nil {
		t.Fatal(err)
	}
	if err := r.put(r.first, "contact", `{"person":"`+string(r.person)+`","on":"2026-01-06","way":"1","content":"电话"}`); err != nil {
		t.Fatal(err)
	}
	r.sync()
	r.stands("7")
	if n := len(kit.MustList(t, r.second, "contact", "")); n != 1 {
		t.Errorf("the second community has %d contacts, want 1", n)
	}
	if n := len(kit.MustList(t, r.first, "contact", "")); n != 0 {
		t.Errorf("the first community has %d contacts, want none", n)
	}
}

// TestTransferHeld: what a device writes of a record after it has heard that its unit gave
// it away is held for whoever has it, who takes it or drops it.
func TestTransferHeld(t *testing.T) {
	r := newRemovals(t)
	r.mustOrder(kit.Second.Code)
	r.sync()
	r.sync()
	for n, phone := range []string{"8", "9"} {
		r.write(r.first, &change.Change{Kind: "person", Record: r.person, Fields: change.FieldsOf(map[string]change.Value{"phone": change.Text(phone)}), At: int64(n)})
	}
	r.sync()
	r.stands("1")
	held := r.held(r.second)
	if len(held) != 2 {
		t.Fatalf("%d changes are held, want 2", len(held))
	}
	if err := r.judge().Decide(t.Context(), held[0], kit.First.ID, true); fault.Of(err) != fault.Invalid {
		t.Errorf("another unit takes it: %v", err)
	}
	for n, id := range held {
		if err := r.judge().Decide(t.Context(), id, kit.Second.ID, n == 0); err != nil {
			t.Fatal(err)
		}
		if err := r.judge().Decide(t.Context(), id, kit.Second.ID, true); fault.Of(err) != fault.Invalid {
			t.Errorf("it is decided twice: %v", err)
		}
	}
	r.sync()
	if n := len(r.held(r.second)); n != 0 {
		t.Errorf("%d changes are held still", n)
	}
	shown, err := desk.New(r.second).Get(t.Context(), "person", r.person, kit.Clerk)
	if err != nil || shown.Fields["phone"] != "8" || len(shown.Refused) != 1 {
		t.Errorf("phone, as it was taken: %+v, %v", shown, err)
	}
	r.equal(r.second)
}

func (r *removals) write(at *replica.Replica, c *change.Change) {
	r.t.Helper()
	if err := writeRaw(r.t, at, c); err != nil {
		r.t.Fatal(err)
	}
}

// writeRaw writes a change that no desk would, under a name that the device has not used.
func writeRaw(t testing.TB, at *replica.Replica, c *change.Change) error {
	return at.Streams.Write(t.Context(), func(w *streams.Writer) error {
		own, err := w.Own(at.Place.Unit)
		if err != nil {
			return err
		}
		c.Context = change.Vector{}
		info, known, err := w.Stream(own)
		if known {
			c.Context.Add(change.Dot{Stream: own, Count: info.Head})
		}
		if err != nil {
			return err
		}
		seq, err := records.Add(w.Tx, own, at.Place.Unit, c)
		if err == nil {
			_, err = at.Records.Apply(w.Tx, at.Place.Unit, own, seq, c)
		}
		return err
	})
}

func (r *removals) judge() *reconcile.Reconciler { return kit.Reconciler(r.city.Replica) }

// held are the words at a community that hold something of records that it has.
func (r *removals) held(at *replica.Replica) (ids []change.RecordID) {
	r.t.Helper()
	err := at.Journal.View(func(tx *journal.Tx) error {
		return at.Records.Each(tx, system.RefusalKind, "", func(word *merge.Record) error {
			if said := system.RefusalFrom(word); said.Rule == system.MovedAway && !said.Void {
				ids = append(ids, word.ID())
			}
			return nil
		})
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return ids
}

// TestTransferStrangers: what the city has refused of a household does not go along, also not
// of a community that has it later.
func TestTransferStrangers(t *testing.T) {
	r := newRemovals(t)
	r.write(r.second, &change.Change{Kind: "person", Record: r.person, Fields: change.FieldsOf(map[string]change.Value{"phone": change.Text("6")})})
	far := r.MustReplica(t, r.city.Replica, kit.FarAway)
	r.sync()
	for _, to := range []string{kit.Second.Code, kit.FarAway.Code} {
		r.mustOrder(to)
		r.sync()
	}
	r.MustExchange(t, far, r.city.Replica)
	if got := r.phone(far); got != "1" {
		t.Errorf("phone %q", got)
	}
	r.equal(far)
}

// TestTransferSameNumbers: two communities have given their own numbers twice; when a household
// moves from the one to the other its rows and those of its namesake stand beside each other.
func TestTransferSameNumbers(t *testing.T) {
	r := newRemovals(t)
	numbered := `{"id":"p-1","household":"h","name":"李芳","status":"9"}`
	kit.MustPut(t, r.first, "person", numbered)
	kit.MustPut(t, r.second, "household", `{"id":"h","head_name":"李芳","survey_date":"2026-01-05"}`)
	kit.MustPut(t, r.second, "person", numbered)
	r.sync()
	r.mustOrder(kit.Second.Code)
	r.sync()
	for n := range 3 {
		if n > 0 {
			must(t, r.put(r.second, "person", fmt.Sprintf(`{"id":%q,"phone":"2%d"}`, r.person, n)))
			r.sync()
		}
		for kind, want := range map[string]int64{"person_facts": 3, "household_facts": 2} {
			for _, h := range []*hub.Hub{r.street, r.city} {
				if groups, rows, err := hub.RowsOf(t.Context(), h, kind); err != nil || rows != want || len(groups) != 1 || groups[0].Count != want {
					t.Errorf("%s at %s: %d rows, counted %v, want %d; %v", kind, h.Replica.Members.Unit().Name, rows, groups, want, err)
				}
			}
		}
		r.equal(r.second)
		r.equal(r.first)
	}
}
