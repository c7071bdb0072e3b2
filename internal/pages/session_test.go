package pages_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tongbu/internal/pages"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newSessions() (*pages.Sessions, *clock) {
	c := &clock{now: time.Date(2026, 7, 14, 9, 0, 0, 0, time.UTC)}
	return &pages.Sessions{Cookie: "s", Idle: time.Hour, Longest: 8 * time.Hour, Now: c.Now}, c
}

// begin signs somebody in with a request and returns one of the same browser.
func begin(s *pages.Sessions, before *http.Request, login string) (*http.Request, *http.Cookie) {
	w := httptest.NewRecorder()
	s.Begin(w, before, login, 1)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	var set *http.Cookie
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 {
			set = c
		}
	}
	r.AddCookie(set)
	return r, set
}

func fresh() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

func TestSessionIsOverByTime(t *testing.T) {
	for name, test := range map[string]struct {
		steps []time.Duration // each followed by a use
		over  bool
	}{
		"used again and again": {[]time.Duration{50 * time.Minute, 50 * time.Minute, 50 * time.Minute}, false},
		"unused":               {[]time.Duration{61 * time.Minute}, true},
		"too long in all":      {[]time.Duration{59 * time.Minute, 59 * time.Minute, 59 * time.Minute, 59 * time.Minute, 59 * time.Minute, 59 * time.Minute, 59 * time.Minute, 59 * time.Minute, 59 * time.Minute}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newSessions()
			r, _ := begin(s, fresh(), "lin")
			var got pages.Session
			for _, step := range test.steps {
				c.now = c.now.Add(step)
				got, _ = s.Of(r)
			}
			if got.Login != "lin" || got.Over != test.over {
				t.Errorf("got %+v, want lin, over %v", got, test.over)
			}
		})
	}
}

// TestPeekKeepsNothingAlive: what a page asks by itself is no sign that anybody is there.
func TestPeekKeepsNothingAlive(t *testing.T) {
	s, c := newSessions()
	r, _ := begin(s, fresh(), "lin")
	for range 4 {
		c.now = c.now.Add(20 * time.Minute)
		s.Peek(r)
	}
	if got, _ := s.Of(r); !got.Over {
		t.Error("a session that nobody used for 80 minutes goes on")
	}
}

// TestOverStaysOver: a session that is over does not begin again by being used, and who
// had it is known for a day.
func TestOverStaysOver(t *testing.T) {
	s, c := newSessions()
	r, _ := begin(s, fresh(), "lin")
	c.now = c.now.Add(2 * time.Hour)
	for range 2 {
		if got, has := s.Of(r); !has || !got.Over || got.Login != "lin" {
			t.Fatalf("got %+v, %v", got, has)
		}
	}
	c.now = c.now.Add(26 * time.Hour)
	begin(s, fresh(), "deng")
	if _, has := s.Of(r); has {
		t.Error("a session is known a day after it was over")
	}
}

// TestPlantedKey: signing in gives a new key, and ends the one that the browser came with.
func TestPlantedKey(t *testing.T) {
	s, _ := newSessions()
	planted := fresh()
	planted.AddCookie(&http.Cookie{Name: "s", Value: "planted"})
	_, set := begin(s, planted, "lin")
	if set.Value == "planted" {
		t.Error("the key that was planted is that of the session")
	}
	if _, has := s.Of(planted); has {
		t.Error("the key that was planted opens something")
	}
	if !set.HttpOnly || set.SameSite != http.SameSiteStrictMode {
		t.Errorf("the cookie %v can be read by scripts or is sent by other sites", set)
	}
	before, _ := begin(s, fresh(), "lin")
	begin(s, before, "lin")
	if _, has := s.Of(before); has {
		t.Error("the key of before opens something after signing in again")
	}
}

// TestSessionsAreBounded: of somebody's sessions the one that was unused for longest makes
// room, and nobody else's does.
func TestSessionsAreBounded(t *testing.T) {
	s, c := newSessions()
	other, _ := begin(s, fresh(), "other")
	var all []*http.Request
	for range 21 {
		c.now = c.now.Add(time.Second)
		r, _ := begin(s, fresh(), "more")
		all = append(all, r)
	}
	for n, r := range all {
		if _, has := s.Peek(r); has != (n > 0) {
			t.Errorf("session %d of 21 is there: %v", n+1, has)
		}
	}
	if _, has := s.Peek(other); !has {
		t.Error("who signs in often signs others out")
	}
}

// TestOfBefore: a key of another run of the program is known as such, and no other is.
func TestOfBefore(t *testing.T) {
	first, _ := newSessions()
	second, _ := newSessions()
	old, _ := begin(first, fresh(), "lin")
	if !second.OfBefore(old) || first.OfBefore(old) {
		t.Error("a program that has started again does not know why it does not know somebody")
	}
	begin(second, fresh(), "deng")
	planted := fresh()
	planted.AddCookie(&http.Cookie{Name: "s", Value: "planted"})
	if !second.OfBefore(old) || second.OfBefore(planted) || second.OfBefore(fresh()) {
		t.Error("who was never signed in is told that the program has started again")
	}
}

// TestLeave: who has signed out is known, to keep what comes late, and is nowhere in.
func TestLeave(t *testing.T) {
	s, _ := newSessions()
	r, _ := begin(s, fresh(), "lin")
	s.Leave(r)
	if got, has := s.Of(r); !has || !got.Over || got.Login != "lin" || len(s.OfLogin("lin")) != 0 {
		t.Errorf("got %+v, %v", got, has)
	}
}
