package serve_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/remote"
	"tongbu/syncer/serve"
	"tongbu/syncer/streams/streamstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub does what a test says.
type hub struct {
	sync  func(ctx context.Context, who identity.Peer, conn link.Conn) error
	query func(ctx context.Context, who identity.Member, q question.Question) (*question.Answer, error)
	all   func(ctx context.Context, tell question.Tell) error
}

var _ serve.Handler = hub{}

func (h hub) Sync(ctx context.Context, who identity.Peer, conn link.Conn) error {
	return h.sync(ctx, who, conn)
}

func (h hub) Query(ctx context.Context, who identity.Member, q question.Question) (*question.Answer, error) {
	return h.query(ctx, who, q)
}

func (h hub) QueryAll(ctx context.Context, _ identity.Member, _ question.Question, tell question.Tell) error {
	return h.all(ctx, tell)
}

// named is an answer that is told from others by its page token.
func named(token string) *question.Answer { return &question.Answer{NextPageToken: token} }

func tokenOf(a *question.Answer) string {
	if a == nil {
		return ""
	}
	return a.NextPageToken
}

// service is a server on a loopback port.
type service struct {
	address string
	stop    func() error // ends it and returns what Serve returned
}

func mustServe(t *testing.T, own identity.Source, h hub) *service {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- serve.New(h, identity.ServerTLS(own, nil), serve.Options{}).Serve(ctx, listener) }()
	s := &service{address: listener.Addr().String()}
	s.stop = func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	t.Cleanup(func() { _ = s.stop() })
	return s
}

