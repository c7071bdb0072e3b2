package hub_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tongbu/hub"
	"tongbu/hub/api/client"
	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/operate"
)

// asks is a town whose hubs programs ask.
type asks struct {
	*town
	ca     []byte
	tokens map[string]string
	ports  map[string]*port
}

// port is where a hub answers programs.
type port struct {
	address string
	pin     string
	hub     *hub.Hub
}

const idNumber = "11010519491231002X"

// member is a person of a community with an ID number.
func member(of tree.Unit, number, name string) *change.Change {
	return &change.Change{Kind: "person", Record: kit.Name(of, "person", number), At: 1,
		Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(name), "id_number": change.Text(idNumber), "sex": change.Text("1")})}
}

// newAsks is a city and a street with persons in three communities, and programs that
// the city has let in.
func newAsks(t *testing.T) *asks {
	w := newTown(t)
	a := &asks{town: w, tokens: map[string]string{}, ports: map[string]*port{}}
	street, _ := w.hub(kit.Street, true)
	first, second, far := w.MustForger(t, kit.First), w.MustForger(t, kit.Second), w.MustForger(t, kit.FarAway)
	for _, h := range []*hub.Hub{w.city, street} {
		for _, f := range []*kit.Forger{first, second} {
			f.Forget()
			f.MustSay(t, h.Replica, f.Unit, member(f.Unit, "1", "甲"), member(f.Unit, "2", "乙"))
		}
	}
	far.MustSay(t, w.city.Replica, kit.FarAway, member(kit.FarAway, "1", "丙"))
	for _, o := range []root.ProgramOrder{
		{Name: "street", Unit: kit.Street.Code, Kinds: []string{"person"}, Purpose: "street's"},
		{Name: "second", Unit: kit.Street.Code, Kinds: []string{"person"}, Purpose: "another"},
		{Name: "full", Unit: kit.Street.Code, Kinds: []string{"person", "unit"}, Full: true, Purpose: "in full"},
		{Name: "city", Unit: kit.City.Code, Kinds: []string{"*"}, Purpose: "the city's"},
		{Name: "figures", Unit: kit.Street.Code, Kinds: []string{"person_facts"}, Purpose: "figures"},
	} {
		issued, err := w.city.Root.AddProgram(t.Context(), o)
		must(t, err)
		a.tokens[o.Name] = issued.Token
	}
	w.MustCarry(t, w.city.Replica, street.Replica)
	a.serve(t, "city", w.city)
	a.serve(t, "street", street)
	for _, h := range []*hub.Hub{w.city, street} {
		want := 4
		if h == w.city {
			want = 5
		}
		kit.MustAwait(t, "the view follows", func() bool { return w.rows(h, "person", "") == want })
	}
	return a
}

func (a *asks) serve(t *testing.T, name string, h *hub.Hub) {
	t.Helper()
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		return l
	}
	l := hub.Listeners{Links: listen(), Web: listen(), Door: listen(), API: listen()}
	shown, err := hub.AuthorityOf(h)
	must(t, err)
	a.ports[name] = &port{address: l.API.Addr().String(), pin: shown.Pin, hub: h}
	a.ca = []byte(shown.PEM)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// client asks a hub as a program.
