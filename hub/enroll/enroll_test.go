package enroll_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/enroll"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
	"tongbu/internal/identity/remote"
)

var quick = remote.Options{Tries: 2, Pause: time.Millisecond}

// serveTLS serves joining by the registrar as own over loopback HTTPS.
func serveTLS(t *testing.T, own *identity.Keystore, r identity.Registrar, opts enroll.Options) string {
	t.Helper()
	return serveHandler(t, own, enroll.Handler(r, opts))
}

// serveDoor serves renewal.
func serveDoor(t *testing.T, own *identity.Keystore, r identity.Registrar) string {
	t.Helper()
	return serveHandler(t, own, enroll.Door(r, enroll.Options{}))
}

func serveHandler(t *testing.T, own *identity.Keystore, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := enroll.Server(h, identity.WebTLS(own))
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.ServeTLS(l, "", "") })
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
	return "https://" + l.Addr().String()
}

func mustClient(t *testing.T, trust identity.Trust, urls ...string) *remote.Client {
	t.Helper()
	c, err := remote.New(urls, trust, quick)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantKind(t *testing.T, err error, kind fault.Kind, says string) {
	t.Helper()
	if err == nil || fault.Of(err) != kind || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v (%s), want kind %s and one line with %q", err, fault.Of(err), kind, says)
	}
}

// A community joins and renews through its street, which asks the city.
func TestTwoHops(t *testing.T) {
	n := identitytest.MustFound(t, identity.Options{})
	city := serveTLS(t, n.Own, n.Root, enroll.Options{})

	street := n.MustCreate(t)
	token := n.MustInvite(t, n.Street)
	if err := identity.Join(t.Context(), street, token, mustClient(t, token.Trust(time.Now), city), identity.Listen{Name: "street"}); err != nil {
		t.Fatal(err)
	}
	relay := serveTLS(t, street, mustClient(t, identity.TrustOf(street), city), enroll.Options{})

	node := n.MustCreate(t)
	token = n.MustInvite(t, n.Community)
	client := mustClient(t, token.Trust(time.Now), relay)
	if err := identity.Join(t.Context(), node, token, client, identity.Listen{}); err != nil {
		t.Fatal(err)
	}
	if got := node.Placement().Unit; got != n.Community {
		t.Errorf("unit: got %s, want %s", got, n.Community)
	}
	before := node.Certificate()
	door := serveDoor(t, street, mustClient(t, identity.TrustOf(street), serveDoor(t, n.Own, n.Root)))
	if err := identity.Renew(t.Context(), node, mustClient(t, identity.TrustOf(node), door)); err != nil {
		t.Fatal(err)
	}
	if node.Certificate().Equal(before) {
		t.Error("the certificate is not renewed")
	}
	wantKind(t, identity.Join(t.Context(), n.MustCreate(t), token, client, identity.Listen{}), fault.Denied, "used before")
	n.Registry.Revoke(node.Device())
	err := identity.Renew(t.Context(), node, mustClient(t, identity.TrustOf(node), door))
	wantKind(t, err, fault.Denied, "revoked")
}

