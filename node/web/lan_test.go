package web_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongbu/internal/identity"
	"tongbu/internal/test/kit"
	"tongbu/internal/vault"
	"tongbu/node"
	"tongbu/node/people"
	"tongbu/node/web"
	"tongbu/node/web/visit"
)

const lanPassword = "kuaile-ma-9"

// lan is a station that other computers reach, and one of them, which trusts it.
type lan struct {
	t      *testing.T
	server *httptest.Server
	client *http.Client
	trust  *tls.Config
}

func newLAN(t *testing.T) *lan {
	t.Helper()
	town := kit.MustTown(t)
	at := town.MustReplica(t, town.MustCity(t), kit.First)
	n := node.New(at)
	n.People.SetCost(16, 1)
	if _, err := n.People.First(context.Background(), people.Person{Login: "head", Name: "站长甲"}, lanPassword); err != nil {
		t.Fatal(err)
	}
	c, err := identity.OwnServer(at.Dir(), []string{"127.0.0.1"}, identity.Options{Key: at.Vault().Key(vault.Identity), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	site, err := n.PagesOver([]string{"127.0.0.1:80"}, web.LAN{Hosts: web.NamesAt(server.Listener, []string{"127.0.0.1"}),
		Others: &visit.Others{Addresses: []string{"https://127.0.0.1:8421"}, Fingerprint: "AB:CD", Certificate: []byte("-----BEGIN CERTIFICATE-----"), Until: c.Leaf.NotAfter}})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler, server.TLS = site, &tls.Config{Certificates: []tls.Certificate{c}}
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(c.Leaf)
	trust := &tls.Config{RootCAs: pool}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: trust}
	t.Cleanup(transport.CloseIdleConnections)
	return &lan{t: t, server: server, trust: trust, client: &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (l *lan) do(r *http.Request, err error) (*http.Response, string) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "zh")
	resp, err := l.client.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return resp, string(body)
}

func (l *lan) get(path string) (*http.Response, string) {
	return l.do(http.NewRequest(http.MethodGet, l.server.URL+path, nil))
}

func TestLAN(t *testing.T) {
	l := newLAN(t)
	form := url.Values{"login": {"head"}, "password": {lanPassword}}
	r, err := http.NewRequest(http.MethodPost, l.server.URL+"/signin", strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, body := l.do(r, err) //nolint:bodyclose // do closes it
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
		t.Fatalf("signing in: %d\n%s", resp.StatusCode, body)
	}
	if c := resp.Cookies()[0]; !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("the cookie goes where it must not: %+v", c)
	}
	if _, body = l.get("/settings"); !strings.Contains(body, "AB:CD") || !strings.Contains(body, "https://127.0.0.1:8421") || !strings.Contains(body, "受信任的根证书颁发机构") { //nolint:bodyclose // do closes it
		t.Errorf("how to trust it is not said\n%s", body)
	}
	if resp, body = l.get("/settings/certificate"); !strings.HasPrefix(body, "-----BEGIN CERTIFICATE") || !strings.Contains(resp.Header.Get("Content-Disposition"), "tongbu.crt") { //nolint:bodyclose // do closes it
		t.Errorf("the certificate is not sent: %q", body)
	}
	if resp, _ = l.get("/screen"); resp.StatusCode != http.StatusOK { //nolint:bodyclose // do closes it
		t.Errorf("the screen: %d", resp.StatusCode)
	}
}

// TestLANNames: over TLS the site is reached by its names there and by no other, not by
// those of the computer's own address either.
func TestLANNames(t *testing.T) {
	l := newLAN(t)
	for _, host := range []string{"evil.example", "127.0.0.1:80", "127.0.0.1", "localhost"} {
		r, err := http.NewRequest(http.MethodGet, l.server.URL+"/signin", nil)
		if err == nil {
			r.Host = host
		}
		if resp, _ := l.do(r, err); resp.StatusCode != http.StatusMisdirectedRequest { //nolint:bodyclose // do closes it
			t.Errorf("as %s: %d", host, resp.StatusCode)
		}
	}
	r, err := http.NewRequest(http.MethodPost, l.server.URL+"/signout", nil)
	if err == nil {
		r.Header.Set("Origin", "https://evil.example")
	}
	if resp, _ := l.do(r, err); resp.StatusCode != http.StatusForbidden { //nolint:bodyclose // do closes it
		t.Errorf("sent from another site's page: %d", resp.StatusCode)
	}
}

func TestNamesAt(t *testing.T) {
	for address, want := range map[string]string{"192.0.2.1:8421": "station-pc:8421 [::1]:8421", "192.0.2.1:443": "station-pc:443 station-pc [::1]:443 [::1]"} {
		at, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(web.NamesAt(addressed{at}, []string{"Station-PC", "::1"}), " "); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

// addressed is a listener that has an address and no more.
type addressed struct{ at net.Addr }

func (addressed) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (addressed) Close() error              { return nil }
func (a addressed) Addr() net.Addr          { return a.at }
