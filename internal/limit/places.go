package limit

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Bounds of connections of whom it is not known yet who they are, a port.
const (
	// maxStrangers are those from addresses that no member has called from.
	maxStrangers = 192
	// maxNeighbours are further places, for addresses that members call from:
	// strangers cannot take those.
	maxNeighbours = 64
	// grace is how long a connection may take to say who it is, on a poor line,
	// when others want its place; silence is how long it may say nothing: a hello
	// follows at once on the packet that opens a connection.
	grace   = 3 * time.Second
	silence = 100 * time.Millisecond
	// maxKnown bounds the memory of Neighbours; a city has fewer addresses.
	maxKnown = 16 << 10
)

// Neighbours are the addresses from which members of the network have called.
// It is safe for concurrent use; the ports of a hub share one.
type Neighbours struct {
	mu    sync.Mutex // guards known
	known *recent[netip.Prefix, struct{}]
}

// NewNeighbours makes an empty table.
func NewNeighbours() *Neighbours {
	return &Neighbours{known: newRecent[netip.Prefix, struct{}](maxKnown, nil)}
}

// Add remembers where a member called from. Only who has shown a certificate
// or a token that is right is a member.
func (n *Neighbours) Add(from netip.Prefix) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known.get(from, func() struct{} { return struct{}{} })
}

func (n *Neighbours) has(from netip.Prefix) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known.has(from)
}

// places are a port's connections that have not said yet who they are.
type places struct {
	now        func() time.Time
	neighbours *Neighbours

	mu      sync.Mutex // guards pending
	pending [2][]*Conn // of strangers and of neighbours, the oldest first
}

// enter gives a connection a place. For that another may have to lose its own:
// it is returned, to be closed. ok is false when there is none for the new one,
// which then comes again: when all devices of a city return at once, giving
// away the places of the older ones would let no handshake finish.
func (p *places) enter(c *Conn) (victim *Conn, ok bool) {
	known := p.neighbours.has(c.from)
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.gone {
		return nil, false
	}
	c.since = p.now()
	if known {
		if victim, ok := p.enterLocked(c, 1, maxNeighbours); ok {
			return victim, true
		}
	}
	return p.enterLocked(c, 0, maxStrangers)
}

func (p *places) enterLocked(c *Conn, pool, most int) (victim *Conn, ok bool) {
	if all := p.pending[pool]; len(all) >= most {
		i, found := victimOf(all, c)
		if !found {
			return nil, false
		}
		victim = all[i]
		victim.pending = false
		p.pending[pool] = slices.Delete(all, i, i+1)
	}
	c.pool, c.pending = pool, true
	p.pending[pool] = append(p.pending[pool], c)
	return victim, true
}

// victimOf picks the connection that makes room for a new one: the oldest of the
// address with the most, if that has more than the new one's address would have;
// else the oldest that has said nothing, past silence; else the oldest of all,
// past grace.
func victimOf(pool []*Conn, c *Conn) (int, bool) {
	count, first := map[netip.Prefix]int{}, map[netip.Prefix]int{}
	quiet := -1
	for i, other := range slices.Backward(pool) {
		count[other.from]++
		first[other.from] = i
		if !other.heard.Load() && c.since.Sub(other.since) >= silence {
			quiet = i
		}
	}
	most := pool[0].from
	for from, n := range count {
		if n > count[most] || n == count[most] && first[from] < first[most] {
			most = from
		}
	}
	switch {
	case count[most] > count[c.from]+1:
		return first[most], true
	case quiet >= 0:
		return quiet, true
	}
	return 0, c.since.Sub(pool[0].since) >= grace
}

// leave frees the place of a connection, if it has one.
func (p *places) leave(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leaveLocked(c)
}

// close frees the place of a connection for good.
func (p *places) close(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.gone = true
	p.leaveLocked(c)
}

func (p *places) isGone(c *Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.gone
}

func (p *places) leaveLocked(c *Conn) {
	if c.pending {
		c.pending = false
		p.pending[c.pool] = slices.DeleteFunc(p.pending[c.pool], func(other *Conn) bool { return other == c })
	}
}
