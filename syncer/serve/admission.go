package serve

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"

	"google.golang.org/grpc/credentials"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/limit"
)

// maxConnections of one device: one, and one whose end was not noticed yet.
const maxConnections = 2

// admission is TLS with a bound on the connections of each device. The oldest
// connection of a device is closed for a new one: a device whose line was cut
// is not kept out by connections that it no longer has. Those that have not
// said who they are yet are bounded by the listener (limit.Listen).
type admission struct {
	credentials.TransportCredentials
	rates *buckets
	log   *slog.Logger

	mu   sync.Mutex // guards open
	open map[change.DeviceID][]*deviceConn
}

func newAdmission(secured *tls.Config, rates *buckets, log *slog.Logger) *admission {
	return &admission{TransportCredentials: credentials.NewTLS(limit.Guard(secured)), rates: rates, log: log, open: map[change.DeviceID][]*deviceConn{}}
}

// ServerHandshake implements credentials.TransportCredentials.
func (a *admission) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := a.handshake(raw)
	switch {
	case errors.Is(err, io.EOF): // whoever looks whether the port is open says nothing
		a.log.Debug("a connection was closed before it began", "remote", raw.RemoteAddr().String())
	case err != nil:
		a.log.Warn("a connection is turned away", "remote", raw.RemoteAddr().String(), "reason", err.Error())
	}
	return conn, info, err
}

func (a *admission) handshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := a.TransportCredentials.ServerHandshake(raw)
	if err != nil {
		return nil, nil, err
	}
	who, err := callerOfHandshake(info)
	if err == nil {
		err = a.rates.allow(who.Device, connecting, 1)
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	limit.ConnOf(raw).Welcome()
	return a.admit(who.Device, conn), authenticated{Peer: who}, nil
}

// Clone implements credentials.TransportCredentials; a server has no use for
// a second one.
func (a *admission) Clone() credentials.TransportCredentials { return a }

// admit counts a device's connection and closes its oldest ones beyond the
// bound.
func (a *admission) admit(d change.DeviceID, conn net.Conn) net.Conn {
	g := &deviceConn{Conn: conn, leave: func(g *deviceConn) { a.release(d, g) }}
	a.mu.Lock()
	crowd := append(a.open[d], g)
	over := crowd[:max(len(crowd)-maxConnections, 0)]
	a.open[d] = slices.Clone(crowd[len(over):])
	a.mu.Unlock()
	for _, old := range over {
		_ = old.Close() // it is given up either way
	}
	return g
}

func (a *admission) release(d change.DeviceID, g *deviceConn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[d] = slices.DeleteFunc(a.open[d], func(other *deviceConn) bool { return other == g })
	if len(a.open[d]) == 0 {
		delete(a.open, d)
	}
}

// deviceConn is a connection that is counted until it is closed.
type deviceConn struct {
	net.Conn
	once  sync.Once
	leave func(*deviceConn)
}

// Close implements net.Conn.
func (g *deviceConn) Close() error {
	g.once.Do(func() { g.leave(g) })
	return g.Conn.Close()
}

// authenticated is what a connection keeps of its handshake: who the caller is.
type authenticated struct {
	identity.Peer
}

// AuthType implements credentials.AuthInfo.
func (authenticated) AuthType() string { return "tls" }

// GetCommonAuthInfo tells gRPC the level of security.
func (authenticated) GetCommonAuthInfo() credentials.CommonAuthInfo {
	return credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity}
}

// callerOfHandshake reads who has shown its certificate and clears the list of
// certificates. The connection would keep them, parsed, until its end, which is
// as much heap as everything else of an idle link. Nothing reads the list after
// the handshake, since there are no session tickets.
func callerOfHandshake(info credentials.AuthInfo) (identity.Peer, error) {
	secured, ok := info.(credentials.TLSInfo)
	if !ok {
		return identity.Peer{}, errUnknown()
	}
	who, err := identity.PeerOf(secured.State)
	clear(secured.State.PeerCertificates)
	return who, err
}
