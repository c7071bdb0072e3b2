// Package webtest opens the pages of a workstation for tests: a community's directory of
// a made-up town, accounts for each role, and a browser that asks as one does. Only
// tests import it.
package webtest

import (
	"cmp"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/node"
	"tongbu/node/people"
	"tongbu/node/replica"
	"tongbu/node/web"
	"tongbu/node/web/visit"
)

// Password is that of every account of a station.
const Password = "xiangqian-27-zou"

// cheap is what the check of a password takes at a station, in KiB: what a workstation
// has it cost is tested where it is set.
const cheap = 16

// head is the login of the first account.
const head = "zhan"

// Station is a community's workstation whose pages are served at an address of this
// computer; the test closes it.
type Station struct {
	*kit.Town
	City    *replica.Replica
	Replica *replica.Replica
	Node    *node.Node
	Address string // http://127.0.0.1:PORT

	tb testing.TB
}

// New opens a station that has one account, a head's. Nothing is recorded there yet.
func New(tb testing.TB) *Station {
	tb.Helper()
	town := kit.MustTown(tb)
	city := town.MustCity(tb)
	return Open(tb, town, city, town.MustReplica(tb, city, kit.First))
}

// Open is New for a directory that the test has made, of a workstation of any unit.
func Open(tb testing.TB, town *kit.Town, city, at *replica.Replica) *Station {
	tb.Helper()
	return OpenAsking(tb, town, city, at, nil)
}

// OpenAsking is Open where a question that goes up the line is answered by the test; nil:
// by the line, which is down.
func OpenAsking(tb testing.TB, town *kit.Town, city, at *replica.Replica, ask visit.Ask) *Station {
	tb.Helper()
	n := node.New(at)
	n.People.SetCost(cheap, 1)
	s := &Station{Town: town, City: city, Replica: at, Node: n, tb: tb}
	if ask == nil {
		ask = n.Ask
	}
	server := httptest.NewUnstartedServer(nil)
	pages, err := web.New(web.Config{Replica: at, Desk: n.Desk, Operate: n.Operate, People: n.People, Drafts: n.Drafts, Ask: ask, Hosts: []string{server.Listener.Addr().String()}})
	if err != nil {
		tb.Fatal(err)
	}
	server.Config.Handler = pages
	server.Start()
	tb.Cleanup(server.Close)
	s.Address = server.URL
	if _, err := s.Node.People.First(tb.Context(), people.Person{Login: head, Name: "站长甲"}, Password); err != nil {
		tb.Fatal(err)
	}
	return s
}

// Browser is one browser, with its own cookies. It follows what pages send it on to.
type Browser struct {
	Login   string
	station *Station
	client  *http.Client
}

// Stranger is a browser in which nobody has signed in.
func (s *Station) Stranger() *Browser {
	s.tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	return &Browser{station: s, client: &http.Client{Jar: jar}}
}

// As is a browser in which somebody of a role has signed in, under the name of the role
// (zhan for the head). Called again, it is another browser of the same person.
func (s *Station) As(role people.Role) *Browser {
	s.tb.Helper()
	login := LoginOf(role)
	if role != people.Head {
		s.account(login, role)
	}
	b := s.Stranger()
	b.Login = login
	if got := b.Post("/signin", url.Values{"login": {login}, "password": {Password}}); got.Code != http.StatusOK || strings.HasPrefix(got.Path, "/signin") {
		s.tb.Fatalf("sign in as %s: status %d at %s", login, got.Code, got.Path)
	}
	return b
}

// LoginOf is the name under which somebody of a role signs in.
func LoginOf(role people.Role) string {
	if role == people.Head {
		return head
	}
	return string(role)
}

// account makes an account whose password is the person's own already.
func (s *Station) account(login string, role people.Role) {
	s.tb.Helper()
	if _, err := s.Node.People.Current(login); err == nil {
		return
	}
	const first = "hou-tui-yi-bu-9"
	_, err := s.Node.People.Add(s.tb.Context(), head, people.Person{Login: login, Name: "员" + login, Role: role}, first)
	if err == nil {
		err = s.Node.People.SetOwn(s.tb.Context(), login, first, Password)
	}
	if err != nil {
		s.tb.Fatal(err)
	}
}

// Answer is what a browser was given.
type Answer struct {
	Code   int
	Path   string // where it ended, with the query
	Body   string
	Header http.Header
}

// Get reads a page.
func (b *Browser) Get(path string) Answer { return b.ask(http.MethodGet, path, nil, nil) }

// Post sends a form, as a page of the site does.
func (b *Browser) Post(path string, form url.Values) Answer {
	return b.ask(http.MethodPost, path, form, nil)
}

// Shard sends a form as the script of a page does that asks for a part of it.
func (b *Browser) Shard(path string, form url.Values) Answer {
	return b.ask(http.MethodPost, path, form, http.Header{"Hx-Request": {"true"}})
}

// Ask sends a form with headers that the test chooses; a header without values is left
// out. It does not follow.
func (b *Browser) Ask(method, path string, form url.Values, header http.Header) Answer {
	b.station.tb.Helper()
	still := *b.client
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return (&Browser{Login: b.Login, station: b.station, client: &still}).ask(method, path, form, header)
}

// At is Ask under another name than the station's.
func (b *Browser) At(host, method, path string) Answer {
	b.station.tb.Helper()
	r, err := http.NewRequestWithContext(b.station.tb.Context(), method, b.station.Address+path, nil)
	if err != nil {
		b.station.tb.Fatal(err)
	}
	r.Host = cmp.Or(host, "-")
	return b.do(r)
}

// Copy is another browser with the cookies that this one has now, as a thief has them.
func (b *Browser) Copy() *Browser {
	b.station.tb.Helper()
	c := b.station.Stranger()
	c.Login = b.Login
	c.client.Jar.SetCookies(b.station.url(), b.client.Jar.Cookies(b.station.url()))
	return c
}

// SetCookie plants a cookie.
func (b *Browser) SetCookie(name, value string) {
	b.client.Jar.SetCookies(b.station.url(), []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// Cookies are those that signing in sets, as they are sent.
func (s *Station) Cookies() []*http.Cookie {
	s.tb.Helper()
	got := s.Stranger().Ask(http.MethodPost, "/signin", url.Values{"login": {head}, "password": {Password}}, nil)
	return (&http.Response{Header: got.Header}).Cookies()
}

func (s *Station) url() *url.URL {
	s.tb.Helper()
	u, err := url.Parse(s.Address)
	if err != nil {
		s.tb.Fatal(err)
	}
	return u
}

func (b *Browser) ask(method, path string, form url.Values, header http.Header) Answer {
	tb := b.station.tb
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, b.station.Address+path, strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "zh-CN")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		r.Header[name] = values
	}
	return b.do(r)
}

// Do sends a request that the test has made; its address is one of the station's.
func (b *Browser) Do(r *http.Request) Answer {
	b.station.tb.Helper()
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// TryDo is Do of what the station may hang up on.
func (b *Browser) TryDo(r *http.Request) (Answer, error) {
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.tryDo(r)
}

func (b *Browser) do(r *http.Request) Answer {
	b.station.tb.Helper()
	got, err := b.tryDo(r)
	if err != nil {
		b.station.tb.Fatal(err)
	}
	return got
}

func (b *Browser) tryDo(r *http.Request) (Answer, error) {
	got, err := b.client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Code: got.StatusCode, Path: got.Request.URL.RequestURI(), Body: string(body), Header: got.Header}, nil
}
