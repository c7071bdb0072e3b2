package hub_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tongbu/hub/api/client"
	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
)

// TestProgramRevoked: access ends everywhere with the city's word, for what is under way
// too.
func TestProgramRevoked(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	ended := a.watch(t, "city", "street")
	_, err := a.city.Root.RevokeProgram(t.Context(), "street", "")
	must(t, err)
	a.MustCarry(t, a.city.Replica, a.ports["street"].hub.Replica)
	for _, at := range []string{"city", "street"} {
		_, err := a.client(t, at, "street").Query(t.Context(), question.Question{Kind: "person"})
		kit.WantKind(t, err, fault.Denied)
		if _, err := a.client(t, at, "second").Query(t.Context(), question.Question{Kind: "person"}); err != nil {
			t.Errorf("%s: another program: %v", at, err)
		}
	}
	if err := <-ended; err == nil {
		t.Error("its watch ended as if it were whole")
	}
}

// TestProgramGivenAgain: what was under way with access of before ends, also where the
// program is given another in its place.
func TestProgramGivenAgain(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	ended := a.watch(t, "city", "street")
	_, err := a.city.Root.RevokeProgram(t.Context(), "street", "")
	must(t, err)
	_, err = a.city.Root.AddProgram(t.Context(), root.ProgramOrder{Name: "street", Unit: string(kit.Second.ID), Kinds: []string{"person"}, Purpose: "another"})
	must(t, err)
	if err := <-ended; err == nil {
		t.Error("its watch ended as if it were whole")
	}
}

// watch begins a watch over HTTP and tells how it ends.
func (a *asks) watch(t *testing.T, at, program string) <-chan error {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+a.ports[at].address+"/v1/watch/person", strings.NewReader("{}"))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+a.tokens[program])
	begun, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(ended)
		resp, err := (&http.Client{Transport: transport}).Do(req)
		if err != nil {
			ended <- err
			close(begun)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		_, err = resp.Body.Read(make([]byte, 1))
		close(begun)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
		}
		ended <- err
	}()
	<-begun
	select {
	case err := <-ended:
		t.Fatalf("the watch ended before the access: %v", err)
	default:
	}
	return ended
}

// TestProgramCertificate: a program may show a certificate of the city in place of a
// token, at every hub; another key is none.
func TestProgramCertificate(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	issued, err := a.city.Root.AddProgram(t.Context(), root.ProgramOrder{Name: "inside", Unit: kit.City.Code, Kinds: []string{"person"}, Purpose: "x", Cert: true})
	must(t, err)
	a.MustCarry(t, a.city.Replica, a.ports["street"].hub.Replica)
	pair, err := tls.X509KeyPair([]byte(issued.PEM), []byte(issued.PEM))
	must(t, err)
	for at, rows := range map[string]int{"city": 5, "street": 4} {
		p := a.ports[at]
		o := client.Options{Server: "https://" + p.address, CA: a.ca, Pair: []tls.Certificate{pair}}
		if p.pin != "" {
			o.CA, o.Pin = nil, p.pin
		}
		c, err := client.New(o)
		must(t, err)
		t.Cleanup(c.Close)
		got, err := c.Query(t.Context(), question.Question{Kind: "person"})
		if err != nil || len(got.Rows) != rows {
			t.Errorf("%s: got %v, %v, want %d rows", at, got, err, rows)
		}
	}
	_, err = a.city.Root.RevokeProgram(t.Context(), "inside", "")
	must(t, err)
	c, err := client.New(client.Options{Server: "https://" + a.ports["city"].address, CA: a.ca, Pair: []tls.Certificate{pair}})
	must(t, err)
	t.Cleanup(c.Close)
	_, err = c.Query(t.Context(), question.Question{Kind: "person"})
	kit.WantKind(t, err, fault.Denied)
}

// TestProgramEnds: access ends with its last day.
func TestProgramEnds(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	today, err := a.city.Replica.Day()
	must(t, err)
	issued, err := a.city.Root.AddProgram(t.Context(), root.ProgramOrder{Name: "brief", Unit: kit.City.Code, Kinds: []string{"person"}, Purpose: "x", Until: today})
	must(t, err)
	a.tokens["brief"] = issued.Token
	c := a.client(t, "city", "brief")
	if _, err := c.Query(t.Context(), question.Question{Kind: "person"}); err != nil {
		t.Errorf("on its last day: %v", err)
	}
	a.Clock.Advance(48 * time.Hour)
	_, err = c.Query(t.Context(), question.Question{Kind: "person"})
	kit.WantKind(t, err, fault.Denied)
	if _, err := a.client(t, "city", "city").Query(t.Context(), question.Question{Kind: "person"}); err != nil {
		t.Errorf("another program: %v", err)
	}
}

// TestProgramFromAnotherCity: a token of one network says nothing in another.
func TestProgramFromAnotherCity(t *testing.T) {
	t.Parallel()
	a, b := newAsks(t), newAsks(t)
	b.tokens = a.tokens
	_, err := b.client(t, "city", "street").Query(t.Context(), question.Question{Kind: "person"})
	kit.WantKind(t, err, fault.Denied)
}

// TestProgramNotices: a program sees none of what units other than its own
// and those above say to each other.
func TestProgramNotices(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	for _, u := range []tree.Unit{kit.Street, kit.FarStreet} {
		f := a.MustForger(t, u)
		f.MustSay(t, a.city.Replica, u, &change.Change{Kind: "notice", Record: kit.Name(u, "notice", "1"), At: 1, Fields: change.FieldsOf(map[string]change.Value{"title": change.Text("x")})})
	}
	issued, err := a.city.Root.AddProgram(t.Context(), root.ProgramOrder{Name: "notices", Unit: kit.Street.Code, Kinds: []string{"notice"}, Purpose: "x"})
	must(t, err)
	a.tokens["notices"] = issued.Token
	kit.MustAwait(t, "the view follows", func() bool { return a.rows(a.city, "notice", "") == 2 })
	got, err := a.client(t, "city", "notices").Query(t.Context(), question.Question{Kind: "notice"})
	must(t, err)
	if want := []string{string(kit.Name(kit.Street, "notice", "1"))}; !slices.Equal(idsOf(got), want) {
		t.Errorf("got %v, want %v", idsOf(got), want)
	}
	for id, want := range map[string]int{string(kit.Name(kit.Street, "notice", "1")): 200, string(kit.Name(kit.FarStreet, "notice", "1")): 404} {
		for _, tail := range []string{"", "/history"} {
			if status, body := a.rest(t, "city", "notices", "GET", "/v1/kinds/notice/records/"+id+tail, ""); status != want {
				t.Errorf("%s%s: got %d %s, want %d", id, tail, status, body, want)
			}
		}
	}
}

// TestProgramTokens: a page of one program is none of another's.
func TestProgramTokens(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	q := question.Question{Kind: "person", PageSize: 1}
	first, err := a.client(t, "city", "street").Query(t.Context(), q)
	must(t, err)
	q.PageToken = first.NextPageToken
	for program, want := range map[string]fault.Kind{"street": fault.OK, "second": fault.Invalid, "full": fault.Invalid, "city": fault.Invalid} {
		_, err := a.client(t, "city", program).Query(t.Context(), q)
		if got := fault.Of(err); got != want {
			t.Errorf("%s: got %v (%v), want %v", program, got, err, want)
		}
	}
	q.PageToken = "x" + q.PageToken
	_, err = a.client(t, "city", "street").Query(t.Context(), q)
	kit.WantKind(t, err, fault.Invalid)
}