// TestHubIsKnown: a hub that passes a request on shows above who it is.
func TestHubIsKnown(t *testing.T) {
	n := identitytest.MustFound(t, identity.Options{})
	street, node := n.MustJoin(t, n.Street), n.MustJoin(t, n.Community)
	var seen []change.DeviceID
	door := serveHandler(t, n.Own, enroll.Door(n.Root, enroll.Options{Member: func(state *tls.ConnectionState) (change.DeviceID, bool) {
		who, _ := identity.MemberOn(n.Own, state)
		seen = append(seen, who.Device)
		return who.Device, true
	}}))
	for _, own := range []identity.Source{street, nil} {
		opts := quick
		opts.Own = own
		c, err := remote.New([]string{door}, identity.TrustOf(node), opts)
		if err != nil {
			t.Fatal(err)
		}
		if err := identity.Renew(t.Context(), node, c); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]change.DeviceID{street.Device(), street.Device(), "", ""}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestJoinAtTheWrongNetwork(t *testing.T) {
	n, other := identitytest.MustFound(t, identity.Options{}), identitytest.MustFound(t, identity.Options{})
	url := serveTLS(t, other.Own, other.Root, enroll.Options{})
	token := n.MustInvite(t, n.Community)
	err := identity.Join(t.Context(), n.MustCreate(t), token, mustClient(t, token.Trust(time.Now), url), identity.Listen{})
	wantKind(t, err, fault.Denied, "belongs to another network (CA fingerprint differs)")
	wantKind(t, err, fault.Denied, strings.TrimPrefix(url, "https://"))
	node := n.MustJoin(t, n.Community)
	wantKind(t, identity.Renew(t.Context(), node, mustClient(t, identity.TrustOf(node), url)), fault.Denied, "network")
}

func TestNextHub(t *testing.T) {
	n := identitytest.MustFound(t, identity.Options{})
	good := serveDoor(t, n.Own, n.Root)
	cut := serveDoor(t, n.Own, refusing{fault.New(fault.Unavailable, "the city cannot be reached")})
	node := n.MustJoin(t, n.Community)
	trust := identity.TrustOf(node)
	if err := identity.Renew(t.Context(), node, mustClient(t, trust, closedPort(t), cut, good)); err != nil {
		t.Errorf("the third hub answers: %v", err)
	}
	wantKind(t, identity.Renew(t.Context(), node, mustClient(t, trust, cut, closedPort(t))), fault.Unavailable, "the city cannot be reached")
	denied := serveDoor(t, n.Own, refusing{fault.New(fault.Denied, "revoked")})
	wantKind(t, identity.Renew(t.Context(), node, mustClient(t, trust, denied, good)), fault.Denied, "revoked")
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return "https://" + l.Addr().String()
}

// refusing answers everything with an error.
type refusing struct{ err error }

func (r refusing) Enroll(context.Context, identity.EnrollRequest) (identity.Answer, error) {
	return identity.Answer{}, r.err
}

func (r refusing) Renew(context.Context, identity.RenewRequest) (identity.Answer, error) {
	return identity.Answer{}, r.err
}

// Two hubs with each other as parent answer instead of asking for ever.
func TestLoop(t *testing.T) {
	n := identitytest.MustFound(t, identity.Options{})
	l := &late{}
	// Each is a hub below the other, as both believe.
	url := serveHandler(t, n.Own, enroll.Door(l, enroll.Options{Member: func(*tls.ConnectionState) (change.DeviceID, bool) { return "other", true }}))
	l.Registrar = mustClient(t, identity.TrustOf(n.Own), url)
	node := n.MustJoin(t, n.Community)
	wantKind(t, identity.Renew(t.Context(), node, mustClient(t, identity.TrustOf(node), url)), fault.Invalid, "too many hubs")
}

type late struct{ identity.Registrar }

// post sends a body straight to the handler.
func post(h http.Handler, path, kind, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	h.ServeHTTP(w, r)
	return w
}

func TestHandlerRefuses(t *testing.T) {
	secret := refusing{fault.New(fault.Internal, "secret detail of the hub")}
	h, door := enroll.Handler(secret, enroll.Options{}), enroll.Door(secret, enroll.Options{})
	good := `{"device":"aaaaaaaaaaaaaaaa","csr":"","nonce":""}`
	for name, c := range map[string]struct {
		path, kind, body string
		status           int
	}{
		"unknown key":    {"/v1/renew", "application/json", `{"devise":"x"}`, 400},
		"two objects":    {"/v1/renew", "application/json", good + good, 400},
		"not JSON":       {"/v1/renew", "application/json", `hello`, 400},
		"empty":          {"/v1/enroll", "application/json", ``, 400},
		"bad ticket":     {"/v1/enroll", "application/json", `{"ticket":"zz"}`, 400},
		"form":           {"/v1/enroll", "application/x-www-form-urlencoded", `{}`, 400},
		"too long":       {"/v1/renew", "application/json", `{"csr":"` + strings.Repeat("A", 20<<10) + `"}`, 400},
		"negative hops":  {"/v1/renew", "application/json", `{"hops":-1}`, 400},
		"too many hops":  {"/v1/renew", "application/json", `{"hops":8}`, 400},
		"other path":     {"/v1/devices", "application/json", `{}`, 404},
		"wrong method":   {"/v1/ca", "application/json", `{}`, 405},
		"internal fault": {"/v1/renew", "application/json; charset=utf-8", good, 500},
	} {
		t.Run(name, func(t *testing.T) {
			at := h
			if c.path == identity.PathRenew {
				at = door
			}
			w := post(at, c.path, c.kind, c.body)
			if w.Code != c.status || strings.Contains(w.Body.String(), "secret detail") {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.status)
			}
		})
	}
}

func TestStatusAndKindTravel(t *testing.T) {
	n := identitytest.MustFound(t, identity.Options{})
	node := n.MustJoin(t, n.Community)
	for _, kind := range []fault.Kind{fault.Internal, fault.Invalid, fault.NotFound, fault.Denied, fault.Unavailable, fault.Busy,
		fault.Full, fault.Damaged, fault.Forked, fault.Exhausted, fault.Unsupported} {
		url := serveDoor(t, n.Own, refusing{fault.New(kind, "made-up").WithHint("look\nthere")})
		err := identity.Renew(t.Context(), node, mustClient(t, identity.TrustOf(node), url))
		wantKind(t, err, kind, "")
		if hint := fault.Hint(err); kind != fault.Internal && hint != "look there" {
			t.Errorf("%s: hint %q, want it on one line", kind, hint)
		}
	}
}

func TestBundle(t *testing.T) {
	n := identitytest.MustFound(t, identity.Options{})
	get := func(h http.Handler) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/ca", nil))
		return w
	}
	w := get(enroll.Handler(n.Root, enroll.Options{Bundle: n.Own.Bundle}))
	if diff := cmp.Diff(string(n.Own.Bundle()), w.Body.String()); diff != "" {
		t.Errorf("bundle (-want +got):\n%s", diff)
	}
	if got := get(enroll.Handler(n.Root, enroll.Options{})).Code; got != 404 {
		t.Errorf("no bundle: got %d, want 404", got)
	}
}
