package pages_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
