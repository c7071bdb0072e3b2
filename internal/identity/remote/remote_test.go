package remote_test

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/remote"
)

func trustAll([]*x509.Certificate) (identity.Member, error) { return identity.Member{}, nil }

func wantKind(t *testing.T, err error, kind fault.Kind, says string) {
	t.Helper()
	if err == nil || fault.Of(err) != kind || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v (%s), want kind %s and one line with %q", err, fault.Of(err), kind, says)
	}
}

// server answers each request with answer and counts them.
func server(t *testing.T, answer http.HandlerFunc) (string, *atomic.Int32) {
	t.Helper()
	var count atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		answer(w, r)
	}))
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, &count
}

func mustClient(t *testing.T, trust identity.Trust, urls ...string) *remote.Client {
	t.Helper()
	c, err := remote.New(urls, trust, remote.Options{Tries: 3, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func respondWith(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		hops   int
		kind   fault.Kind
		says   string
		tries  int32
	}{
		"granted":         {respondWith(200, `{"body":"e30=","signature":""}`), 0, fault.OK, "", 1},
		"refused":         {respondWith(403, `{"error":{"kind":"denied","message":"used"}}`), 0, fault.Denied, "used", 1},
		"away":            {respondWith(503, `{"error":{"kind":"unavailable","message":"no line"}}`), 0, fault.Unavailable, "no line", 3},
		"away, passed on": {respondWith(503, `{"error":{"kind":"unavailable","message":"no line"}}`), 1, fault.Unavailable, "no line", 1},
		"slow down":       {respondWith(429, `{"error":{"kind":"exhausted","message":"wait"}}`), 0, fault.Exhausted, "wait", 1},
		"unknown kind":    {respondWith(500, `{"error":{"kind":"new","message":"x"}}`), 0, fault.Internal, "x", 1},
		"kind ok":         {respondWith(500, `{"error":{"kind":"ok","message":"x"}}`), 0, fault.Internal, "x", 1},
		"two lines":       {respondWith(403, `{"error":{"kind":"denied","message":"a\n\u001b[31mb"}}`), 0, fault.Denied, "a \ufffd[31mb", 1},
		"another server":  {respondWith(404, `<html>`), 0, fault.Unavailable, "not a tongbu hub", 1},
		"other 200":       {respondWith(200, `<html>`), 0, fault.Unavailable, "not a tongbu hub", 1},
		"endless":         {respondWith(200, strings.Repeat(" ", 70<<10)), 0, fault.Unavailable, "not a tongbu hub", 1},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/else", http.StatusTemporaryRedirect)
		}, 0, fault.Unavailable, "not a tongbu hub", 1},
	} {
		t.Run(name, func(t *testing.T) {
			url, count := server(t, c.answer)
			_, err := mustClient(t, trustAll, url).Renew(t.Context(), identity.RenewRequest{Hops: c.hops})
			if c.kind != fault.OK {
				wantKind(t, err, c.kind, c.says)
			} else if err != nil {
				t.Error(err)
			}
			if got := count.Load(); got != c.tries {
				t.Errorf("%d tries, want %d", got, c.tries)
			}
		})
	}
}

func TestTheCertificateDecidesBeforeTheRequest(t *testing.T) {
	url, count := server(t, respondWith(200, `{}`))
	denied := fault.New(fault.Denied, "it belongs to another network").WithHint("check the address")
	tries := 0
	c := mustClient(t, func([]*x509.Certificate) (identity.Member, error) { tries++; return identity.Member{}, denied }, url)
	_, err := c.Enroll(t.Context(), identity.EnrollRequest{})
	wantKind(t, err, fault.Denied, "hub 127.0.0.1")
	if fault.Hint(err) != "check the address" || count.Load() != 0 || tries != 1 {
		t.Errorf("hint %q, %d requests, %d tries, want no request and one try", fault.Hint(err), count.Load(), tries)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url, _ := server(t, func(http.ResponseWriter, *http.Request) { cancel() })
	_, err := mustClient(t, trustAll, url, url).Renew(ctx, identity.RenewRequest{})
	if err == nil {
		_, err = mustClient(t, trustAll, url).Renew(ctx, identity.RenewRequest{})
	}
	wantKind(t, err, fault.Canceled, "")
}

func TestNewRefuses(t *testing.T) {
	for _, urls := range [][]string{nil, {""}, {"http://hub.example:1"}, {"hub.example:1"}, {"https://"}, {"https://a:b@hub.example"},
		{"https://hub.example/path"}, {"https://hub.example?x"}, {"https://hub.example", "x"}, {"https://h\x00"}} {
		_, err := remote.New(urls, trustAll, remote.Options{})
		wantKind(t, err, fault.Invalid, "hub")
	}
}
