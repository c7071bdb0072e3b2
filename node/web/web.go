// Package web is the pages of a workstation: the clerk's, and the residents' screen. It
// joins the rooms of pages into one site and serves it; what a page can do is done by
// desk, operate, people and drafts, as the command line does it.
package web

import (
	"embed"
	"net"
	"net/http"
	"strings"
	"time"

	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/replica"
	"tongbu/node/web/census"
	"tongbu/node/web/decide"
	"tongbu/node/web/duplicates"
	"tongbu/node/web/entry"
	"tongbu/node/web/exchange"
	"tongbu/node/web/ledger"
	"tongbu/node/web/lookup"
	"tongbu/node/web/match"
	"tongbu/node/web/screen"
	"tongbu/node/web/station"
	"tongbu/node/web/today"
	"tongbu/node/web/transfers"
	"tongbu/node/web/visit"
	"tongbu/node/web/work"
)

//go:embed all:pages
var files embed.FS

// Config is what the pages stand on.
type Config struct {
	Replica *replica.Replica
	Desk    *desk.Desk
	Operate *operate.Operate
	People  *people.People
	Drafts  *drafts.Drafts
	Ask     visit.Ask
	Hosts   []string // names with ports under which the site is reached on this computer
	LAN     LAN      // the zero value: it is reached on this computer alone
}

// LAN is how other computers of the station reach the site, over TLS.
type LAN struct {
	Hosts  []string // names with ports
	Others *visit.Others
}

// New makes the site; nothing of it is reached before Serve.
func New(c Config) (http.Handler, error) {
	s, err := Site(c)
	if err != nil {
		return nil, err
	}
	return guarded(c, s.Handler()), nil
}

// Site is what New guards: all rooms with their routes.
func Site(c Config) (*visit.Site, error) {
	shell, err := pages.New(nil)
	if err != nil {
		return nil, err
	}
	s := &visit.Site{Replica: c.Replica, Desk: c.Desk, Operate: c.Operate, People: c.People, Drafts: c.Drafts, Ask: c.Ask, Shell: shell, Log: c.Replica.Log,
		Sessions: &pages.Sessions{Cookie: cookieOf(c.Replica), Idle: visit.Idle, Longest: visit.Longest, Now: time.Now}, Others: c.LAN.Others}
	if err := shell.Add("web", files, "pages"); err != nil {
		return nil, err
	}
	doors(s)
	bars(s)
	for _, add := range rooms {
		if err := add(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// guarded stands before the site with the names of the way somebody comes by.
func guarded(c Config, site http.Handler) http.Handler {
	here, lan := pages.Guard(c.Hosts, site), pages.Guard(c.LAN.Hosts, site)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			lan.ServeHTTP(w, r)
			return
		}
		here.ServeHTTP(w, r)
	})
}

// rooms register their pages.
var rooms = []func(*visit.Site) error{today.Add, entry.Add, lookup.Add, match.Add, ledger.Add, decide.Add, exchange.Add, screen.Add, station.Add, work.Add, census.Add, duplicates.Add, transfers.Add}

// cookieOf is the name of the cookie: browsers give cookies to all ports of a host, and
// several stations may be on one computer.
func cookieOf(r *replica.Replica) string {
	device := string(r.Keys.Device())
	return "tongbu-" + device[:min(len(device), 12)]
}

// NamesAt are the names with the port of a listener, as browsers send them.
func NamesAt(l net.Listener, names []string) (hosts []string) {
	_, port, _ := net.SplitHostPort(l.Addr().String()) // of a listener
	for _, name := range names {
		name = strings.ToLower(name)
		hosts = append(hosts, net.JoinHostPort(name, port))
		if port == "443" {
			if strings.Contains(name, ":") {
				name = "[" + name + "]"
			}
			hosts = append(hosts, name)
		}
	}
	return hosts
}

// HostsOf are the names of a site on a listener of this computer alone.
func HostsOf(l net.Listener) []string {
	_, port, _ := net.SplitHostPort(l.Addr().String()) // of a listener
	return pages.Loopback(port)
}
