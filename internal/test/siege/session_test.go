package siege_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// signedIn reports whether a browser still gets at a page.
func signedIn(b *webtest.Browser) bool { return b.Get("/recent").Path == "/recent" }

// TestStolenCookies: a cookie that somebody has copied opens nothing any more once its
// owner has signed out, has another password, has the sessions elsewhere ended, or has
// no account any more.
func TestStolenCookies(t *testing.T) {
	const fresh = "yi-zhi-mao-tou-ying-8"
	s := webtest.MustFull(t, 8)
	head := s.As(people.Head)
	for name, test := range map[string]struct {
		role people.Role
		end  func(owner *webtest.Browser)
	}{
		"signed out": {people.Operator, func(owner *webtest.Browser) { owner.Post("/signout", nil) }},
		"another password": {people.Viewer, func(owner *webtest.Browser) {
			other := s.As(people.Viewer)
			other.Post("/password", url.Values{"old": {webtest.Password}, "new": {fresh}, "again": {fresh}})
		}},
		"password by the head": {people.Operator, func(*webtest.Browser) {
			path := s.Accounts[people.Operator]
			if got := head.Post(path+"/password", url.Values{"password": {fresh}, "again": {fresh}}); got.Code != http.StatusOK {
				t.Errorf("status %d: %s", got.Code, got.Body)
			}
			_ = s.Node.People.SetOwn(t.Context(), "operator", fresh, webtest.Password)
		}},
	} {
		owner := s.As(test.role)
		thief := owner.Copy()
		if !signedIn(thief) {
			t.Fatalf("%s: the copied cookie does not open the station at all", name)
		}
		test.end(owner)
		if signedIn(thief) {
			t.Errorf("%s: the copied cookie still opens the station", name)
		}
	}
	owner := s.As(people.Operator)
	thief := owner.Copy()
	if err := s.Node.People.End(t.Context(), webtest.LoginOf(people.Head), "operator"); err != nil {
		t.Fatal(err)
	}
	if signedIn(thief) || signedIn(owner) {
		t.Error("an account that was ended still opens the station")
	}
}

// TestPlantedCookie: a cookie that somebody has planted is not the session's key after
// signing in, and no page takes one from an address.
func TestPlantedCookie(t *testing.T) {
	s := webtest.New(t)
	victim := s.Stranger()
	cookie := s.Cookies()[0].Name
	victim.SetCookie(cookie, "planted-by-somebody")
	attacker := victim.Copy()
	if got := victim.Post("/signin", url.Values{"login": {webtest.LoginOf(people.Head)}, "password": {webtest.Password}}); strings.HasPrefix(got.Path, "/signin") {
		t.Fatal("cannot sign in")
	}
	if !signedIn(victim) {
		t.Error("who has signed in is not")
	}
	if signedIn(attacker) {
		t.Error("the planted cookie opens the station")
	}
	if got := s.Stranger().Get("/recent?" + cookie + "=x"); got.Path == "/recent" {
		t.Error("an address opens the station")
	}
}

// TestCookie: scripts cannot read it, other sites' pages do not send it, and it ends with
// the browser.
func TestCookie(t *testing.T) {
	c := webtest.New(t).Cookies()
	if len(c) == 0 {
		t.Fatal("signing in sets no cookie")
	}
	for _, one := range c {
		if !one.HttpOnly || one.SameSite != http.SameSiteStrictMode || one.Path != "/" || one.Domain != "" || one.MaxAge > 0 || !one.Expires.IsZero() {
			t.Errorf("cookie %s: %+v", one.Name, one)
		}
	}
}

// TestBackStaysHere: what an address names to go on to after signing in is within the site.
func TestBackStaysHere(t *testing.T) {
	s := webtest.New(t)
	for _, back := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, `\\evil.example`, "javascript:alert(1)", "/%09//evil.example", "/\t/evil.example", "http:evil.example", "/..//evil.example"} {
		for _, to := range []string{"/signin", "/language"} {
			got := s.Stranger().Ask(http.MethodPost, to, url.Values{"login": {webtest.LoginOf(people.Head)}, "password": {webtest.Password}, "to": {"en"}, "back": {back}}, nil)
			at, err := url.Parse(got.Header.Get("Location"))
			if err != nil || at.Host != "" || at.Scheme != "" || !strings.HasPrefix(at.Path, "/") || strings.HasPrefix(got.Header.Get("Location"), "//") || strings.ContainsAny(got.Header.Get("Location"), "\\\t") {
				t.Errorf("%s with back=%q leads to %q", to, back, got.Header.Get("Location"))
			}
		}
	}
}