func (a *asks) client(t *testing.T, at, program string) *client.Client {
	t.Helper()
	p := a.ports[at]
	o := client.Options{Server: "https://" + p.address, Token: a.tokens[program], CA: a.ca}
	if p.pin != "" {
		o.CA, o.Pin = nil, p.pin
	}
	c, err := client.New(o)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

// rest asks over HTTP and returns the status and the body.
func (a *asks) rest(t *testing.T, at, program, method, path, body string) (int, string) {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.ca)
	config := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if a.ports[at].pin != "" {
		config.InsecureSkipVerify = true // its certificate names a device; the other client checks the pin
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://"+a.ports[at].address+path, strings.NewReader(body))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+a.tokens[program])
	resp, err := (&http.Client{Transport: transport}).Do(req)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(raw)
}

func idsOf(a *question.Answer) (ids []string) {
	for _, row := range a.Rows {
		ids = append(ids, a.Get(row, "id").Text())
	}
	slices.Sort(ids)
	return ids
}

// TestProgramScope: a program of a street sees its subtree alone, at the city and at the
// street's own hub, whatever it names.
func TestProgramScope(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	var own []string
	for _, u := range []tree.Unit{kit.First, kit.Second} {
		for _, n := range []string{"1", "2"} {
			own = append(own, string(kit.Name(u, "person", n)))
		}
	}
	slices.Sort(own)
	far := string(kit.Name(kit.FarAway, "person", "1"))
	for _, at := range []string{"city", "street"} {
		c := a.client(t, at, "street")
		got, err := c.Query(t.Context(), question.Question{Kind: "person"})
		must(t, err)
		if !slices.Equal(idsOf(got), own) {
			t.Errorf("%s: got %v, want %v", at, idsOf(got), own)
		}
		var all []string
		must(t, c.QueryAll(t.Context(), question.Question{Kind: "person"}, func(_ context.Context, p question.Part) error {
			for _, row := range p.Rows {
				all = append(all, row[0].Text())
			}
			return nil
		}))
		slices.Sort(all)
		if !slices.Equal(all, own) {
			t.Errorf("%s: the stream has %v, want %v", at, all, own)
		}
		counted, err := c.Query(t.Context(), question.Question{Kind: "person", GroupBy: "sex"})
		must(t, err)
		if n := counted.Get(counted.Rows[0], "count").Int(); n != 4 {
			t.Errorf("%s: counts %d, want 4", at, n)
		}
		one, err := c.Query(t.Context(), question.Question{Kind: "person", Scope: change.UnitID(kit.First.Code)})
		must(t, err)
		if len(one.Rows) != 2 {
			t.Errorf("%s: of one community %d rows", at, len(one.Rows))
		}
		texts := map[string]bool{}
		for _, code := range []string{kit.City.Code, kit.District.Code, kit.FarStreet.Code, kit.FarAway.Code, kit.NotOfTown.Code, "123456789012", "x"} {
			_, err := c.Query(t.Context(), question.Question{Kind: "person", Scope: change.UnitID(code)})
			kit.WantKind(t, err, fault.Denied)
			if err != nil {
				texts[err.Error()+fault.Hint(err)] = true
			}
			if status, body := a.rest(t, at, "full", "GET", "/v1/units?scope="+code, ""); status != http.StatusForbidden {
				t.Errorf("%s: units of %s: %d %s", at, code, status, body)
			}
			if status, body := a.rest(t, at, "street", "GET", "/v1/coverage?scope="+code, ""); status != http.StatusForbidden {
				t.Errorf("%s: coverage of %s: %d %s", at, code, status, body)
			}
		}
		if len(texts) != 1 {
			t.Errorf("%s: got %v, want one text", at, texts)
		}
		wantSameUnits(t, a, at)
		// What lies outside is answered as what does not exist.
		words := map[string]bool{}
		for _, id := range []string{far, string(kit.Name(kit.First, "person", "nobody")), string(kit.Name(kit.FarAway, "person", "nobody")), "p-1"} {
			for _, tail := range []string{"", "/history"} {
				status, body := a.rest(t, at, "street", "GET", "/v1/kinds/person/records/"+id+tail, "")
				if status != http.StatusNotFound {
					t.Errorf("%s: %s%s: got %d %s", at, id, tail, status, body)
				}
				words[strings.TrimSpace(body)] = true
			}
		}
		if len(words) != 1 {
			t.Errorf("%s: got %v, want one text", at, words)
		}
		if status, body := a.rest(t, at, "street", "GET", "/v1/kinds/person/records/"+own[0]+"/history", ""); status != http.StatusOK || !strings.Contains(body, `"changes":[{`) {
			t.Errorf("%s: history: %d %s", at, status, body)
		}
	}
	got, err := a.client(t, "city", "city").Query(t.Context(), question.Question{Kind: "person"})
	must(t, err)
	if len(got.Rows) != 5 {
		t.Errorf("the city's program sees %d, want 5", len(got.Rows))
	}
	got, err = a.client(t, "street", "city").Query(t.Context(), question.Question{Kind: "person"})
	must(t, err)
	if len(got.Rows) != 4 {
		t.Errorf("at the street it sees %d, want those of the street", len(got.Rows))
	}
}

// wantSameUnits: the units are those that a question about the kind answers.
func wantSameUnits(t *testing.T, a *asks, at string) {
	t.Helper()
	rows, err := a.client(t, at, "full").Query(t.Context(), question.Question{Kind: "unit"})
	must(t, err)
	_, body := a.rest(t, at, "full", "GET", "/v1/units", "")
	var m struct {
		Units []struct{ ID string }
	}
	must(t, json.Unmarshal([]byte(body), &m))
	var got []string
	for _, u := range m.Units {
		got = append(got, u.ID)
	}
	want := idsOf(rows)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("%s: got units %v, want %v", at, got, want)
	}
}

