package visit

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"tongbu/internal/pages"
	"tongbu/internal/question"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/replica"
)

// Ask passes a question up the line, to who may answer it; in the Operator and Purpose of
// the question stands who asks, and why.
type Ask func(context.Context, question.Question) (*question.Answer, error)

// Site is the pages of one workstation.
type Site struct {
	Replica  *replica.Replica
	Desk     *desk.Desk
	Operate  *operate.Operate
	People   *people.People
	Drafts   *drafts.Drafts
	Ask      Ask
	Shell    *pages.Shell
	Sessions *pages.Sessions
	Log      *slog.Logger
	// Counts are what somebody must decide, by the key of the entry of the menu.
	Counts []func(*Visit) (key string, count int)
	Waits  []Waits // what waits for people, by room
	Others *Others // how other computers reach the pages; nil: they do not

	mux    *http.ServeMux
	listed []Route
	bar    bar
}

// Others is how other computers of the station reach the pages, over TLS.
type Others struct {
	Addresses   []string
	Fingerprint string    // of the certificate: SHA-256, as browsers and Windows show it
	Certificate []byte    // in PEM
	Until       time.Time // its last day
}

// Idle is how long a session lasts without being used, and Longest how long at most: a
// working day with its noon break.
const (
	Idle    = 2 * time.Hour
	Longest = 12 * time.Hour
)

// Handler answers requests; all rooms have registered theirs.
func (s *Site) Handler() http.Handler { return s.mux }

// page is a frame with what is the same for everybody.
func (s *Site) page(l words.Language) *pages.Page {
	return &pages.Page{Lang: l, Unit: s.Replica.Members.Unit().Name, Today: s.today(), Now: s.now()}
}

// menu are the entries of the menu, in order.
var menu = []pages.Entry{
	{Key: "today", Href: "/", Word: pages.Text{Zh: "今日", En: "Today"}},
	{Key: "households", Href: "/households", Word: pages.Text{Zh: "住户", En: "Households"}},
	{Key: "ledgers", Href: "/ledger/1", Word: pages.Text{Zh: "台帐", En: "Ledgers"}},
	{Key: "counter", Href: "/counter", Word: pages.Text{Zh: "一站式", En: "Counter"}},
	{Key: "decide", Href: "/decide", Word: pages.Text{Zh: "待定", En: "To decide"}},
	{Key: "notices", Href: "/notices", Word: pages.Text{Zh: "通知", En: "Notices"}},
	{Key: "exchange", Href: "/import", Word: pages.Text{Zh: "导入导出", En: "Import, export"}},
}

func (s *Site) nav(v *Visit) []pages.Entry {
	all := append([]pages.Entry(nil), menu...)
	add := func(key string, count int) {
		for i := range all {
			if all[i].Key == key {
				all[i].Count += count
			}
		}
	}
	for _, of := range s.Counts {
		add(of(v))
	}
	waits, err := v.Waiting()
	if err != nil {
		s.Log.Warn("what waits for people cannot be counted", "error", err)
	}
	for _, w := range waits {
		add(w.Menu, w.Count)
	}
	return all
}
