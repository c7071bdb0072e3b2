// Package remote is the gRPC client with which a device calls the hub above
// it.
package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/wire"
)

const maxMessage = 1 << 20

// Dialer opens the line itself; nil: TCP.
type Dialer func(ctx context.Context, address string) (net.Conn, error)

// Hub is a connection to a hub. It dials when it is first used.
type Hub struct {
	conn   *grpc.ClientConn
	client pb.SyncServiceClient
	who    *atomic.Pointer[identity.Member]
	doubt  *atomic.Pointer[error] // why the last who answered was not accepted
}

// Dial prepares a connection to host:port, for a member that allow accepts.
// Pings notice a line that is half open within 40 s. Trying again is the
// caller's business.
func Dial(address string, own identity.Source, allow func(identity.Member) error, dialer Dialer) (*Hub, error) {
	h := &Hub{who: new(atomic.Pointer[identity.Member]), doubt: new(atomic.Pointer[error])}
	secured := h.secured(own, allow)
	if dialer == nil {
		dialer = func(ctx context.Context, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}
	}
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithContextDialer(dialer),
		grpc.WithTransportCredentials(credentials.NewTLS(secured)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: time.Second, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 30 * time.Second}, MinConnectTimeout: 10 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.ForceCodecV2(wire.Codec{})),
		grpc.WithInitialWindowSize(256<<10), grpc.WithInitialConnWindowSize(1<<20),
		grpc.WithMaxHeaderListSize(16<<10), grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		return nil, fault.As(fault.Invalid, "address of a hub", err)
	}
	h.conn, h.client = conn, pb.NewSyncServiceClient(conn)
	return h, nil
}

// secured notes who answers and why one was not accepted: the transport would
// make of that a line that is away.
func (h *Hub) secured(own identity.Source, allow func(identity.Member) error) *tls.Config {
	c := identity.ClientTLS(own, func(m identity.Member) error {
		h.who.Store(&m)
		return allow(m)
	})
	verify := c.VerifyConnection
	c.VerifyConnection = func(state tls.ConnectionState) error {
		err := verify(state)
		h.doubt.Store(&err)
		return err
	}
	return c
}

// Close ends the connection and all on it.
func (h *Hub) Close() error { return h.conn.Close() }

// Sync opens a link and tells who is at the other end. It returns Unavailable
// when the hub cannot be reached, Denied when it is not the one to call.
func (h *Hub) Sync(ctx context.Context) (link.Conn, identity.Member, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := h.client.Sync(ctx)
	if err != nil {
		cancel()
		return nil, identity.Member{}, wire.FromStatus("call the hub", err)
	}
	return &conn{stream: stream, cancel: cancel}, *h.who.Load(), nil
}

// Reachable connects and returns nil once the hub has proved who it is, Denied
// when it is not one to call, Unavailable when there is no line. A call that fails at once brings the reason out of the transport.
func (h *Hub) Reachable(ctx context.Context) error {
	for state := h.conn.GetState(); state != connectivity.Ready; state = h.conn.GetState() {
		if state == connectivity.Idle { // at first, and when the hub that answered is just stopping
			h.conn.Connect()
		}
		if state == connectivity.TransientFailure {
			if doubt := h.doubt.Load(); doubt != nil && *doubt != nil {
				return fault.Wrap("the hub that answered", *doubt)
			}
			_, err := h.client.Query(ctx, &pb.QueryRequest{})
			return fault.New(fault.Unavailable, "the hub cannot be reached: %s", status.Convert(err).Message()).
				WithHint("check the line; if it is up, the city may have revoked this device")
		}
		if !h.conn.WaitForStateChange(ctx, state) {
			return fault.Wrap("reach the hub", ctx.Err())
		}
	}
	return nil
}

// Query asks the hub. It returns what the hub does, Unavailable when it cannot
// be reached, and Invalid when what it answers is no answer.
func (h *Hub) Query(ctx context.Context, q question.Question) (*question.Answer, error) {
	answer, err := h.client.Query(ctx, wire.ToQuestion(q))
	if err != nil {
		return nil, wire.FromStatus("ask the hub", err)
	}
	return wire.FromAnswer(answer)
}

type conn struct {
	stream pb.SyncService_SyncClient
	cancel context.CancelFunc
}

var _ link.Conn = (*conn)(nil)

// Send reports io.EOF as success: the call is over then, and Recv says why.
func (c *conn) Send(m syncer.Message) error {
	err := c.stream.Send(&pb.SyncRequest{Frame: wire.ToFrame(m)})
	if errors.Is(err, io.EOF) {
		return nil
	}
	return wire.FromStatus("send to the hub", err)
}

func (c *conn) Recv() (syncer.Message, error) {
	resp, err := c.stream.Recv()
	if err != nil {
		return nil, wire.FromStatus("the link to the hub", err)
	}
	return wire.FromFrame(resp.GetFrame())
}

// Close ends the call; the hub sees it canceled, not why.
func (c *conn) Close(error) { c.cancel() }