// TestProgramKinds: a kind that a program may not see is answered word for word as one
// that does not exist.
func TestProgramKinds(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	c := a.client(t, "city", "street")
	for _, ask := range []func(kind string) error{
		func(kind string) error {
			_, err := c.Query(t.Context(), question.Question{Kind: kind})
			return err
		},
		func(kind string) error {
			_, err := c.Query(t.Context(), question.Question{Kind: kind, GroupBy: "unit"})
			return err
		},
		func(kind string) error {
			return c.QueryAll(t.Context(), question.Question{Kind: kind}, func(context.Context, question.Part) error { return nil })
		},
	} {
		texts := map[string]bool{}
		for _, kind := range []string{"placement", "device", "program", "refusal", "ledger_unemployed", "nothing"} {
			err := ask(kind)
			kit.WantKind(t, err, fault.Invalid)
			if err != nil {
				texts[strings.ReplaceAll(err.Error(), kind, "KIND")+fault.Hint(err)] = true
			}
		}
		if len(texts) != 1 {
			t.Errorf("got %v, want one text", texts)
		}
	}
	for _, path := range []string{"/v1/schema/KIND", "/v1/kinds/KIND/records/a", "/v1/kinds/KIND/records/a/history", "/v1/files/KIND.csv"} {
		texts := map[string]bool{}
		for _, kind := range []string{"placement", "device", "nothing"} {
			status, body := a.rest(t, "city", "street", "GET", strings.ReplaceAll(path, "KIND", kind), "")
			if status != http.StatusBadRequest {
				t.Errorf("%s of %s: %d %s", path, kind, status, body)
			}
			texts[strings.ReplaceAll(body, kind, "KIND")] = true
		}
		if len(texts) != 1 {
			t.Errorf("%s: got %v, want one text", path, texts)
		}
	}
	_, schema := a.rest(t, "city", "street", "GET", "/v1/schema", "")
	_, document := a.rest(t, "city", "street", "GET", "/v1/openapi.json", "")
	var m struct{ Kinds []struct{ Name string } }
	must(t, json.Unmarshal([]byte(schema), &m))
	if len(m.Kinds) != 1 || m.Kinds[0].Name != "person" || strings.Contains(document, "row.household") || !strings.Contains(document, "row.person") {
		t.Errorf("it is described: %v", m.Kinds)
	}
}

// TestProgramIndicators: a program has figures of the rows that it may see, in its scope.
func TestProgramIndicators(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	for _, c := range []struct {
		program, query string
		want           int
	}{
		{"figures", "indicator=employment_rate", http.StatusOK},
		{"figures", "indicator=persons&by=community&scope=" + kit.Street.Code, http.StatusOK},
		{"figures", "indicator=households", http.StatusBadRequest},
		{"figures", "", http.StatusBadRequest},
		{"figures", "indicator=nosuch", http.StatusBadRequest},
		{"figures", "indicator=persons&scope=" + kit.FarStreet.Code, http.StatusForbidden},
		{"figures", "indicator=nosuch&scope=" + kit.FarStreet.Code, http.StatusForbidden},
		{"street", "indicator=persons", http.StatusBadRequest},
		{"city", "by=district", http.StatusOK},
	} {
		if status, body := a.rest(t, "city", c.program, "GET", "/v1/indicators?"+c.query, ""); status != c.want {
			t.Errorf("%s asks for %s: got %d %s, want %d", c.program, c.query, status, body[:min(len(body), 200)], c.want)
		}
	}
}

