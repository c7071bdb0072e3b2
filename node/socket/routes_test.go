package socket_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/audit"
	"tongbu/internal/backup"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/members"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/node/socket"
	"tongbu/syncer/carry"
)

// served is a client of a directory's routes.
type served struct {
	*testing.T
	*socket.Client
}

func serve(t *testing.T, s *replica.Replica, ask func(context.Context, question.Question) (*question.Answer, error)) served {
	service := socket.Service{Desk: desk.New(s), Operate: operate.New(s, operate.Beyond{}), Ask: ask}
	c := socket.Direct(service.Routes(), func() {})
	t.Cleanup(c.Close)
	return served{t, c}
}

func get[T any](s served, path string) (answer T) {
	s.Helper()
	if err := s.JSON(s.Context(), http.MethodGet, path, nil, &answer); err != nil {
		s.Fatalf("%s: %v", path, err)
	}
	return answer
}

// lines returns the lines of an answer as one shape.
func lines[T any](s served, method, path string, in io.Reader) (all []T) {
	s.Helper()
	err := s.Lines(s.Context(), method, path, in, func(line []byte) error {
		var one T
		all = append(all, one)
		return json.Unmarshal(line, &all[len(all)-1])
	})
	if err != nil {
		s.Fatalf("%s: %v", path, err)
	}
	return all
}

func (s served) fails(path string) fault.Kind {
	return fault.Of(s.JSON(s.Context(), http.MethodGet, path, nil, new(any)))
}

// TestDeskRoutes renders what a desk does.
func TestDeskRoutes(t *testing.T) {
	w := kit.MustTiers(t)
	s := serve(t, w.Node, nil)
	written := lines[desk.Written](s, http.MethodPost, "/put/person", strings.NewReader(`{"id":"p-1","name":"甲","sex":"1"}`+"\n"+`{"id":"p-2","name":"乙","sex":"2"}`))
	if len(written) != 2 || written[1].ID != kit.Name(kit.First, "person", "p-2") || written[1].Seq != 2 {
		t.Errorf("put: got %+v", written)
	}
	if got := lines[desk.Shown](s, http.MethodGet, "/list/person?filter="+url.QueryEscape(`sex = "2"`), nil); len(got) != 1 || got[0].ID != kit.Name(kit.First, "person", "p-2") || got[0].Fields["name"] != "乙" {
		t.Errorf("list: got %+v", got)
	}
	if got := get[desk.Shown](s, "/get/person/p-1?purpose="+url.QueryEscape("电话回访")); got.ID != kit.Name(kit.First, "person", "p-1") || got.State != desk.Saved {
		t.Errorf("get: got %+v", got)
	}
	if got := get[[]desk.Past](s, "/history/person/p-1"); len(got) != 1 || got[0].Actor == "" {
		t.Errorf("history: got %+v, want it entered by somebody", got)
	}
	if got := s.fails("/get/person/nobody"); got != fault.NotFound {
		t.Errorf("get of nobody: got %v, want not-found", got)
	}
	for _, path := range []string{"/list/elephant", "/list/person?filter=shoe+%3D+1"} {
		if err := s.Lines(t.Context(), http.MethodGet, path, nil, func([]byte) error { return nil }); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v, want invalid", path, err)
		}
	}
	broken := s.Lines(t.Context(), http.MethodPost, "/put/person", strings.NewReader("{"), func([]byte) error { return nil })
	kit.WantKind(t, broken, fault.Invalid)
	log := get[[]audit.Entry](s, "/audit")
	if len(log) != 4 || log[1].Purpose != "电话回访" || log[1].Operator == "" {
		t.Errorf("audit: got %+v, want who looked and why", log)
	}
	if got := get[[]audit.Entry](s, "/audit?from=2&kind=person&record="+string(kit.Name(kit.First, "person", "p-1"))); len(got) != 2 || got[0].Act != audit.Get || got[1].Act != audit.History {
		t.Errorf("audit of one: got %+v", got)
	}
}

