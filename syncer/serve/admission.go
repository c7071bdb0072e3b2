package serve

import (
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

// Limits of new connections.
const (
	maxHandshakes  = 256             // under way at a time
	handshakeGrace = 3 * time.Second // a handshake may take so long on a poor line
	maxConnections = 2               // of one device: one, and one whose end was not noticed yet
)

// admission is TLS with a bound on the handshakes under way and on the
// connections of each device. The oldest connection of a device is closed for a
// new one: a device whose line was cut is not kept out by connections that it
// no longer has.
type admission struct {
	credentials.TransportCredentials
	rates *buckets

	mu         sync.Mutex   // guards all below
	handshakes []*handshake // oldest first
	open       map[change.DeviceID][]*deviceConn
}

// handshake is one under way.
type handshake struct {
	conn  net.Conn
	from  string // its address, without the port
	since time.Time
}

func newAdmission(secured *tls.Config, rates *buckets) *admission {
	return &admission{TransportCredentials: credentials.NewTLS(secured), rates: rates, open: map[change.DeviceID][]*deviceConn{}}
}

// ServerHandshake implements credentials.TransportCredentials.
func (a *admission) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	h, err := a.beginHandshake(raw)
	if err != nil {
		return nil, nil, err
	}
	conn, info, err := a.TransportCredentials.ServerHandshake(raw)
	a.endHandshake(h)
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
	return a.admit(who.Device, conn), authenticated{Peer: who}, nil
}

// Clone implements credentials.TransportCredentials; a server has no use for
// a second one.
func (a *admission) Clone() credentials.TransportCredentials { return a }

// beginHandshake counts a handshake; it returns Exhausted when there are too
// many under way.
func (a *admission) beginHandshake(conn net.Conn) (*handshake, error) {
	h := &handshake{conn: conn, from: hostOf(conn), since: a.rates.now()}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.handshakes) >= maxHandshakes {
		victim, ok := a.victimLocked(h)
		if !ok {
			return nil, fault.New(fault.Exhausted, "too many handshakes under way (%d)", len(a.handshakes))
		}
		_ = a.handshakes[victim].conn.Close() // its handshake fails
		a.handshakes = slices.Delete(a.handshakes, victim, victim+1)
	}
	a.handshakes = append(a.handshakes, h)
	return h, nil
}

// victimLocked picks the handshake to abort for a new one: the oldest of the
// address with the most, if that has more than the new one's address would have;
// else the oldest of all, if it is past handshakeGrace. So a flood of half-open
// connections cannot keep others out. Otherwise there is none, and the new one
// is turned away and tries again: when all nodes of a city return at once,
// aborting the older ones would let no handshake finish.
func (a *admission) victimLocked(h *handshake) (int, bool) {
	count, first := map[string]int{}, map[string]int{}
	for i, other := range slices.Backward(a.handshakes) {
		count[other.from]++
		first[other.from] = i
	}
	most := a.handshakes[0].from
	for from, n := range count {
		if n > count[most] || n == count[most] && first[from] < first[most] {
			most = from
		}
	}
	if count[most] > count[h.from]+1 {
		return first[most], true
	}
	return 0, h.since.Sub(a.handshakes[0].since) >= handshakeGrace
}

func (a *admission) endHandshake(h *handshake) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handshakes = slices.DeleteFunc(a.handshakes, func(other *handshake) bool { return other == h })
}

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

func hostOf(conn net.Conn) string {
	address := conn.RemoteAddr().String()
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
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
