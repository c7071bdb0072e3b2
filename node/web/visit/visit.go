// Package visit is what every page of a workstation shares: who is there and what they
// may do, the frame around the page, and what is said when something fails. The rooms of
// pages (package web names them) register their routes with a Site and are given a Visit
// for each request.
package visit

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"tongbu/internal/pages"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/people"
)

// Visit is one request of somebody who may make it.
type Visit struct {
	Site *Site
	W    http.ResponseWriter
	R    *http.Request
	Who  people.Person // the zero value: nobody has signed in, on pages that are open
	Lang words.Language
	// Over says that the session is over, by time or because they have signed out. Only a route that keeps what was typed is
	// called so, and may do no more than keep it.
	Over bool
}

// Ctx is the context of the request.
func (v *Visit) Ctx() context.Context { return v.R.Context() }

// Say is the text in the language of who is there.
func (v *Visit) Say(zh, en string) string { return pages.Text{Zh: zh, En: en}.In(v.Lang) }

// Asker names who is there in the audit log.
func (v *Visit) Asker(purpose string) desk.Asker {
	return desk.Asker{Operator: v.Who.Login, Purpose: purpose}
}

// Now is the time here, in the zone of the network.
func (v *Visit) Now() time.Time { return v.Site.now() }

// Today is the network's day, YYYY-MM-DD.
func (v *Visit) Today() string { return v.Site.today() }

// Page answers with a page of a room: here is the key of the entry of the menu.
func (v *Visit) Page(here, name string, main any) error {
	return v.PageAs(http.StatusOK, here, name, main)
}

// PageAs is Page with another status than 200.
func (v *Visit) PageAs(status int, here, name string, main any) error {
	return v.Site.Shell.Write(v.W, status, name, v.frame(here, main))
}

// Stream answers with a long page, which is sent while it is made.
func (v *Visit) Stream(here, name string, main any) error {
	return v.Site.Shell.Stream(v.W, name, v.frame(here, main))
}

// Shard answers with one template of a page.
func (v *Visit) Shard(name, shard string, data any) error {
	return v.Site.Shell.WriteShard(v.W, name, shard, v.Lang, data)
}

// Go sends the browser on after something was done, to an address of this site.
func (v *Visit) Go(to string) error {
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
	return nil
}

// IsShard reports whether a part of the page asks, and not the whole of it.
func (v *Visit) IsShard() bool { return v.R.Header.Get("HX-Request") == "true" }

// frame is what stands around the main part.
func (v *Visit) frame(here string, main any) *pages.Page {
	p := v.Site.page(v.Lang)
	p.Here, p.Main, p.Back = here, main, v.backHere()
	if f, ok := main.(Finder); ok {
		text := f.FindText()
		p.Find = &text
	}
	if v.Who.Login != "" {
		p.Nav = v.Site.nav(v)
		p.Me = &pages.Me{Name: v.Who.Name, Role: RoleText(v.Who.Role)}
		p.Line = v.Site.Line()
	}
	return p
}

// backHere is the address of a page that was read; one that was made of what was sent
// has none.
func (v *Visit) backHere() string {
	if v.R.Method != http.MethodGet {
		return "/"
	}
	return v.R.URL.RequestURI()
}

// SafePath is an address within this site, or "/" for any other: a form or an address
// may name where to go on, and must not lead away.
func SafePath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" || len(to) == 0 || to[0] != '/' || len(to) > 1 && (to[1] == '/' || to[1] == '\\') {
		return "/"
	}
	return u.RequestURI()
}

// RoleText is what a role is called.
func RoleText(r people.Role) pages.Text {
	switch r {
	case people.Head:
		return pages.Text{Zh: "站长", En: "Head"}
	case people.Operator:
		return pages.Text{Zh: "协理员", En: "Operator"}
	}
	return pages.Text{Zh: "查看", En: "Viewer"}
}

// Finder is the main part of a page that shows what was found: its text stays in the
// field of the top bar, and while it is typed on, what is found changes.
type Finder interface{ FindText() string }

// Bare answers with a page without menu and bars.
func (v *Visit) Bare(status int, name string, main any) error {
	p := v.frame("", main)
	p.Bare = true
	return v.Site.Shell.Write(v.W, status, name, p)
}

// SignInAgain sends somebody whose session is over by time to the page where people sign
// in, which says that what they typed is kept; back is where it is.
func (v *Visit) SignInAgain(back string) error {
	return v.Go(SignInPath + "?" + url.Values{"kept": {"1"}, "back": {SafePath(back)}}.Encode())
}
