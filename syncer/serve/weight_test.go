package serve_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"runtime"
	"slices"
	"testing"
	"weak"

	"tongbu/internal/identity"
	"tongbu/syncer/link"
	"tongbu/syncer/serve"
	"tongbu/syncer/streams/streamstest"
)

// TestCertificatesForgotten: a link that goes on keeps who is there, and not
// the certificates that said so.
func TestCertificatesForgotten(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.Network.MustJoin(t, w.Community), w.Network.MustJoin(t, w.Street)
	var shown []weak.Pointer[x509.Certificate]
	secured := identity.ServerTLS(street, nil)
	check := secured.VerifyConnection
	secured.VerifyConnection = func(state tls.ConnectionState) error {
		for _, c := range state.PeerCertificates {
			shown = append(shown, weak.Make(c))
		}
		return check(state)
	}
	linked, done := make(chan identity.Peer), make(chan struct{})
	h := hub{sync: func(ctx context.Context, who identity.Peer, _ link.Conn) error {
		linked <- who
		<-ctx.Done()
		return ctx.Err()
	}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() { defer close(done); _ = serve.New(h, secured, serve.Options{}).Serve(ctx, listener) }()
	conn, _, err := mustDial(t, &service{address: listener.Addr().String()}, clerk, nil).Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if who := <-linked; who.Device != clerk.Device() || who.Unit != w.Community || who.Expires.IsZero() {
		t.Errorf("the link is with %+v", who)
	}
	if len(shown) == 0 {
		t.Fatal("no certificate was shown")
	}
	kept := func(c weak.Pointer[x509.Certificate]) bool { return c.Value() != nil }
	for range 100 { // the goroutine of the handshake may not have ended yet
		if runtime.GC(); !slices.ContainsFunc(shown, kept) {
			break
		}
	}
	if slices.ContainsFunc(shown, kept) {
		t.Errorf("of %d certificates some are kept", len(shown))
	}
	conn.Close(nil)
	stop()
	<-done
}
