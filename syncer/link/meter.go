package link

import (
	"maps"
	"sync"
	"sync/atomic"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// Meter counts what crosses the links with a peer, one after the other, and keeps how
// far the peer has said that it has each stream: also when the link has ended, for
// that is when something waits. It is safe for concurrent use; the zero value is
// ready.
type Meter struct {
	received, sent counter

	mu   sync.Mutex               // guards all below
	has  map[change.Stream]uint64 // nil: the peer has not said
	next map[change.Stream]uint64 // what a new link has said, until it has said all
}

// counter counts batches one way.
type counter struct{ batches, bytes atomic.Uint64 }

// Traffic is how much has crossed, in sealed batches.
type Traffic struct {
	ReceivedBatches, ReceivedBytes uint64
	SentBatches, SentBytes         uint64
}

// Add adds another's.
func (t *Traffic) Add(o Traffic) {
	t.ReceivedBatches, t.ReceivedBytes = t.ReceivedBatches+o.ReceivedBatches, t.ReceivedBytes+o.ReceivedBytes
	t.SentBatches, t.SentBytes = t.SentBatches+o.SentBatches, t.SentBytes+o.SentBytes
}

// Traffic returns what has crossed so far.
func (m *Meter) Traffic() Traffic {
	return Traffic{ReceivedBatches: m.received.batches.Load(), ReceivedBytes: m.received.bytes.Load(),
		SentBatches: m.sent.batches.Load(), SentBytes: m.sent.bytes.Load()}
}

// Has is how far the peer said last that it has each stream; false: it has not said
// since the meter was made. The map is the caller's.
func (m *Meter) Has() (has map[change.Stream]uint64, said bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.has), m.has != nil
}

// metered is a connection whose messages are counted.
type metered struct {
	Conn
	meter *Meter
	named int // streams that may be kept
}

// of wraps the connection of a new link.
func (m *Meter) of(conn Conn, named int) Conn {
	if m == nil {
		return conn
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = map[change.Stream]uint64{}
	return metered{Conn: conn, meter: m, named: named}
}

// Send implements Conn.
func (c metered) Send(msg syncer.Message) error {
	err := c.Conn.Send(msg)
	if err == nil {
		c.meter.sent.add(msg)
	}
	return err
}

// Recv implements Conn.
func (c metered) Recv() (syncer.Message, error) {
	msg, err := c.Conn.Recv()
	if err == nil {
		c.meter.received.add(msg)
		c.meter.hear(msg, c.named)
	}
	return msg, err
}

func (c *counter) add(msg syncer.Message) {
	if b, ok := msg.(syncer.Batch); ok {
		c.batches.Add(1)
		c.bytes.Add(uint64(len(b.Sealed)))
	}
}

// hear keeps what a message says that the peer has. What a new link says counts once
// it has said all.
func (m *Meter) hear(msg syncer.Message, named int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch said := msg.(type) {
	case syncer.Marks:
		keep(m.next, said.Have, named)
		if said.Last && m.next != nil {
			m.has, m.next = m.next, nil
		}
	case syncer.Ack:
		keep(m.has, said.Have, named)
	}
}

// keep is bounded by how many streams a peer may name: it may make them up.
func keep(has map[change.Stream]uint64, said []syncer.Have, named int) {
	for _, h := range said {
		if _, known := has[h.Stream]; has != nil && (known || len(has) < named) {
			has[h.Stream] = h.Mark.Seq
		}
	}
}