// TestProgramTargets: a program has targets, and assessments, where it may see these and all
// rows that figures count.
func TestProgramTargets(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	for program, want := range map[string]int{"city": http.StatusOK, "figures": http.StatusBadRequest, "street": http.StatusBadRequest} {
		for _, path := range []string{"/v1/targets?on=2025", "/v1/assessment"} {
			if status, body := a.rest(t, "city", program, "GET", path, ""); status != want {
				t.Errorf("%s asks for %s: got %d %s, want %d", program, path, status, body[:min(len(body), 200)], want)
			}
		}
	}
}

// TestProgramNumbers: personal numbers are masked unless the city has said otherwise, in
// rows, in history, and in what they may be found by.
func TestProgramNumbers(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	id := string(kit.Name(kit.First, "person", "1"))
	for program, full := range map[string]bool{"street": false, "full": true} {
		for _, at := range []string{"city", "street"} {
			for _, call := range []struct{ method, path, body string }{
				{"POST", "/v1/kinds/person:query", "{}"}, {"GET", "/v1/kinds/person/records/" + id, ""}, {"GET", "/v1/kinds/person/records/" + id + "/history", ""},
				{"POST", "/v1/stream/person", "{}"}, {"GET", "/v1/files/person.csv", ""}, {"POST", "/v1/watch/person", `{"until_now":true}`},
			} {
				status, body := a.rest(t, at, program, call.method, call.path, call.body)
				if status != http.StatusOK || strings.Contains(body, idNumber) != full || !full && !strings.Contains(body, "110105") {
					t.Errorf("%s at %s: %s: %d, full is %v: %s", program, at, call.path, status, full, body[:min(len(body), 400)])
				}
			}
		}
	}
	if status, body := a.rest(t, "city", "full", "GET", "/v1/files/person.csv?filter=id_number%3D%22"+idNumber+"%22", ""); status != http.StatusForbidden || strings.Contains(body, idNumber) {
		t.Errorf("a number in an address: %d %s", status, body)
	}
}

// TestProgramsAreLogged: each look-up of persons stands in the audit log, with the
// program and its purpose, refused ones too.
func TestProgramsAreLogged(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	id := string(kit.Name(kit.First, "person", "1"))
	far := string(kit.Name(kit.FarAway, "person", "1"))
	calls := []struct {
		method, path, body string
		records            int
	}{
		{"POST", "/v1/kinds/person:query", `{"filter":"id_number = \"` + idNumber + `\"","purpose":"case 7"}`, 4},
		{"POST", "/v1/kinds/person:count", `{"group_by":["sex"],"purpose":"case 7"}`, 0},
		{"GET", "/v1/kinds/person/records/" + id + "?purpose=case+7", "", 1},
		{"GET", "/v1/kinds/person/records/" + id + "/history?purpose=case+7", "", 1},
		{"GET", "/v1/kinds/person/records/" + far + "/history?purpose=case+7", "", 0},
		{"POST", "/v1/stream/person", `{"purpose":"case 7"}`, 4},
		{"GET", "/v1/files/person.ndjson?purpose=case+7", "", 4},
		{"POST", "/v1/watch/person", `{"until_now":true,"purpose":"case 7"}`, 4},
	}
	h := a.ports["city"].hub
	entries := func() []operate.Looked {
		all, err := h.Operate.Audit(1, "", "", "")
		must(t, err)
		return all
	}
	for _, call := range calls {
		before := len(entries())
		a.rest(t, "city", "full", call.method, call.path, call.body)
		now := entries()[before:]
		if len(now) == 0 {
			t.Errorf("%s %s: nothing is logged", call.method, call.path)
		}
		records := 0
		for _, e := range now {
			records += len(e.Subjects)
			if e.Program != "full" || e.Operator != "program full" || e.Purpose != "in full: case 7" || e.Unit != kit.Street.ID || strings.Contains(e.Filter, idNumber) {
				t.Errorf("%s %s: logged %+v", call.method, call.path, e)
			}
		}
		if records < call.records {
			t.Errorf("%s %s: %d records are named, want %d", call.method, call.path, records, call.records)
		}
	}
}
