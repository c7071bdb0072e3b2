package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tongbu/hub/api"
	"tongbu/hub/watch"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub says what a test has it say.
type hub struct {
	schema *schema.Schema
	tree   *tree.Tree

	mu       sync.Mutex // guards what follows
	tokens   map[[32]byte]system.Program
	keys     map[[32]byte]system.Program
	live     error
	withheld string // kind that no program may ask for
	asked    []question.Question
	ask      func(ctx context.Context, q question.Question) (*question.Answer, error)
	askAll   func(ctx context.Context, q question.Question, tell question.Tell) error
	match    func(ask matching.Ask, purpose string) (*matching.Answer, error)
	past     func(q api.Looked) ([]api.Past, error)
	coverage error
	watch    func(ctx context.Context, w api.Watched, tell watch.Tell) error
}

var _ api.Hub = (*hub)(nil)

func (h *hub) ProgramOf(token [32]byte) (system.Program, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, known := h.tokens[token]
	return p, known
}

func (h *hub) ProgramOfKey(key [32]byte) (system.Program, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, known := h.keys[key]
	return p, known
}

func (h *hub) Live(system.Program) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.live
}

func (h *hub) Kinds(system.Program) (kinds []*schema.Kind) {
	for _, k := range h.schema.Kinds() {
		if !k.System || k.Name == "unit" {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

func (h *hub) Kind(_ system.Program, name string) (*schema.Kind, error) {
	k, known := h.schema.Kind(name)
	if !known || k.System && k.Name != "unit" || name == h.withheld {
		return nil, access.NoKind(name)
	}
	return k, nil
}

func (h *hub) Scope(_ system.Program, code string) (change.UnitID, error) {
	if code == "" {
		return kit.City.ID, nil
	}
	u, known := h.tree.ByCode(code)
	if !known {
		return "", access.Closed("")
	}
	return u.ID, nil
}

func (h *hub) Schema() *schema.Schema { return h.schema }
func (h *hub) Tree() *tree.Tree       { return h.tree }

func (h *hub) Ask(ctx context.Context, _ system.Program, q question.Question) (*question.Answer, error) {
	h.mu.Lock()
	h.asked = append(h.asked, q)
	ask := h.ask
	h.mu.Unlock()
	return ask(ctx, q)
}

func (h *hub) AskAll(ctx context.Context, _ system.Program, q question.Question, tell question.Tell) error {
	h.mu.Lock()
	h.asked = append(h.asked, q)
	all := h.askAll
	h.mu.Unlock()
	return all(ctx, q, tell)
}

func (h *hub) Match(_ context.Context, _ system.Program, ask matching.Ask, purpose string) (*matching.Answer, error) {
	return h.match(ask, purpose)
}

func (h *hub) Past(_ context.Context, _ system.Program, q api.Looked) ([]api.Past, error) {
	return h.past(q)
}

func (h *hub) Coverage(context.Context, system.Program, change.UnitID) (question.Coverage, error) {
	return covered(), h.coverage
}

func (h *hub) Watch(ctx context.Context, _ system.Program, w api.Watched, tell watch.Tell) error {
	return h.watch(ctx, w, tell)
}

// set changes what the hub says.
func (h *hub) set(fn func(*hub)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fn(h)
}

// last is what was asked last.
func (h *hub) last() question.Question {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked[len(h.asked)-1]
}

// covered is a coverage with all its parts.
func covered() question.Coverage {
	conflicts := int64(3)
	return question.Coverage{AsOf: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Units: 3, Pending: 1<<53 + 1, Absent: 1, Conflicts: &conflicts, Today: "2026-03-01",
		Silent: []question.Silent{{Unit: kit.First.Code, Since: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}}}
}

// pageOf is an answer with every sort of value, there, null and absent.
func pageOf() *question.Answer {
	total := int64(2)
	return &question.Answer{
		Columns: []question.Column{{Name: "id", Type: question.Text}, {Name: "name", Type: question.Text}, {Name: "note", Type: question.Text}, {Name: "contested", Type: question.Boolean},
			{Name: "monthly_income", Type: question.Integer}, {Name: "hardship", Type: question.Set}},
		Rows: []question.Row{
			{change.Text("p-1"), change.Text("张三 <a&b> \"\\\n\u2028"), change.Text(""), change.Bool(true), change.Int(-9007199254740993), change.Set([]string{"b", "a"})},
			{change.Text("p-2"), change.Null, question.Absent, change.Bool(false), change.Int(9223372036854775807), change.Set(nil)},
		},
		NextPageToken: "a-_", Total: &total, Moved: true, Coverage: covered(),
	}
}

// stream tells an answer in parts.
func stream(ctx context.Context, a *question.Answer, tell question.Tell) error {
	err := tell(ctx, question.Part{Columns: a.Columns})
	for i := range a.Rows {
		if err == nil {
			err = tell(ctx, question.Part{Rows: a.Rows[i : i+1]})
		}
	}
	if err == nil {
		err = tell(ctx, question.Part{End: &question.End{Rows: int64(len(a.Rows)), Coverage: a.Coverage}})
	}
	return err
}

const token = "tongbu-token-of-a-test"

// port is a hub that answers programs.
type port struct {
	*hub
	t       testing.TB
	address string
	ca      []byte
	pool    *x509.CertPool
	clock   *kit.Clock
	stop    func() error
}

// pair is a certificate that signs itself, and its PEM.
func pair(t testing.TB, name string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open serves a hub until the test ends.
func open(t testing.TB) *port {
	t.Helper()
	return openFor(t, 0)
}

// openFor is open with a bound on how long a part of a stream may take to be written.
func openFor(t testing.TB, partTime time.Duration) *port {
	t.Helper()
	s, err := schema.Load()
	must(t, err)
	units, err := tree.New(kit.Units())
	must(t, err)
	program := system.Program{Name: "stats", Unit: kit.City.ID, Kinds: []string{system.AllKinds}, Purpose: "statistics", State: system.Active}
	h := &hub{schema: s, tree: units, tokens: map[[32]byte]system.Program{sha256.Sum256([]byte(token)): program}, keys: map[[32]byte]system.Program{},
		ask: func(context.Context, question.Question) (*question.Answer, error) { return pageOf(), nil },
		askAll: func(ctx context.Context, _ question.Question, tell question.Tell) error {
			return stream(ctx, pageOf(), tell)
		},
		match: func(ask matching.Ask, _ string) (*matching.Answer, error) {
			return &matching.Answer{Rows: []matching.Ranked{{Rank: 1, ID: ask.ID}}, Coverage: covered()}, nil
		}}
	p := &port{hub: h, t: t, clock: &kit.Clock{}}
	p.clock.Advance(time.Duration(time.Now().UnixNano()))
	cert, ca := pair(t, "hub")
	p.ca, p.pool = ca, x509.NewCertPool()
	p.pool.AddCert(cert.Leaf)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p.address = l.Addr().String()
	server := api.New(h, api.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12},
		Now: p.clock.Now, Log: slog.New(slog.DiscardHandler), PartTime: partTime})
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	p.stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return p
}