// TestOperateRoutes renders what an operator does.
func TestOperateRoutes(t *testing.T) {
	w := kit.MustTiers(t)
	d := kit.MustDevice(t, w.City, 7, kit.First, 10)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	s, city := serve(t, w.Node, nil), serve(t, w.City, nil)
	if got := get[operate.Disk](s, "/room"); got.Refuses != "" {
		t.Errorf("room: got %+v", got)
	}
	if got := get[operate.Status](s, "/status"); got.Unit != kit.First.Code || got.Own.Head != 1 || got.Save.FsyncMS != 0 {
		t.Errorf("status: got %+v", got)
	}
	if got := get[operate.Status](s, "/status?measure"); got.Save.FsyncMS == 0 {
		t.Error("status: an fsync was not measured")
	}
	if got := get[operate.Verified](s, "/verify"); !got.OK || got.Records != len(kit.Units())+1 {
		t.Errorf("verify: got %+v", got)
	}
	if got := get[[]members.Device](city, "/devices"); len(got) != 1 || got[0].ID != d.ID {
		t.Errorf("devices: got %+v", got)
	}
	if m, err := backup.Check(s.body(http.MethodGet, "/backup", nil)); err != nil || m.Device != w.Node.Keys.Device() {
		t.Errorf("backup: got %+v, %v", m, err)
	}
}

// body is an answer in bytes.
func (s served) body(method, path string, in io.Reader) io.Reader {
	s.Helper()
	body, err := s.Call(s.Context(), method, path, in)
	if err != nil {
		s.Fatalf("%s: %v", path, err)
	}
	s.Cleanup(func() { _ = body.Close() })
	return body
}

// TestCarryRoutes renders carried files, each way.
func TestCarryRoutes(t *testing.T) {
	w := kit.MustTiers(t)
	w.MustAdmit(t, w.Node)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	node, city := serve(t, w.Node, nil), serve(t, w.City, nil)
	for _, step := range []struct {
		from, to served
		path     string
		unit     change.UnitID
	}{
		{node, city, "/carry/out", change.UnitID(kit.First.Code)},
		{city, node, "/carry/out?all&for=" + kit.First.Code, change.UnitID(kit.City.Code)},
	} {
		var out, sum carry.Summary
		var file bytes.Buffer
		err := step.from.Bytes(t.Context(), http.MethodGet, step.path, func(answer io.Reader) error {
			_, err := file.ReadFrom(answer)
			return err
		}, &out)
		if err != nil || out.Readers == 0 || out.Batches == 0 {
			t.Errorf("%s: got %+v, %v", step.path, out, err)
		}
		if err := step.to.Send(t.Context(), http.MethodPost, "/carry/in", &file, &sum); err != nil || sum.Unit != string(step.unit) || sum.Batches == 0 {
			t.Errorf("%s: got %+v, %v", step.path, sum, err)
		}
	}
	if _, err := city.Call(t.Context(), http.MethodGet, "/carry/out", nil); fault.Of(err) != fault.Invalid {
		t.Errorf("above the city: got %v, want invalid", err)
	}
	whole := func(io.Reader) error { return nil }
	if err := city.Bytes(t.Context(), http.MethodGet, "/backup", whole, new(any)); fault.Of(err) != fault.Unavailable {
		t.Errorf("without a summary: got %v, want unavailable", err)
	}
	if err := city.Bytes(t.Context(), http.MethodGet, "/carry/out", whole, new(any)); fault.Of(err) != fault.Invalid {
		t.Errorf("a refusal: got %v, want invalid", err)
	}
}

// TestQueryRoute passes a question on, with who asks it.
func TestQueryRoute(t *testing.T) {
	w := kit.MustTiers(t)
	var asked question.Question
	s := serve(t, w.Node, func(_ context.Context, q question.Question) (*question.Answer, error) {
		asked = q
		return nil, fault.New(fault.Unavailable, "nobody is above")
	})
	in := question.Question{Kind: "person", Filter: `sex = "1"`, Operator: "somebody else"}
	err := s.JSON(t.Context(), http.MethodPost, "/query", in, new(any))
	kit.WantKind(t, err, fault.Unavailable)
	if asked.Kind != in.Kind || asked.Filter != in.Filter || asked.Operator == "" || asked.Operator == in.Operator {
		t.Errorf("asked %+v, want the question in the name of who sits here", asked)
	}
	err = s.JSON(t.Context(), http.MethodPost, "/query", question.Question{Filter: strings.Repeat("x", 64<<10)}, new(any))
	kit.WantKind(t, err, fault.Invalid)
}

// TestRoomRoute says in words that no records are taken.
func TestRoomRoute(t *testing.T) {
	town := kit.MustTown(t)
	cfg := town.Config(t, town.MustJoin(t, kit.First))
	cfg.Reserve = 1 << 50
	full, err := replica.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = full.Close() })
	if got := serve(t, full, nil).fails("/room"); got != fault.Full {
		t.Errorf("got %v, want full", got)
	}
}
