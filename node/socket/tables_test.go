package socket_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

// bothWays are clients of a directory's routes, over a socket and in this process.
func bothWays(t *testing.T) map[string]served {
	t.Helper()
	w := kit.MustTiers(t)
	routes := socket.Service{Desk: desk.New(w.Node), Operate: operate.New(w.Node, operate.Beyond{})}.Routes()
	dir := t.TempDir()
	listener, err := socket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- socket.Serve(ctx, listener, routes) }()
	dialed, err := socket.Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		dialed.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return map[string]served{"socket": {t, dialed}, "direct": {t, socket.Direct(routes, func() {})}}
}

// TestImportRoute: rows are answered while more of them come, so neither side holds
// them all; and what refuses them as a whole ends the sending too.
func TestImportRoute(t *testing.T) {
	for name, s := range bothWays(t) {
		out, in := io.Pipe()
		answered, sent := make(chan struct{}), make(chan error, 1)
		go func() {
			for i := range 1010 {
				if i == 1000 {
					<-answered
					s.Logf("%s: the first rows are answered", name)
				}
				raw, _ := json.Marshal(desk.Row{Line: i + 1, Kind: "person", Item: json.RawMessage(fmt.Sprintf(`{"own_no":"%s-%d","name":"甲"}`, name, i))})
				if _, err := in.Write(append(raw, '\n')); err != nil {
					sent <- err
					return
				}
			}
			sent <- in.Close()
		}()
		n := 0
		err := s.Lines(t.Context(), http.MethodPost, "/import?run=sha256:1", out, func(line []byte) error {
			var one desk.Imported
			if n++; n == 1000 {
				close(answered)
			}
			if err := json.Unmarshal(line, &one); err != nil || one.Line != n || one.Result != desk.Made {
				t.Errorf("%s: got %+v, %v", name, one, err)
			}
			return nil
		})
		if sending := <-sent; err != nil || sending != nil || n != 1010 {
			t.Errorf("%s: got %d answers, %v; sending: %v", name, n, err, sending)
		}
	}
}

func TestImportRouteRefused(t *testing.T) {
	for name, s := range bothWays(t) {
		out, in := io.Pipe()
		sent := make(chan error, 1)
		go func() {
			for {
				if _, err := io.WriteString(in, `{"line":1,"kind":"notice","item":{}}`+"\n"); err != nil {
					sent <- err
					return
				}
			}
		}()
		err := s.Lines(t.Context(), http.MethodPost, "/import?run=sha256:1", out, func([]byte) error { return nil })
		_ = out.Close()
		if sending := <-sent; sending == nil || fault.Of(err) != fault.Denied {
			t.Errorf("%s: got %v, want denied; sending: %v", name, err, sending)
		}
	}
}

// TestSchemaRoute: another process makes the same kinds of what it is told.
func TestSchemaRoute(t *testing.T) {
	w := kit.MustTiers(t)
	d := get[socket.Description](serve(t, w.Node, nil), "/schema")
	kinds, err := d.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if d.Unit != kit.First.Code || d.Name != kit.First.Name || d.Today == "" || len(kinds.Kinds()) != len(w.Node.Schema.Kinds()) {
		t.Errorf("got %s %s %s, %d kinds", d.Unit, d.Name, d.Today, len(kinds.Kinds()))
	}
}

func TestExportRoute(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲","household":"H-1"}`)
	got := lines[desk.Shown](serve(t, w.Node, nil), http.MethodGet, "/export/person?filter=name+%3D+%22%E7%94%B2%22", nil)
	if len(got) != 1 || got[0].Version == "" || got[0].Called["household"] == "" {
		t.Errorf("got %+v", got)
	}
}
