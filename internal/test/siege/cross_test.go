package siege_test

import (
	"net/http"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// TestOtherSitesForms: no route that changes something takes what a page of another site,
// or of another port of this computer, has sent; the signed-in browser makes no
// difference. What names no origin comes from no page.
func TestOtherSitesForms(t *testing.T) {
	s := webtest.New(t)
	head := s.As(people.Head)
	for _, r := range s.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		for name, header := range map[string]http.Header{
			"another site":             {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
			"another site, old":        {"Sec-Fetch-Site": nil, "Origin": {"https://evil.example"}},
			"another port":             {"Sec-Fetch-Site": {"same-site"}, "Origin": {"http://127.0.0.1:9"}},
			"another port, old":        {"Sec-Fetch-Site": nil, "Origin": {"http://127.0.0.1:9"}},
			"a page without an origin": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"null"}},
			"a file, old":              {"Sec-Fetch-Site": nil, "Origin": {"null"}},
		} {
			if got := head.Ask(http.MethodPost, example(r), nil, header); got.Code != http.StatusForbidden {
				t.Errorf("POST %s from %s: status %d, want 403", r.Path, name, got.Code)
			}
		}
	}
	if !signedIn(head) {
		t.Error("a form of another site has signed the head out")
	}
}

// TestReadingChangesNothing: a link of another site, which cannot be refused, reads and
// does no more. Nobody signs out, confirms or drops by GET.
func TestReadingChangesNothing(t *testing.T) {
	s := webtest.MustFull(t, 8)
	head := s.As(people.Head)
	if before := s.Written(); s.Household(9).ID == "" || s.Written() == before {
		t.Fatal("what is written is not counted")
	}
	for _, r := range s.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		before := s.Written()
		head.Get(example(r))
		if got := s.Written(); got != before {
			t.Errorf("GET %s has written", r.Path)
		}
	}
	for _, p := range s.Pages() {
		before := s.Written()
		head.Get(p.Path)
		if got := s.Written(); got != before {
			t.Errorf("GET %s has written", p.Path)
		}
	}
	if !signedIn(head) {
		t.Error("reading has signed the head out")
	}
}

// TestHeaders: every answer, whatever it is of, forbids frames, foreign content, guessing
// of types and copies in the browser; assets alone are kept.
func TestHeaders(t *testing.T) {
	s := webtest.MustFull(t, 8)
	head := s.As(people.Head)
	for _, p := range s.Pages() {
		got := head.Get(p.Path)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Frame-Options":         "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := got.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", p.Path, name, got, want)
			}
		}
		if got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by other sites", p.Path)
		}
	}
}

// TestOtherNames: a name that somebody else's name server points here is none of the
// site's, on any route.
func TestOtherNames(t *testing.T) {
	s := webtest.New(t)
	head := s.As(people.Head)
	for _, r := range s.Routes() {
		for _, host := range []string{"evil.example", "127.0.0.1", "127.0.0.1.evil.example", "127.0.0.1:1", "[::1]:1", ""} {
			if got := head.At(host, r.Method, example(r)); got.Code != http.StatusMisdirectedRequest && (host != "" || got.Code != http.StatusBadRequest) {
				t.Errorf("%s %s at %q: status %d, want 421", r.Method, r.Path, host, got.Code)
			}
		}
	}
}
