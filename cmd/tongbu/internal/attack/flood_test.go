package attack_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/encoding/protowire"

	"tongbu/internal/identity"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
	"tongbu/internal/test/report"
)

// maxResident is what a hub may take under any flood, in bytes.
const maxResident = 512 << 20

const syncPath, queryPath = "/tongbu.v1.SyncService/Sync", "/tongbu.v1.SyncService/Query"

// city is a network of processes: a street under attack from one of its own
// communities' devices, and another community that works on.
type floodCity struct {
	net     *proctest.Network
	street  *proctest.Tier
	honest  *proctest.Tier
	attacks identity.Source
	most    int64 // bytes the street took, at the most

	rounds, sent atomic.Int64 // connections that floods made, and bytes they got rid of
}

// TestFloods (S20) floods the hub that a community works with: the hub stays
// within its memory, and what the community writes is at the city meanwhile.
func TestFloods(t *testing.T) {
	line := report.Begin(t, "attacks: floods")
	c := mustFloodCity(t)
	for name, flood := range map[string]func(context.Context, *testing.T){
		"500 streams": c.streams, "slow headers": c.slowHeaders, "pings": c.pings, "resets": c.resets, "handshakes": c.handshakes,
		"header of 16 MiB": c.header, "continuations": c.continuations, "empty parts": c.bomb(emptyParts(), ""), "gzip bomb": c.bomb(gzipped(t), "gzip"),
	} {
		line.Runs++
		if !t.Run(name, func(t *testing.T) { c.under(t, flood) }) {
			line.Violations++
		}
	}
	line.Figure("street_peak_rss_mib", c.most>>20)
	line.Figure("flood_connections", c.rounds.Load())
	line.Figure("flood_sent_mib", c.sent.Load()>>20)
}

func mustFloodCity(t *testing.T) *floodCity {
	t.Helper()
	n := proctest.Found(t, program, proctest.Rows([]int{1}, 2))
	communities := n.Level(5)
	c := &floodCity{net: n, street: n.Level(4)[0], honest: communities[0]}
	bad := communities[1]
	bad.Stop()
	keys, err := identity.Open(bad.Dir, mustOptions(t, bad.Dir))
	if err != nil {
		t.Fatal(err)
	}
	c.attacks = keys
	return c
}

// frames is how many frames a flood sends on one connection.
const frames = 10_000

// attackers is how many connections a flood makes at a time: more of one
// device would cut each other off.
const attackers = 2

// under runs a flood until it has come through several times, and the honest
// community has had its say meanwhile, recorded by the city.
func (c *floodCity) under(t *testing.T, flood func(context.Context, *testing.T)) {
	ctx, stop := context.WithCancel(t.Context())
	var flooding sync.WaitGroup
	defer flooding.Wait()
	defer stop()
	before := c.rounds.Load()
	for range attackers {
		flooding.Go(func() {
			for ctx.Err() == nil {
				flood(ctx, t)
			}
		})
	}
	maker := sample.NewMaker(uint64(len(t.Name())))
	enough := int64(report.Scale(3, 20))
	for n := 0; n < report.Scale(1, 10) || c.rounds.Load()-before < enough; n++ {
		people := proctest.Persons(maker, c.honest.Unit.Code, 5*(n%10+1))
		c.honest.MustRun(proctest.Lines(people), "put", "person")
		c.honest.AwaitRecorded(2 * time.Minute)
	}
	if c.most = max(c.most, peakOf(t, c.street.Process().PID())); c.most > maxResident {
		t.Errorf("the street took %d MiB", c.most>>20)
	}
	if c.street.Process().Ended() {
		t.Error("the street has ended")
	}
}

// peakOf is the most memory a process ever took, in bytes; 0 where the system
// does not tell.
func peakOf(t *testing.T, pid int) int64 {
	t.Helper()
	u, err := proctest.UsageOf(pid)
	if err != nil {
		t.Logf("the system does not tell: %v", err)
	}
	return u.Peak
}

// with makes an attacker's connection; what the hub does to it is its right.
func (c *floodCity) with(ctx context.Context, use func(*raw)) {
	r, err := dialRaw(ctx, c.attacks, c.street.Listen)
	if err != nil {
		pause(ctx)
		return
	}
	defer r.close()
	gone := make(chan struct{})
	go func() { // what the hub says is read and thrown away
		defer close(gone)
		for {
			if _, err := r.ReadFrame(); err != nil {
				return
			}
		}
	}()
	stop := context.AfterFunc(ctx, r.close)
	defer stop()
	use(r)
	r.close()
	<-gone
	c.rounds.Add(1)
	c.sent.Add(r.conn.NetConn().(*counting).sent)
}

