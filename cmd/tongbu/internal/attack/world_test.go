package attack_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	enrol "tongbu/internal/identity/remote"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node/replica"
	"tongbu/node/socket"
	"tongbu/syncer"
	"tongbu/syncer/remote"
)

// world is a city and a street, each served in this process on ports of the
// loopback, and devices of the communities below.
type world struct {
	t            testing.TB
	dir          string
	city, street *site
}

// site is one directory that is served.
type site struct {
	*tier.Tier
	dir              string
	links, web, door string
	log              *lockedLog
	stop             func()
}

// lockedLog keeps what a tier logs.
type lockedLog struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// warned is how many bytes of warnings there are.
func (l *lockedLog) warned() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.text.Bytes()) {
		if bytes.Contains(line, []byte("level=WARN")) {
			n += len(line)
		}
	}
	return n
}

func (l *lockedLog) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

func mustWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	cityDir := filepath.Join(w.dir, "city")
	if err := os.MkdirAll(cityDir, 0o700); err != nil {
		t.Fatal(err)
	}
	ports, cfg := w.mustListen(t)
	if _, _, err := tier.Found(t.Context(), cityDir, kit.Units(), cfg, newKeys()); err != nil {
		t.Fatal(err)
	}
	w.city = w.mustServe(t, cityDir, cfg, ports)
	w.street = w.mustHub(t, kit.Street)
	return w
}

