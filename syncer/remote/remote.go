// Package remote is the gRPC client with which a device calls the hub above
// it.
package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
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

// Dialer opens the connection under TLS; nil: TCP.
type Dialer func(ctx context.Context, address string) (net.Conn, error)

// Client is a connection to a hub. It dials when it is first used.
type Client struct {
	conn   *grpc.ClientConn
	calls  pb.SyncServiceClient
	who    *atomic.Pointer[identity.Member] // who answered last
	denied *atomic.Pointer[error]           // why the last one that answered was not accepted; nil: it was
}

// Dial prepares a connection to host:port; the member that answers is accepted
// if allow returns nil. Pings detect a half-open line within 40 s. Retrying is
// the caller's duty.
func Dial(address string, own identity.Source, allow func(identity.Member) error, dialer Dialer) (*Client, error) {
	c := &Client{who: new(atomic.Pointer[identity.Member]), denied: new(atomic.Pointer[error])}
	secured := c.secured(own, allow)
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
	c.conn, c.calls = conn, pb.NewSyncServiceClient(conn)
	return c, nil
}

// secured is the TLS configuration. It remembers who answered and why it was not
// accepted, which the transport would report as a line that is down.
func (c *Client) secured(own identity.Source, allow func(identity.Member) error) *tls.Config {
	secured := identity.ClientTLS(own, func(m identity.Member) error {
		c.who.Store(&m)
		return allow(m)
	})
	verify := secured.VerifyConnection
	secured.VerifyConnection = func(state tls.ConnectionState) error {
		err := verify(state)
		c.denied.Store(&err)
		return err
	}
	return secured
}

// Close ends the connection and all on it.
func (c *Client) Close() error { return c.conn.Close() }

// Sync opens a link and returns who is at the other end. It returns Unavailable
// when the hub cannot be reached, Denied when it is not accepted.
func (c *Client) Sync(ctx context.Context) (link.Conn, identity.Member, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := c.calls.Sync(ctx)
	if err != nil {
		cancel()
		return nil, identity.Member{}, wire.FromStatus("call the hub", err)
	}
	return &conn{stream: stream, cancel: cancel}, *c.who.Load(), nil
}

// Reachable connects and returns nil once the hub has proved who it is, Denied
// when it is not accepted, Unavailable when there is no line. The transport
// tells the reason only to a call, so a failed connection is followed by one.
func (c *Client) Reachable(ctx context.Context) error {
	for state := c.conn.GetState(); state != connectivity.Ready; state = c.conn.GetState() {
		if state == connectivity.Idle { // at first, and when the hub has just stopped
			c.conn.Connect()
		}
		if state == connectivity.TransientFailure {
			if denied := c.denied.Load(); denied != nil && *denied != nil {
				return fault.Wrap("the hub that answered", *denied)
			}
			_, err := c.calls.Query(ctx, &pb.QueryRequest{})
			return fault.New(fault.Unavailable, "the hub cannot be reached: %v", reason(status.Convert(err).Message())).
				WithHint("check the line; if it is up, the city may have revoked this device")
		}
		if !c.conn.WaitForStateChange(ctx, state) {
			return fault.Wrap("reach the hub", ctx.Err())
		}
	}
	return nil
}

// reason is what a failed connection came to, without the transport's frame around
// it.
func reason(said string) string {
	quoted, framed := strings.CutPrefix(said, "connection error: desc = ")
	if cause, err := strconv.Unquote(quoted); framed && err == nil {
		return strings.TrimPrefix(cause, "transport: ")
	}
	return said
}

// Query asks the hub. It returns what the hub does, Unavailable when it cannot
// be reached, and Invalid when what it answers is no answer.
func (c *Client) Query(ctx context.Context, q question.Question) (*question.Answer, error) {
	answer, err := c.calls.Query(ctx, wire.ToQuestion(q))
	if err != nil {
		return nil, wire.FromStatus("ask the hub", err)
	}
	return wire.FromAnswer(answer)
}

// QueryAll asks the hub for all rows and calls tell for each part. It returns what
// Query does and what tell returns; Unavailable when the answer was cut, Unsupported
// when the hub cannot answer in parts.
func (c *Client) QueryAll(ctx context.Context, q question.Question, tell question.Tell) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.calls.QueryAll(ctx, &pb.QueryAllRequest{Question: wire.ToQuestion(q)})
	if err != nil {
		return wire.FromStatus("ask the hub", err)
	}
	var reader question.PartReader
	for {
		got, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF) && reader.Over():
			return nil
		case errors.Is(err, io.EOF):
			return fault.New(fault.Unavailable, "the answer of the hub was cut").WithHint("ask again")
		case err != nil:
			return cannotStream(wire.FromStatus("ask the hub", err))
		}
		part, err := reader.Read(got.GetPart())
		if err != nil {
			return fault.Wrap("what the hub answered", err)
		}
		if err := tell(ctx, part); err != nil {
			return err
		}
	}
}

// cannotStream explains what an older hub answers.
func cannotStream(err error) error {
	if fault.Of(err) != fault.Unsupported {
		return err
	}
	return fault.As(fault.Unsupported, "ask for all rows at once", fault.New(fault.Unsupported, "a hub above is of an earlier version")).
		WithHint("ask page by page with --page-size, or have that hub upgraded")
}

type conn struct {
	stream pb.SyncService_SyncClient
	cancel context.CancelFunc
}

var _ link.Conn = (*conn)(nil)

// Send reports io.EOF as success: the call has ended then, and Recv returns why.
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

// Close ends the call; the hub sees that it was canceled, not why.
func (c *conn) Close(error) { c.cancel() }
