package hub_test

import (
	"context"
	"crypto/ed25519"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/system"
	"tongbu/internal/task"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/replica"
)

// accountsSaid is what a device has said of its accounts.
func accountsSaid(t *testing.T, at *replica.Replica) (said system.Accounts) {
	t.Helper()
	err := at.Journal.View(func(tx *journal.Tx) error {
		r, err := at.Records.Get(tx, system.DeviceStateKind, change.RecordID(at.Keys.Device()))
		if err == nil && r != nil {
			said = system.AccountsFrom(r.Value)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// TestUnconfirmedAccounts: a hub hears of the accounts below, by unit, while they change,
// and of a unit that says nonsense as much as can be read.
func TestUnconfirmedAccounts(t *testing.T) {
	w := newTown(t)
	node := w.MustReplica(t, w.city.Replica, kit.First)
	wantUnconfirmed(t, w, nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- task.Run(ctx, node.Tasks()...) }()
	accounts := people.New(node)
	accounts.SetCost(16, 1)
	head := people.Person{Login: "wang", Name: "王小明"}
	if _, err := accounts.First(t.Context(), head, "seven lamps on a hill"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []people.Person{{Login: "li", Role: people.Operator}, {Login: "zhao", Role: people.Viewer}} {
		if _, err := accounts.Add(t.Context(), "wang", p, "blue kettle, no lid"); err != nil {
			t.Fatal(err)
		}
	}
	if err := accounts.End(t.Context(), "wang", "zhao"); err != nil {
		t.Fatal(err)
	}
	want := system.Accounts{Count: 2, Unconfirmed: 2, Heads: []system.AccountHead{{Login: "wang", Name: "王小明"}}}
	kit.MustAdmit(t, w.city.Replica, identity.Device{ID: node.Keys.Device(), Unit: kit.First.ID, Key: node.Keys.Key().Public().(ed25519.PublicKey)})
	kit.MustAwait(t, "the node says its accounts", func() bool { return cmp.Equal(accountsSaid(t, node), want) })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	w.MustCarry(t, node, w.city.Replica)
	wantUnconfirmed(t, w, []operate.Unconfirmed{{Unit: kit.First.Code, Name: kit.First.Name, Device: node.Keys.Device(), Accounts: 2, Unconfirmed: 2, Heads: want.Heads}})

	liar := w.MustForger(t, w.Unit(kit.Second))
	kit.MustAdmit(t, w.city.Replica, identity.Device{ID: liar.Peer().Device, Unit: kit.Second.ID, Key: liar.Key().Public().(ed25519.PublicKey)})
	fields := map[string]change.Value{"accounts": change.Int(3), "unconfirmed": change.Int(3), "heads": change.Text("[[")}
	liar.MustSay(t, w.city.Replica, w.Unit(kit.Second), &change.Change{Kind: system.DeviceStateKind, Record: change.RecordID(liar.Peer().Device), Fields: change.FieldsOf(fields)})
	if st := unconfirmedAt(t, w); st.UnconfirmedTotal != 5 || len(st.Unconfirmed) != 2 || st.Unconfirmed[1].Accounts != 3 || st.Unconfirmed[1].Heads != nil {
		t.Errorf("got %+v", st.Unconfirmed)
	}
}

// unconfirmedAt is the city's status when its view has all.
func unconfirmedAt(t *testing.T, w *town) *operate.Status {
	t.Helper()
	w.verify(w.city)
	return w.status(w.city)
}

func wantUnconfirmed(t *testing.T, w *town, want []operate.Unconfirmed) {
	t.Helper()
	total := 0
	for _, u := range want {
		total += u.Unconfirmed
	}
	st := unconfirmedAt(t, w)
	if diff := cmp.Diff(want, st.Unconfirmed); diff != "" || st.UnconfirmedTotal != total {
		t.Errorf("%d accounts (-want +got):\n%s", st.UnconfirmedTotal, diff)
	}
}