func (w *world) mustListen(t testing.TB) (hub.Listeners, config.Config) {
	t.Helper()
	l, err := tier.Listen(config.Config{Listen: "127.0.0.1:0", Web: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	return l, config.Config{Listen: l.Links.Addr().String(), Web: l.Web.Addr().String(), Door: l.Door.Addr().String(), Keys: program.Keys(), Heartbeat: 200 * time.Millisecond}
}

// mustHub joins a hub of the unit, with a view, and serves it.
func (w *world) mustHub(t testing.TB, unit tree.Unit) *site {
	t.Helper()
	ports, cfg := w.mustListen(t)
	cfg.View = true
	dir := w.mustJoin(t, unit, cfg)
	s := w.mustServe(t, dir, cfg, ports)
	await(t, "the tree reaches the hub", func() bool { return s.Replica.Members.Tree() != nil })
	return s
}

func (w *world) mustJoin(t testing.TB, unit tree.Unit, cfg config.Config) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "device")
	if _, err := tier.Join(t.Context(), tier.Joining{Dir: dir, Token: w.token(t, unit, 0), Hub: "https://" + w.city.web, Config: cfg, Keys: newKeys()}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (w *world) mustServe(t testing.TB, dir string, cfg config.Config, ports hub.Listeners) *site {
	t.Helper()
	s := &site{dir: dir, log: &lockedLog{}}
	if ports.Links != nil {
		s.links, s.web, s.door = ports.Links.Addr().String(), ports.Web.Addr().String(), ports.Door.Addr().String()
	}
	var err error
	if s.Tier, err = tier.Open(t.Context(), dir, cfg, tier.Options{Log: slog.New(slog.NewTextHandler(s.log, nil))}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, over := make(chan struct{}), make(chan error, 1)
	go func() { over <- s.Serve(ctx, ports, func() { close(ready) }) }()
	var once sync.Once
	s.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-over; err != nil {
				t.Errorf("serving %s: %v", filepath.Base(dir), err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("closing %s: %v", filepath.Base(dir), err)
			}
		})
	}
	t.Cleanup(s.stop)
	select {
	case <-ready:
	case err := <-over:
		t.Fatalf("not served: %v", err)
	}
	return s
}

// ask calls what the command line calls.
func (s *site) ask(method, path string, in, out any) error {
	return socket.Direct(s.Handler, func() {}).JSON(context.Background(), method, path, in, out)
}

func (w *world) token(t testing.TB, unit tree.Unit, ttl time.Duration) string {
	t.Helper()
	var answer struct{ Token string }
	if err := w.city.ask(http.MethodPost, "/token", hub.TokenRequest{Unit: unit.Code, TTL: ttl}, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Token
}

func (w *world) revoke(t testing.TB, d change.DeviceID) {
	t.Helper()
	if err := w.city.ask(http.MethodPost, "/revoke/"+string(d), nil, new(any)); err != nil {
		t.Fatal(err)
	}
}

// device is one that joined and is not served: what it does, a test does.
type device struct {
	*identity.Keystore
	dir string
}

func (w *world) mustDevice(t testing.TB, unit tree.Unit) *device {
	t.Helper()
	dir := w.mustJoin(t, unit, config.Config{Keys: program.Keys()})
	keys, err := identity.Open(dir, mustOptions(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return &device{Keystore: keys, dir: dir}
}

// own is the device's stream to its unit.
func (d *device) own() change.Stream { return d.to(d.Placement().Unit) }

func (d *device) to(audience change.UnitID) change.Stream {
	return change.Stream{Device: d.Device(), Incarnation: 1, Audience: audience}
}

// mustSeal makes a batch of one person after a mark.
func (d *device) mustSeal(t testing.TB, in change.Stream, after change.Mark, name string, at int64) *change.Batch {
	t.Helper()
	return d.mustSealOf(t, change.RecordID("p-"+string(d.Device())), in, after, name, at)
}

func (d *device) mustSealOf(t testing.TB, id change.RecordID, in change.Stream, after change.Mark, name string, at int64) *change.Batch {
	t.Helper()
	c := &change.Change{Kind: "person", Record: id, Actor: "clerk", At: at,
		Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(name), "unit": change.Text(string(d.Placement().Unit))})}
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := change.Seal(change.BatchRows, d.Key(), in, after, [][]byte{raw}, at)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mustSeals makes so many batches, each after the other.
func (d *device) mustSeals(t testing.TB, n int) []*change.Batch {
	t.Helper()
	var all []*change.Batch
	end := change.Mark{}
	for range n {
		b := d.mustSeal(t, d.own(), end, strings.Repeat("甲", len(all)+1), time.Now().UnixMilli())
		all, end = append(all, b), b.End()
	}
	return all
}

func yes(identity.Member) error { return nil }

// mustDial connects the device to a hub.
func (d *device) mustDial(t testing.TB, s *site) *remote.Client {
	t.Helper()
	h, err := remote.Dial(s.links, d, yes, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	const most = 2 * time.Minute // far beyond what it takes alone: others may be at work
	late := time.After(most)
	for pause := 5 * time.Millisecond; !holds(); pause = min(2*pause, 100*time.Millisecond) {
		select {
		case <-time.After(pause):
		case <-late:
			t.Fatalf("%s: not after %v", what, most)
		}
	}
}

func wantKind(t testing.TB, err error, want ...fault.Kind) {
	t.Helper()
	for _, kind := range want {
		if err != nil && fault.Of(err) == kind {
			return
		}
	}
	t.Errorf("got %v (%v), want %v", err, fault.Of(err), want)
}

// thief has the authority's key, or any other, and signs what it likes.
type thief struct {
	ca  *x509.Certificate
	key ed25519.PrivateKey
}

func mustKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// authority reads the city's authority from its directory.
func (w *world) authority(t testing.TB) thief {
	t.Helper()
	return mustThief(t, w.city.dir, mustVault(t, w.city.dir).Key(vault.Identity))
}

func mustThief(t testing.TB, dir string, under vault.Key) thief {
	t.Helper()
	key, err := identity.LoadKey(filepath.Join(dir, "authority", "ca.key"), under)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(mustPEM(t, filepath.Join(dir, "authority", "ca.crt")))
	if err != nil {
		t.Fatal(err)
	}
	return thief{ca: ca, key: key}
}

func mustPEM(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		t.Fatalf("%s holds no PEM", filepath.Base(path))
	}
	return block.Bytes
}

func (w *world) enroller(t testing.TB, url string, trust identity.Trust) *enrol.Client {
	t.Helper()
	c, err := enrol.New([]string{"https://" + url}, trust, enrol.Options{Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hello is how the device opens a link.
func (d *device) hello() syncer.Hello {
	return syncer.Hello{Version: syncer.Version, Network: string(d.Placement().Network), Now: time.Now().UnixMilli(),
		Peer: syncer.Peer{Unit: d.Placement().Unit, Device: d.Device()}}
}

// mustShortLived is a device with a certificate that ends then.
func (w *world) mustShortLived(t testing.TB, end time.Time) *device {
	t.Helper()
	d := w.mustDevice(t, kit.First)
	cert := w.authority(t).sign(t, w.member(kit.First.ID), keyBytes(d.Key().Public()), time.Now().Add(-time.Minute), end, x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth)
	raw := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	if err := os.WriteFile(filepath.Join(d.dir, "identity", "device.crt"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := identity.Open(d.dir, mustOptions(t, d.dir))
	if err != nil {
		t.Fatal(err)
	}
	return &device{Keystore: keys, dir: d.dir}
}

// mustReplica opens a directory that is not served.
func mustReplica(t testing.TB, dir string) *replica.Replica {
	t.Helper()
	return mustOpen(t, dir, false)
}

func mustHubReplica(t testing.TB, dir string) *replica.Replica {
	t.Helper()
	return mustOpen(t, dir, true)
}

func mustOpen(t testing.TB, dir string, isHub bool) *replica.Replica {
	t.Helper()
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := replica.Open(replica.Config{Dir: dir, Vault: mustVault(t, dir), Hub: isHub, Schema: kinds})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}
