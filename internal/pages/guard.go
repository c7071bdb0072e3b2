package pages

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

// policy is the content security policy of every page: nothing but our own files, no
// script or style within a page, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// MaxBody bounds what a request may carry, in bytes; a route for files has its own.
const MaxBody = 1 << 20

// formTime is how long what a request carries may take to come, unless its route gives it
// more (Within): one that is sent byte by byte holds its connection no longer.
const formTime = 20 * time.Second

// Within gives what a request carries so long to come, from now on. Where that cannot be
// set, the server's own time holds.
func Within(w http.ResponseWriter, r *http.Request, d time.Duration) {
	if r.ContentLength != 0 { // of one that carries nothing the server waits for the end, and that has no time
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d))
	}
}

// Guard stands before all pages: it refuses what was sent from other sites' pages and
// under other names than the site's (a name that somebody else's name server points
// here), and says to the browser what a page may do.
//
// hosts are the names, with ports, under which the site is reached.
func Guard(hosts []string, next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "this was sent from another site's page", http.StatusForbidden)
	}))
	inner := cross.Handler(gzhttp.GzipHandler(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Within(w, r, formTime)
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if !slices.Contains(hosts, strings.ToLower(r.Host)) {
			http.Error(w, "no such site here", http.StatusMisdirectedRequest)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// Loopback are the names of a site on this computer's own address.
func Loopback(port string) []string {
	return []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("localhost", port), net.JoinHostPort("::1", port)}
}
