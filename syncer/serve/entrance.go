package serve

import (
	"crypto/tls"
	"net"
	"slices"
	"sync"

	"google.golang.org/grpc/credentials"

	"tongbu/internal/change"
	"tongbu/internal/identity"
)

// Limits of what stands at the entrance.
const (
	maxHandshakes  = 64 // under way at a time
	maxConnections = 2  // of one device: one, and one that has not noticed its end
)

// entrance is the transport's security with a bound on handshakes under way,
// and on the connections of each device. In both the oldest makes room: a
// flood of half-open connections holds places for a moment only, and a device
// whose line was cut is not kept out by connections it no longer has.
type entrance struct {
	credentials.TransportCredentials
	rates *buckets

	mu    sync.Mutex // guards all below
	shake []*arrival // the oldest first
	open  map[change.DeviceID][]*guest
}

// arrival is a connection in its handshake.
type arrival struct {
	conn net.Conn
	from string // its address, without the port
}

func newEntrance(secured *tls.Config, rates *buckets) *entrance {
	return &entrance{TransportCredentials: credentials.NewTLS(secured), rates: rates, open: map[change.DeviceID][]*guest{}}
}

// ServerHandshake implements credentials.TransportCredentials.
func (e *entrance) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	a := e.arrive(raw)
	conn, info, err := e.TransportCredentials.ServerHandshake(raw)
	e.arrived(a)
	if err != nil {
		return nil, nil, err
	}
	who, err := introduce(info)
	if err == nil {
		err = e.rates.take(who.Device, connecting, 1)
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return e.enter(who.Device, conn), introduced{Peer: who}, nil
}

// Clone implements credentials.TransportCredentials; a server has no use for
// a second one.
func (e *entrance) Clone() credentials.TransportCredentials { return e }

// arrive notes a handshake. When there are too many, the oldest of the
// address that has most gives way.
func (e *entrance) arrive(conn net.Conn) *arrival {
	a := &arrival{conn: conn, from: hostOf(conn)}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.shake) >= maxHandshakes {
		victim := e.greediestLocked()
		_ = e.shake[victim].conn.Close() // its handshake fails
		e.shake = slices.Delete(e.shake, victim, victim+1)
	}
	e.shake = append(e.shake, a)
	return a
}

func (e *entrance) greediestLocked() int {
	count, first := map[string]int{}, map[string]int{}
	for i, a := range slices.Backward(e.shake) {
		count[a.from]++
		first[a.from] = i
	}
	most := e.shake[0].from
	for from, n := range count {
		if n > count[most] || n == count[most] && first[from] < first[most] {
			most = from
		}
	}
	return first[most]
}

func (e *entrance) arrived(a *arrival) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shake = slices.DeleteFunc(e.shake, func(other *arrival) bool { return other == a })
}

// enter notes a device's connection; its oldest ones make room.
func (e *entrance) enter(d change.DeviceID, conn net.Conn) net.Conn {
	g := &guest{Conn: conn, leave: func(g *guest) { e.leave(d, g) }}
	e.mu.Lock()
	crowd := append(e.open[d], g)
	over := crowd[:max(len(crowd)-maxConnections, 0)]
	e.open[d] = slices.Clone(crowd[len(over):])
	e.mu.Unlock()
	for _, old := range over {
		_ = old.Close() // it is over either way
	}
	return g
}

func (e *entrance) leave(d change.DeviceID, g *guest) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open[d] = slices.DeleteFunc(e.open[d], func(other *guest) bool { return other == g })
	if len(e.open[d]) == 0 {
		delete(e.open, d)
	}
}

// guest is a connection that is counted until it is closed.
type guest struct {
	net.Conn
	once  sync.Once
	leave func(*guest)
}

// Close implements net.Conn.
func (g *guest) Close() error {
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

// introduced is what a connection keeps of its handshake: who is there.
type introduced struct {
	identity.Peer
}

// AuthType implements credentials.AuthInfo.
func (introduced) AuthType() string { return "tls" }

// GetCommonAuthInfo is how gRPC asks for the level of security.
func (introduced) GetCommonAuthInfo() credentials.CommonAuthInfo {
	return credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity}
}

// introduce reads who has shown its certificate, and has the connection forget
// the certificates: it would keep them until its end, taken apart, which is as
// much as all else of an idle link in the heap. The list is the connection's
// own; nothing looks at it after the handshake, for there are no session
// tickets, and the certificates themselves stay as they are.
func introduce(info credentials.AuthInfo) (identity.Peer, error) {
	secured, ok := info.(credentials.TLSInfo)
	if !ok {
		return identity.Peer{}, errStranger()
	}
	who, err := identity.PeerOf(secured.State)
	clear(secured.State.PeerCertificates)
	return who, err
}
