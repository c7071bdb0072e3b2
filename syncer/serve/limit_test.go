package serve_test

import (
	"context"
	"net"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/syncer/link"
	"tongbu/syncer/streams/streamstest"
)

// TestTooManyQuestions: a device that asks without end is told to wait, and
// for how long; another is served.
func TestTooManyQuestions(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, other, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	s := mustServe(t, street, hub{query: func(context.Context, identity.Member, question.Question) (*question.Answer, error) {
		return named("answer"), nil
	}})
	h := mustDial(t, s, clerk, nil)
	var err error
	for n := 0; err == nil; n++ {
		if _, err = h.Query(t.Context(), question.Question{}); n > 100_000 {
			t.Fatal("it may ask for ever")
		}
	}
	if after := fault.RetryAfter(err); fault.Of(err) != fault.Exhausted || after <= 0 || after > time.Second {
		t.Errorf("got %v, to wait %v", err, after)
	}
	if _, err := mustDial(t, s, other, nil).Query(t.Context(), question.Question{}); err != nil {
		t.Errorf("another device: %v", err)
	}
}

// TestCallsUnderWay: so many calls of a node are under way at a time, and the
// next is turned away until one is over.
func TestCallsUnderWay(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	open := make(chan struct{}, 100)
	s := mustServe(t, street, hub{sync: func(ctx context.Context, _ identity.Peer, _ link.Conn) error {
		open <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}})
	h := mustDial(t, s, clerk, nil)
	var links []link.Conn
	for range 8 {
		conn, _, err := h.Sync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		links = append(links, conn)
		<-open
	}
	ninth, _, err := h.Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ninth.Recv(); fault.Of(err) != fault.Exhausted || fault.RetryAfter(err) == 0 {
		t.Errorf("the ninth: got %v, want it turned away", err)
	}
	for _, c := range links {
		c.Close(nil)
	}
}

// TestThirdConnection: the oldest of a device's connections makes room.
func TestThirdConnection(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	s := mustServe(t, street, hub{sync: func(ctx context.Context, _ identity.Peer, _ link.Conn) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	var conns []link.Conn
	for range 3 {
		conn, _, err := mustDial(t, s, clerk, nil).Sync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	if _, err := conns[0].Recv(); fault.Of(err) != fault.Unavailable {
		t.Errorf("the first: got %v, want it cut", err)
	}
}

// TestHalfOpen: connections that never say who they are keep nobody out who
// calls from elsewhere.
func TestHalfOpen(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	s := mustServe(t, street, hub{query: func(context.Context, identity.Member, question.Question) (*question.Answer, error) {
		return named("answer"), nil
	}})
	elsewhere := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	for range 400 {
		conn, err := elsewhere.DialContext(t.Context(), "tcp", s.address)
		if err != nil {
			t.Skipf("this machine has one address only: %v", err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	if _, err := mustDial(t, s, clerk, nil).Query(t.Context(), question.Question{}); err != nil {
		t.Error(err)
	}
}