// pause lets an attacker that is kept out try again without taking the
// machine's time from the others.
func pause(ctx context.Context) {
	timer := time.NewTimer(20 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// streams opens as many streams as it can, each with a message that never ends.
func (c *floodCity) streams(ctx context.Context, _ *testing.T) {
	c.with(ctx, func(r *raw) {
		part := append([]byte{0, 0, 0x0f, 0xff, 0xff}, make([]byte, 16<<10-5)...)
		var open []uint32
		for range 500 {
			id, err := r.call([]string{syncPath, queryPath}[len(open)%2])
			if err != nil {
				return
			}
			open = append(open, id)
		}
		for range 16 {
			for _, id := range open {
				if r.WriteData(id, false, part) != nil {
					return
				}
			}
		}
	})
}

// slowHeaders begins a call and says one byte of its headers at a time.
func (c *floodCity) slowHeaders(ctx context.Context, _ *testing.T) {
	c.with(ctx, func(r *raw) {
		b := block(queryPath, hpack.HeaderField{Name: "x", Value: "y"})
		if r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:1]}) != nil {
			return
		}
		for i := 1; i < len(b) && ctx.Err() == nil; i++ {
			if r.WriteContinuation(1, false, b[i:i+1]) != nil {
				return
			}
			pause(ctx)
		}
	})
}

func (c *floodCity) pings(ctx context.Context, _ *testing.T) {
	c.with(ctx, func(r *raw) {
		for range frames {
			if ctx.Err() != nil || r.WritePing(false, [8]byte{1}) != nil {
				return
			}
		}
	})
}

// resets opens streams and gives them up at once.
func (c *floodCity) resets(ctx context.Context, _ *testing.T) {
	c.with(ctx, func(r *raw) {
		for range frames {
			id, err := r.call(syncPath)
			if ctx.Err() != nil || err != nil || r.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
				return
			}
		}
	})
}

// handshakes holds many connections that never get to say who they are.
func (c *floodCity) handshakes(ctx context.Context, _ *testing.T) {
	var open []net.Conn
	defer func() {
		for _, conn := range open {
			_ = conn.Close()
		}
	}()
	// From another address than the others, as an attacker has one.
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
	for range 200 {
		conn, err := dialer.DialContext(ctx, "tcp", c.street.Listen)
		if err != nil {
			break
		}
		open = append(open, conn)
		_, _ = conn.Write([]byte{22, 3, 1, 2, 0, 1}) // the beginning of a hello
	}
	pause(ctx)
	c.rounds.Add(1)
}

// header sends one header of 16 MiB.
func (c *floodCity) header(ctx context.Context, _ *testing.T) {
	c.with(ctx, func(r *raw) {
		b := block(queryPath, hpack.HeaderField{Name: "x-long", Value: string(bytes.Repeat([]byte{'a'}, 16<<20))})
		if r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b[:16<<10]}) != nil {
			return
		}
		for rest := b[16<<10:]; len(rest) > 0 && ctx.Err() == nil; {
			n := min(16<<10, len(rest))
			if r.WriteContinuation(1, n == len(rest), rest[:n]) != nil {
				return
			}
			rest = rest[n:]
		}
	})
}

// continuations never end the headers.
func (c *floodCity) continuations(ctx context.Context, _ *testing.T) {
	c.with(ctx, func(r *raw) {
		b := block(queryPath)
		if r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: b}) != nil {
			return
		}
		one := block("/")[:1]
		for range frames {
			if ctx.Err() != nil || r.WriteContinuation(1, false, one) != nil {
				return
			}
		}
	})
}

// bomb sends messages that are small on the wire and large in memory.
func (c *floodCity) bomb(message []byte, encoding string) func(context.Context, *testing.T) {
	return func(ctx context.Context, _ *testing.T) {
		c.with(ctx, func(r *raw) {
			for range 100 {
				var more []hpack.HeaderField
				if encoding != "" {
					more = append(more, hpack.HeaderField{Name: "grpc-encoding", Value: encoding})
				}
				id, err := r.call(syncPath, more...)
				for rest := message; err == nil && len(rest) > 0; {
					n := min(16<<10, len(rest))
					err = r.WriteData(id, n == len(rest), rest[:n])
					rest = rest[n:]
				}
				if err != nil || ctx.Err() != nil {
					return
				}
			}
		})
	}
}

// emptyParts is a frame of a mebibyte of marks of two bytes each.
func emptyParts() []byte {
	var marks []byte
	for len(marks) < 1<<20-64 {
		marks = append(marks, 0x0a, 0x00)
	}
	body := protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), marks) // Frame.marks
	frame := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), body) // SyncRequest.frame
	return envelope(0, frame)
}

func envelope(flag byte, message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(message))), message...)
}

// gzipped is 64 MiB of zeros, packed.
func gzipped(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 64 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return envelope(1, b.Bytes())
}
