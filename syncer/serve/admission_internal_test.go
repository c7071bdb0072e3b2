package serve

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"
)

// caller is a connection in its handshake, from an address.
type caller struct {
	net.Conn
	from   string
	closed bool
}

func (c *caller) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.ParseIP(c.from), Port: 4000}
}

func (c *caller) Close() error {
	c.closed = true
	return nil
}

// TestTooManyHandshakes: which handshake is aborted for a new one when all places are taken.
func TestTooManyHandshakes(t *testing.T) {
	each := func(i int) string { return fmt.Sprintf("10.0.%d.%d", i/256, i%256) }
	same := func(int) string { return "10.9.9.9" }
	tests := map[string]struct {
		from   func(i int) string // of those inside
		after  time.Duration      // they came that long ago
		who    string             // arrives
		in     bool
		victim int // -1: nobody
	}{
		"all return at once: they are let finish":       {from: each, who: "10.2.2.2", victim: -1},
		"all return at once, and the first never spoke": {from: each, after: handshakeGrace, who: "10.2.2.2", in: true},
		"a flood from elsewhere makes room":             {from: same, who: "10.2.2.2", in: true},
		"a flood from the same address has its time":    {from: same, who: "10.9.9.9", victim: -1},
		"and then makes room":                           {from: same, after: handshakeGrace, who: "10.9.9.9", in: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1000, 0)
			e := newAdmission(&tls.Config{}, newBuckets(func() time.Time { return now })) //nolint:gosec // no handshake is made
			inside := make([]*caller, maxHandshakes)
			for i := range inside {
				inside[i] = &caller{from: test.from(i)}
				if _, err := e.beginHandshake(inside[i]); err != nil {
					t.Fatal(err)
				}
			}
			now = now.Add(test.after)
			if _, err := e.beginHandshake(&caller{from: test.who}); (err == nil) != test.in {
				t.Errorf("got %v, want it let in: %v", err, test.in)
			}
			for i, c := range inside {
				if c.closed != (i == test.victim) {
					t.Errorf("%d of those inside is closed: %v", i, c.closed)
				}
			}
		})
	}
}
