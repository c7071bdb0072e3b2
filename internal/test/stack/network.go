package stack

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"tongbu/syncer/remote"
)

// Network is the lines between sites, and who listens where. A site is a
// place with one connection to the outside; its name is its address.
type Network struct {
	mu        sync.Mutex // guards all below
	sites     map[string]Condition
	lines     map[route]*Line
	listeners map[address]*listener
}

type route struct{ from, to string }

// NewNetwork makes a network without sites.
func NewNetwork() *Network {
	return &Network{sites: map[string]Condition{}, lines: map[route]*Line{}, listeners: map[address]*listener{}}
}

// Site names a new site.
func (n *Network) Site() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := len(n.sites) + 1
	site := fmt.Sprintf("10.0.%d.%d", i>>8, i&0xff)
	n.sites[site] = Whole
	return site
}

// Line is the line from a site to one it calls.
func (n *Network) Line(from, to string) *Line {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := route{from, to}
	l := n.lines[r]
	if l == nil {
		// Each line has a latency of its own, so that few events share an instant.
		l = newLine(5*time.Millisecond + time.Duration(len(n.lines)+1)*7*time.Microsecond)
		l.ends = [2]Condition{n.sites[from], n.sites[to]}
		n.lines[r] = l
	}
	return l
}

// SetSite changes the state of all lines from and to a site.
func (n *Network) SetSite(site string, s Condition) {
	n.mu.Lock()
	n.sites[site] = s
	var from, to []*Line
	for r, l := range n.lines {
		if r.from == site {
			from = append(from, l)
		}
		if r.to == site {
			to = append(to, l)
		}
	}
	n.mu.Unlock()
	for _, l := range from {
		l.setEnd(0, s)
	}
	for _, l := range to {
		l.setEnd(1, s)
	}
}

// Held is how many bytes are on the lines now: sent and not taken.
func (n *Network) Held() (bytes int) {
	n.mu.Lock()
	lines := slices.Collect(maps.Values(n.lines))
	n.mu.Unlock()
	for _, l := range lines {
		bytes += l.bytesHeld()
	}
	return bytes
}

// Dialer calls from a site.
func (n *Network) Dialer(from string) remote.Dialer {
	return func(ctx context.Context, at string) (net.Conn, error) {
		to, _, err := net.SplitHostPort(at)
		if err != nil {
			return nil, err
		}
		l := n.Line(from, to)
		if err := l.awaitRoundTrip(ctx); err != nil {
			return nil, err
		}
		n.mu.Lock()
		listens := n.listeners[address(at)]
		n.mu.Unlock()
		return l.openConn(listens, address(from+":0"), address(at))
	}
}

// Listen listens at host:port until the listener is closed.
func (n *Network) Listen(at string) net.Listener {
	l := &listener{network: n, at: address(at), calls: make(chan net.Conn, 256), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.listeners[l.at] = l
	return l
}

type listener struct {
	network *Network
	at      address
	calls   chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

var _ net.Listener = (*listener)(nil)

// enqueue hands a connection to Accept; false: nobody accepts it.
func (l *listener) enqueue(c net.Conn) bool {
	select {
	case <-l.closed:
		return false
	default:
	}
	select {
	case l.calls <- c:
		return true
	default:
		return false
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.calls:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. Calls that wait are turned away.
func (l *listener) Close() error {
	l.once.Do(func() {
		l.network.mu.Lock()
		if l.network.listeners[l.at] == l {
			delete(l.network.listeners, l.at)
		}
		l.network.mu.Unlock()
		close(l.closed)
	})
	for {
		select {
		case c := <-l.calls:
			_ = c.Close()
		default:
			return nil
		}
	}
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.at }
