package pages_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tongbu/internal/pages"
)

func TestGuard(t *testing.T) {
	reached := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	site := pages.Guard(pages.Loopback("8480"), reached)
	for name, test := range map[string]struct {
		method, host string
		header       map[string]string
		want         int
	}{
		"read":                    {"GET", "127.0.0.1:8480", nil, 204},
		"by name":                 {"GET", "LocalHost:8480", nil, 204},
		"IPv6":                    {"GET", "[::1]:8480", nil, 204},
		"rebound name":            {"GET", "evil.example:8480", nil, 421},
		"other port":              {"GET", "127.0.0.1:8481", nil, 421},
		"no port":                 {"GET", "127.0.0.1", nil, 421},
		"own form":                {"POST", "127.0.0.1:8480", map[string]string{"Sec-Fetch-Site": "same-origin"}, 204},
		"other site's form":       {"POST", "127.0.0.1:8480", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"other port's form":       {"POST", "127.0.0.1:8480", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"origin alone":            {"POST", "127.0.0.1:8480", map[string]string{"Origin": "http://127.0.0.1:9999"}, 403},
		"own origin alone":        {"POST", "127.0.0.1:8480", map[string]string{"Origin": "http://127.0.0.1:8480"}, 204},
		"hidden origin":           {"POST", "127.0.0.1:8480", map[string]string{"Origin": "null"}, 403},
		"other site's form, PUT":  {"PUT", "127.0.0.1:8480", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"other site's link reads": {"GET", "127.0.0.1:8480", map[string]string{"Sec-Fetch-Site": "cross-site"}, 204},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, "/", nil)
			r.Host = test.host
			for key, value := range test.header {
				r.Header.Set(key, value)
			}
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if w.Code != test.want {
				t.Errorf("status %d, want %d", w.Code, test.want)
			}
			if p := w.Header().Get("Content-Security-Policy"); !strings.Contains(p, "frame-ancestors 'none'") || strings.Contains(p, "unsafe") {
				t.Errorf("policy %q", p)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Error("the browser may keep the page")
			}
		})
	}
}

// timed is an answer that notes until when its request may be read.
type timed struct {
	*httptest.ResponseRecorder
	until []time.Time
}

func (w *timed) SetReadDeadline(t time.Time) error {
	w.until = append(w.until, t)
	return nil
}

// TestFormsComeSoon: what is sent byte by byte holds its connection no longer than a form
// takes, whether it is refused or not; a route for files gives it more.
func TestFormsComeSoon(t *testing.T) {
	h := pages.Guard([]string{"example.com"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/file" {
			pages.Within(w, r, time.Hour)
		}
	}))
	for _, test := range []struct {
		path, host, body string
		least, most      time.Duration
	}{
		{"/form", "example.com", "a=b", 0, time.Minute}, {"/form", "evil.example", "a=b", 0, time.Minute}, {"/file", "example.com", "a=b", 59 * time.Minute, time.Hour},
		{"/form", "example.com", "", 0, 0},
	} {
		w, began := &timed{ResponseRecorder: httptest.NewRecorder()}, time.Now()
		r := httptest.NewRequest(http.MethodPost, test.path, strings.NewReader(test.body))
		r.Host = test.host
		h.ServeHTTP(w, r)
		var got time.Duration
		if n := len(w.until); n > 0 {
			got = w.until[n-1].Sub(began)
		}
		if slack := time.Since(began); got < test.least || got > test.most+slack || test.most > 0 && got == 0 {
			t.Errorf("%+v: has %v to come", test, got)
		}
	}
}
