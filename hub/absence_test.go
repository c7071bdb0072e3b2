package hub_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/remote"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/task"
	"tongbu/internal/test/kit"
	"tongbu/internal/vault"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// far is a city that is really served, and a node that goes away for long, by
// a clock that the test moves.
type far struct {
	t         *testing.T
	clock     *kit.Clock
	kinds     *schema.Schema
	cityDir   string
	addresses identity.Listen
}

func mustFar(t *testing.T) *far {
	t.Helper()
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	f := &far{t: t, clock: &kit.Clock{}, kinds: kinds, cityDir: filepath.Join(t.TempDir(), "city")}
	for start := time.Now(); f.clock.Now().Before(start); { // a Duration is 292 years at most
		f.clock.Advance(start.Sub(f.clock.Now()))
	}
	l := listeners(t, identity.Listen{Address: "127.0.0.1:0", Web: "127.0.0.1:0", Door: "127.0.0.1:0"})
	f.addresses = identity.Listen{Address: l.Links.Addr().String(), Web: l.Web.Addr().String(), Door: l.Door.Addr().String()}
	for _, port := range []net.Listener{l.Links, l.Web, l.Door} {
		if err := port.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(f.cityDir, 0o700); err != nil {
		t.Fatal(err)
	}
	founding := root.Founding{Dir: f.cityDir, Vault: kit.Vault(), Units: kit.Units(), Listen: f.addresses, Schema: kinds, Now: f.clock.Now}
	if _, _, err := root.Found(t.Context(), founding); err != nil {
		t.Fatal(err)
	}
	return f
}

func listeners(t *testing.T, at identity.Listen) hub.Listeners {
	t.Helper()
	listen := func(address string) net.Listener {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	return hub.Listeners{Links: listen(at.Address), Web: listen(at.Web), Door: listen(at.Door)}
}

// city serves the city until stop.
func (f *far) city() (h *hub.Hub, stop func()) {
	f.t.Helper()
	told := replica.Places{Address: f.addresses.Address, Web: f.addresses.Web, Door: f.addresses.Door}
	s, err := replica.Open(replica.Config{Dir: f.cityDir, Vault: kit.Vault(), Hub: true, Schema: f.kinds, Now: f.clock.Now, Beat: 100 * time.Millisecond, Told: told})
	if err != nil {
		f.t.Fatal(err)
	}
	if h, err = hub.Open(f.t.Context(), s, kit.OpenView); err != nil {
		f.t.Fatal(err)
	}
	stop = f.while(func(ctx context.Context) error { return h.Run(ctx, listeners(f.t, f.addresses)) }, h.Close)
	return h, stop
}

// while runs a part until stop, and closes it then.
func (f *far) while(run task.Task, closed func() error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- run(ctx) }()
	return func() {
		f.t.Helper()
		cancel()
		for _, err := range []error{<-over, closed()} {
			if err != nil {
				f.t.Error(err)
			}
		}
	}
}

func (f *far) openNode(dir string) *replica.Replica {
	f.t.Helper()
	s, err := replica.Open(replica.Config{Dir: dir, Vault: kit.Vault(), Schema: f.kinds, Now: f.clock.Now, Beat: 100 * time.Millisecond})
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *far) join(h *hub.Hub) (dir string) {
	f.t.Helper()
	token, err := h.Root.Invite(f.t.Context(), kit.First.Code, 0)
	if err != nil {
		f.t.Fatal(err)
	}
	client, err := remote.New([]string{"https://" + f.addresses.Web}, token.Trust(f.clock.Now), remote.Options{})
	if err != nil {
		f.t.Fatal(err)
	}
	dir = f.t.TempDir()
	keys, err := identity.Create(dir, identity.Options{Now: f.clock.Now, Key: kit.Vault().Key(vault.Identity)})
	if err == nil {
		err = identity.Join(f.t.Context(), keys, token, client, identity.Listen{})
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return dir
}

func (f *far) write(s *replica.Replica) {
	f.t.Helper()
	err := s.Streams.Write(f.t.Context(), func(w *streams.Writer) error {
		own, err := w.Own(s.Place.Unit)
		if err == nil {
			_, err = s.Records.Put(w.Tx, own, s.Place.Unit, records.Edit{Kind: "person", ID: "p-1", Fields: map[string]change.Value{"name": change.Text("甲")}, At: f.clock.Now().UnixMilli()})
		}
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// TestHalfAYearAway: a node was off for 180 days. Its certificate has expired,
// and the city has another authority; the one the node knows is retired. It
// renews by itself through the door and brings what it had, without a hand.
func TestHalfAYearAway(t *testing.T) {
	f := mustFar(t)
	h, stop := f.city()
	dir := f.join(h)
	node := f.openNode(dir)
	old := node.Keys.Certificate()
	f.write(node)
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Root.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()

	f.clock.Advance(180 * 24 * time.Hour)
	h, stop = f.city()
	defer stop()
	kit.MustAwait(t, "the city renews its own certificate", func() bool { return h.Replica.Keys.Certificate().NotAfter.After(f.clock.Now()) })
	if retired, err := h.Root.Retire(t.Context()); err != nil || retired.Trusted != 1 {
		t.Fatalf("%d authorities are trusted, %v, want 1", retired.Trusted, err)
	}

	node = f.openNode(dir)
	if _, err := node.Keys.GetX509SVID(); fault.Of(err) != fault.Denied {
		t.Fatalf("got %v, want the certificate expired", err)
	}
	away := f.while(func(ctx context.Context) error { return task.Run(ctx, node.Tasks()...) }, node.Close)
	defer away()
	kit.MustAwait(t, "what it had is recorded", func() bool {
		st, err := operate.New(node, operate.Beyond{}).Status(context.Background(), false)
		return err == nil && st.Own.Head == 2 && st.Own.AtCity == 2 // the record, and what the device says of itself
	})
	if now := node.Keys.Certificate(); now.Equal(old) {
		t.Error("the certificate is the old one")
	}
}