func mustDial(t *testing.T, s *service, own identity.Source, allow func(identity.Member) error) *remote.Client {
	t.Helper()
	if allow == nil {
		allow = func(identity.Member) error { return nil }
	}
	h, err := remote.Dial(s.address, own, allow, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// idle is a watch that hears nothing.
type idle struct{}

func (idle) Met(syncer.Peer, time.Duration)       {}
func (idle) Alive(syncer.Peer)                    {}
func (idle) Acked(syncer.Have)                    {}
func (idle) Heard(syncer.Peer, syncer.Reach)      {}
func (idle) Stopped(syncer.Refuse)                {}
func (idle) News() <-chan struct{}                { return nil }
func (idle) Reach(syncer.Peer, bool) syncer.Reach { return syncer.Reach{} }

func config(d *streamstest.Device, who identity.Member, parent bool) link.Config {
	return link.Config{Streams: d, Watch: idle{}, Now: time.Now, Session: syncer.Config{Network: string(who.Network),
		Self: d.Config.Self, Other: syncer.Peer{Unit: who.Unit, Device: who.Device}, Parent: parent, Tree: d.World.Tree}}
}

// eventually waits until the stream is held as far as the sequence.
func eventually(t *testing.T, d *streamstest.Device, want int) {
	t.Helper()
	for {
		changed := d.Changed()
		if len(d.Texts(t)) == want {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			return
		case <-time.After(20 * time.Second):
			t.Fatalf("%d changes, want %d", len(d.Texts(t)), want)
		}
	}
}

func TestSync(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	ended := make(chan error, 1)
	s := mustServe(t, street.Keys, hub{sync: func(ctx context.Context, who identity.Peer, conn link.Conn) error {
		err := link.Run(ctx, conn, config(street, who.Member, true))
		ended <- err
		return err
	}})
	clerk.MustWrite(t, w.Community, "up")
	street.MustWrite(t, w.Community, "down")
	h := mustDial(t, s, clerk.Keys, nil)
	conn, who, err := h.Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if who.Unit != w.Street || who.Device != street.Config.Self.Device {
		t.Errorf("linked to %+v", who)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- link.Run(ctx, conn, config(clerk, who, false)) }()
	eventually(t, clerk, 2)
	eventually(t, street, 2)
	cancel()
	if err := <-done; fault.Of(err) != fault.Canceled {
		t.Errorf("the client's link: %v", err)
	}
	if err := <-ended; fault.Of(err) != fault.Canceled {
		t.Errorf("the server's link: %v", err)
	}
}

func TestQuery(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	s := mustServe(t, street, hub{query: func(_ context.Context, who identity.Member, q question.Question) (*question.Answer, error) {
		switch {
		case who.Device != clerk.Device():
			return nil, errors.New("another caller")
		case q.Kind == "person":
			return named("answer"), nil
		}
		return nil, fault.New(fault.Denied, "not yours").WithHint("ask the street")
	}})
	h := mustDial(t, s, clerk, nil)
	if got, err := h.Query(t.Context(), question.Question{Kind: "person"}); tokenOf(got) != "answer" || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err := h.Query(t.Context(), question.Question{Kind: "other"})
	if fault.Of(err) != fault.Denied || fault.Hint(err) != "ask the street" {
		t.Errorf("got %v (%s), want denied", err, fault.Hint(err))
	}
	if _, err := h.Query(t.Context(), question.Question{Select: make([]string, 300)}); fault.Of(err) != fault.Invalid {
		t.Errorf("got %v, want invalid", err)
	}
}

// TestReasonReachesTheClient: a hub that ends a link says why.
func TestReasonReachesTheClient(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	for _, want := range []fault.Kind{fault.Denied, fault.Full, fault.Unsupported, fault.Internal} {
		s := mustServe(t, street, hub{sync: func(_ context.Context, _ identity.Peer, conn link.Conn) error {
			if _, err := conn.Recv(); err != nil {
				return err
			}
			err := fault.New(want, "because")
			conn.Close(err)
			return err
		}})
		conn, _, err := mustDial(t, s, clerk, nil).Sync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Send(syncer.Marks{}); err != nil {
			t.Error(err)
		}
		if _, err := conn.Recv(); fault.Of(err) != want {
			t.Errorf("got %v, want %v", err, want)
		}
		for range 100 { // a call that is over takes no more, and does not fail
			if err := conn.Send(syncer.Marks{}); err != nil {
				t.Fatal(err)
			}
		}
		conn.Close(nil)
	}
}

func TestStrangers(t *testing.T) {
	w, other := streamstest.MustFound(t), streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	alien := other.Network.MustJoin(t, other.Community)
	s := mustServe(t, street, hub{query: func(context.Context, identity.Member, question.Question) (*question.Answer, error) {
		return named("theirs"), nil
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := mustDial(t, s, clerk, nil).Reachable(ctx); err != nil {
		t.Errorf("a member: %v", err)
	}
	if err := mustDial(t, s, alien, nil).Reachable(ctx); fault.Of(err) != fault.Denied {
		t.Errorf("a member of another network: %v, want denied", err)
	}
	not := func(identity.Member) error { return fault.New(fault.Denied, "not above") }
	if err := mustDial(t, s, clerk, not).Reachable(ctx); fault.Of(err) != fault.Denied {
		t.Errorf("a hub that is not above: %v, want denied", err)
	}
	if _, err := mustDial(t, s, alien, nil).Query(ctx, question.Question{}); err == nil {
		t.Error("a member of another network gets an answer")
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := mustDial(t, s, clerk, nil).Reachable(ctx); fault.Of(err) != fault.Unavailable {
		t.Errorf("a hub that is down: %v, want unavailable", err)
	}
}

// TestReturnFreesABlockedLink: what waits in Recv or Send for a server's link is
// freed when the link is over, and joined when the server is.
func TestReturnFreesABlockedLink(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	freed := make(chan error, 2)
	s := mustServe(t, street, hub{sync: func(_ context.Context, _ identity.Peer, conn link.Conn) error {
		pumps := conn.(link.Detached)
		pumps.Go(func() {
			_, err := conn.Recv()
			freed <- err
		})
		pumps.Go(func() {
			var err error
			for err == nil { // the client does not read
				err = conn.Send(syncer.Batch{Sealed: make([]byte, 500<<10)})
			}
			freed <- err
		})
		err := fault.New(fault.Denied, "enough")
		conn.Close(err)
		return err
	}})
	if _, _, err := mustDial(t, s, clerk, nil).Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-freed; err == nil {
			t.Error("not freed")
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

// TestStop ends links at once, lets a question be answered, and joins.
func TestStop(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	asked, finish, linked, over := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	s := mustServe(t, street, hub{
		sync: func(ctx context.Context, _ identity.Peer, conn link.Conn) error {
			close(linked)
			<-ctx.Done()
			close(over)
			return fault.New(fault.Canceled, "the hub stops")
		},
		query: func(context.Context, identity.Member, question.Question) (*question.Answer, error) {
			close(asked)
			<-finish
			return named("late"), nil
		},
	})
	h := mustDial(t, s, clerk, nil)
	conn, _, err := h.Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(nil)
	answered := make(chan string, 1)
	go func() {
		answer, _ := h.Query(t.Context(), question.Question{})
		answered <- tokenOf(answer)
	}()
	<-asked
	<-linked
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	<-over
	if _, err := conn.Recv(); fault.Of(err) != fault.Canceled {
		t.Errorf("the client hears %v", err)
	}
	close(finish)
	if got := <-answered; got != "late" {
		t.Errorf("the question under way got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestListenerFails: without its port a server does not wait for ever for the
// links it has.
func TestListenerFails(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	linked, done := make(chan struct{}), make(chan error, 1)
	h := hub{sync: func(ctx context.Context, _ identity.Peer, _ link.Conn) error {
		close(linked)
		<-ctx.Done()
		return ctx.Err()
	}}
	go func() {
		done <- serve.New(h, identity.ServerTLS(street, nil), serve.Options{}).Serve(t.Context(), listener)
	}()
	client := mustDial(t, &service{address: listener.Addr().String()}, clerk, nil)
	if _, _, err := client.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-linked
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("a server without a port says that all is well")
	}
}

// TestQueryAll: parts come in their order and whole, and whoever is slow holds up the
// one who sends; a hub that cannot do it says so in words.
func TestQueryAll(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	columns := []question.Column{{Name: "id", Type: question.Text}, {Name: "n", Type: question.Integer}}
	rows := make([]question.Row, 5000) // longer than a message may be
	for i := range rows {
		rows[i] = question.Row{change.Text(strings.Repeat("x", 300)), change.Int(int64(i))}
	}
	said := []error{nil, fault.New(fault.Exhausted, "too long").WithHint("ask for less"), fault.New(fault.Unsupported, "unknown method QueryAll")}
	for _, want := range said {
		s := mustServe(t, street, hub{all: func(ctx context.Context, tell question.Tell) error {
			for _, part := range []question.Part{{Columns: columns}, {Rows: rows}} {
				if err := tell(ctx, part); err != nil {
					return err
				}
			}
			if want != nil {
				return want
			}
			return tell(ctx, question.Part{End: &question.End{Rows: int64(len(rows))}})
		}})
		got := 0
		var end *question.End
		err := mustDial(t, s, clerk, nil).QueryAll(t.Context(), question.Question{Kind: "person"}, func(_ context.Context, p question.Part) error {
			for _, row := range p.Rows {
				if row[1] != change.Int(int64(got)) {
					t.Fatalf("row %d is %v", got, row)
				}
				got++
			}
			end = p.End
			return nil
		})
		if got != len(rows) || fault.Of(err) != fault.Of(want) || (want == nil) != (end != nil) {
			t.Errorf("%d rows, end %v, %v; want %v", got, end, err, want)
		}
		if fault.Of(want) == fault.Unsupported && !strings.Contains(fault.Hint(err), "page by page") {
			t.Errorf("an older hub: %v (%s)", err, fault.Hint(err))
		}
	}
}

// TestNobodyReads: the one who sends is let go when its context ends, and the caller
// is told.
func TestNobodyReads(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	blocked := make(chan struct{})
	s := mustServe(t, street, hub{all: func(ctx context.Context, tell question.Tell) error {
		if err := tell(ctx, question.Part{Columns: []question.Column{{Name: "id", Type: question.Text}}}); err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		row := question.Row{change.Text(strings.Repeat("x", 16000))}
		for {
			late := time.AfterFunc(time.Second, cancel)
			err := tell(ctx, question.Part{Rows: []question.Row{row}})
			late.Stop()
			if err != nil {
				close(blocked)
				return fault.New(fault.Exhausted, "nobody reads")
			}
		}
	}})
	err := mustDial(t, s, clerk, nil).QueryAll(t.Context(), question.Question{Kind: "person"}, func(_ context.Context, p question.Part) error {
		if p.Rows != nil {
			<-blocked
		}
		return nil
	})
	if fault.Of(err) != fault.Exhausted {
		t.Errorf("got %v, want exhausted", err)
	}
}
