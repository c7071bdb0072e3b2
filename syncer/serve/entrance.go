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

// Limits of what stands at the entrance.
const (
	maxHandshakes  = 256             // under way at a time
	patience       = 3 * time.Second // with one: some round trips of a poor line
	maxConnections = 2               // of one device: one, and one that has not noticed its end
)

// entrance is the transport's security with a bound on handshakes under way,
// and on the connections of each device. Of these the oldest makes room: a
// device whose line was cut is not kept out by connections it no longer has.
type entrance struct {
	credentials.TransportCredentials
	rates *buckets

	mu    sync.Mutex // guards all below
	shake []*arrival // the oldest first
	open  map[change.DeviceID][]*guest
}

// arrival is a connection in its handshake.
type arrival struct {
	conn  net.Conn
	from  string // its address, without the port
	since time.Time
}

func newEntrance(secured *tls.Config, rates *buckets) *entrance {
	return &entrance{TransportCredentials: credentials.NewTLS(secured), rates: rates, open: map[change.DeviceID][]*guest{}}
}

// ServerHandshake implements credentials.TransportCredentials.
func (e *entrance) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	a, err := e.arrive(raw)
	if err != nil {
		return nil, nil, err
	}
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

// arrive notes a handshake, or turns it away.
func (e *entrance) arrive(conn net.Conn) (*arrival, error) {
	a := &arrival{conn: conn, from: hostOf(conn), since: e.rates.now()}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.shake) >= maxHandshakes {
		victim, ok := e.victimLocked(a)
		if !ok {
			return nil, fault.New(fault.Exhausted, "%d others are at the entrance", len(e.shake))
		}
		_ = e.shake[victim].conn.Close() // its handshake fails
		e.shake = slices.Delete(e.shake, victim, victim+1)
	}
	e.shake = append(e.shake, a)
	return a, nil
}

// victimLocked finds who makes room for an arrival: the oldest of the address
// that has most, when that has more than the arrival's own would, or the oldest
// of all, when it has had its time. A flood of half-open connections so holds
// places for a moment only, and none that others need. Else there is nobody,
// and who arrives tries again: if each made room for the next when all the nodes
// of a city return at once, none would come to the end of its handshake.
func (e *entrance) victimLocked(a *arrival) (int, bool) {
	count, first := map[string]int{}, map[string]int{}
	for i, other := range slices.Backward(e.shake) {
		count[other.from]++
		first[other.from] = i
	}
	most := e.shake[0].from
	for from, n := range count {
		if n > count[most] || n == count[most] && first[from] < first[most] {
			most = from
		}
	}
	if count[most] > count[a.from]+1 {
		return first[most], true
	}
	return 0, a.since.Sub(e.shake[0].since) >= patience
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
