package station_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tongbu/internal/test/kit"
	"tongbu/node"
	"tongbu/node/people"
	"tongbu/node/replica"
)

const host = "127.0.0.1:80"

// office is a station whose people sign in.
type office struct {
	t    *testing.T
	town *kit.Town
	city *replica.Replica
	at   *replica.Replica
	node *node.Node
	site http.Handler
}

const password = "kuaile-ma-9"

// newOffice has a head, an operator and a viewer, each called by the role.
func newOffice(t *testing.T) *office {
	t.Helper()
	town := kit.MustTown(t)
	city := town.MustCity(t)
	o := &office{t: t, town: town, city: city, at: town.MustReplica(t, city, kit.First)}
	o.node = node.New(o.at)
	o.node.People.SetCost(16, 1)
	var err error
	if o.site, err = o.node.Pages([]string{host}); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := o.node.People.First(ctx, people.Person{Login: "head", Name: "站长甲"}, password); err != nil {
		t.Fatal(err)
	}
	for login, p := range map[string]people.Person{"operator": {Name: "协理员乙", Role: people.Operator}, "viewer": {Name: "查看丙", Role: people.Viewer}} {
		p.Login = login
		if _, err := o.node.People.Add(ctx, "head", p, "first-"+password); err != nil {
			t.Fatal(err)
		}
		if err := o.node.People.SetOwn(ctx, login, "first-"+password, password); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// visitor is a browser.
type visitor struct {
	*office
	cookies []*http.Cookie
}

// as is somebody who has signed in.
func (o *office) as(login string) *visitor {
	o.t.Helper()
	v := &visitor{office: o}
	if status, _, _ := v.post("/signin", "login", login, "password", password); status != http.StatusSeeOther {
		o.t.Fatalf("%s cannot sign in: %d", login, status)
	}
	return v
}

func (v *visitor) send(r *http.Request) (status int, body, to string) {
	r.Host = host
	r.Header.Set("Accept-Language", "zh")
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	if set := w.Result().Cookies(); len(set) > 0 {
		v.cookies = slices.DeleteFunc(set, func(c *http.Cookie) bool { return c.MaxAge < 0 })
	}
	return w.Code, w.Body.String(), w.Header().Get("Location")
}

func (v *visitor) get(path string) (status int, body string) {
	status, body, _ = v.send(httptest.NewRequest(http.MethodGet, path, nil))
	return status, body
}

// post sends a form: name, value, name, value.
func (v *visitor) post(path string, pairs ...string) (status int, body, to string) {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(r)
}

// mustGet is a page that is there.
func (v *visitor) mustGet(path string) string {
	v.t.Helper()
	status, body := v.get(path)
	if status != http.StatusOK {
		v.t.Fatalf("%s: %d\n%s", path, status, body)
	}
	return body
}

// mustPost is a form that leads on.
func (v *visitor) mustPost(path string, pairs ...string) (to string) {
	v.t.Helper()
	status, body, to := v.post(path, pairs...)
	if status != http.StatusSeeOther {
		v.t.Fatalf("%s: %d\n%s", path, status, body)
	}
	return to
}

func (o *office) announce(lines ...string) {
	o.t.Helper()
	kit.MustPut(o.t, o.city, "notice", strings.Join(lines, "\n"))
	o.town.MustCarry(o.t, o.city, o.at)
	o.town.Clock.Advance(time.Minute)
}

func (o *office) noticePath(number string) string {
	return "/notices/" + string(kit.Name(kit.City, "notice", number))
}

func (o *office) want(body string, texts ...string) {
	o.t.Helper()
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(body), text) {
			o.t.Errorf("%q is not in\n%s", text, body)
		}
	}
}

func (o *office) wantNone(body string, texts ...string) {
	o.t.Helper()
	for _, text := range texts {
		if strings.Contains(body, text) {
			o.t.Errorf("%q is in\n%s", text, body)
		}
	}
}
