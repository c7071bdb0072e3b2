// Package serve is the gRPC service that a hub offers to the tiers below it.
// The certificate alone says who a caller is, never metadata or the contents of
// messages.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/limit"
	"tongbu/internal/question"
	"tongbu/internal/tally"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/wire"
)

// Handler answers the callers; a hub implements it.
type Handler interface {
	// Sync runs a link with a member below this hub until it ends. It closes
	// the connection, and when it returns, Send and Recv return too.
	Sync(ctx context.Context, who identity.Peer, conn link.Conn) error
	// Query answers, or returns Denied, Invalid, Unavailable.
	Query(ctx context.Context, who identity.Member, q question.Question) (*question.Answer, error)
	// QueryAll answers in parts, whose number has no bound, and returns what tell
	// returns, or what Query does.
	QueryAll(ctx context.Context, who identity.Member, q question.Question, tell question.Tell) error
}

// Limits of one server. They bound the memory a peer can make it use: streams
// of a connection times message size and window.
const (
	maxMessage     = 1 << 20
	maxStreams     = 32 // on a connection; a node's calls are bounded below that
	nodeCalls      = 8  // under way of one device
	maxHeaders     = 16 << 10
	drainLimit     = 5 * time.Second
	handshakeLimit = 10 * time.Second
	pingFloor      = 20 * time.Second
	serverPings    = 60 * time.Second
)

// Server is a listening service. Its connections have no read buffer of gRPC's
// (32 KiB), since TLS has one of its own, and no header table: a connection
// carries one link and few questions.
type Server struct {
	grpc    *grpc.Server
	handler Handler
	opts    Options
	rates   struct{ links, questions *buckets }
	calls   counter
	pumps   sync.WaitGroup  // of links whose calls may have returned
	ended   context.Context // done when the server stops: a link has no end of its own
	end     context.CancelFunc
	pb.UnimplementedSyncServiceServer
}

// Options of a server; zero values mean what is said.
type Options struct {
	// Weight is how many nodes a device counts as: a hub passes on the
	// questions of the nodes below it. nil: one.
	Weight func(identity.Member) int
	Now    func() time.Time // nil: the system's clock
	Log    *slog.Logger     // of connections and calls that are turned away; nil: none
	// Neighbours are addresses whose connections have places of their own;
	// nil: those that members have called from here.
	Neighbours *limit.Neighbours
}

func (o Options) filled() Options {
	if o.Weight == nil {
		o.Weight = func(identity.Member) int { return 1 }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = tally.Wrap(o.Log, o.Now)
	return o
}

// New returns a server; Serve starts it. Any method but the service's two is
// Unimplemented.
func New(handler Handler, secured *tls.Config, opts Options) *Server {
	s := &Server{handler: handler, opts: opts.filled(), calls: counter{n: map[change.DeviceID]int{}}}
	s.ended, s.end = context.WithCancel(context.Background())
	s.rates.links, s.rates.questions = newBuckets(s.opts.Now), newBuckets(s.opts.Now)
	s.grpc = grpc.NewServer(
		grpc.Creds(newAdmission(secured, newBuckets(s.opts.Now), s.opts.Log)), grpc.WaitForHandlers(true), grpc.ForceServerCodecV2(wire.Codec{}),
		grpc.ReadBufferSize(0), grpc.HeaderTableSize(0),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxStreams), grpc.MaxHeaderListSize(maxHeaders),
		grpc.ConnectionTimeout(handshakeLimit), grpc.InitialWindowSize(256<<10), grpc.InitialConnWindowSize(1<<20),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: serverPings / 3, Timeout: serverPings / 3,
			MaxConnectionIdle: 15 * time.Minute, MaxConnectionAge: time.Hour, MaxConnectionAgeGrace: 2 * time.Minute}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingFloor, PermitWithoutStream: true}),
	)
	pb.RegisterSyncServiceServer(s.grpc, s)
	return s
}

// Serve answers until the context ends. Then it ends the links, gives questions
// drainLimit to be answered, closes all connections and returns when every link
// has ended. It is called once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	defer tally.Flush(s.opts.Log)
	served := make(chan error, 1)
	go func() { served <- s.grpc.Serve(limit.Listen(listener, s.opts.Neighbours, s.opts.Now)) }()
	var err error
	select {
	case err = <-served: // the listener failed; the links would go on
		s.stop()
	case <-ctx.Done():
		s.stop()
		err = <-served
	}
	s.pumps.Wait()
	if errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	return err
}

func (s *Server) stop() {
	s.end()
	drained := make(chan struct{})
	go func() { s.grpc.GracefulStop(); close(drained) }()
	limit := time.NewTimer(drainLimit)
	defer limit.Stop()
	select {
	case <-drained:
	case <-limit.C:
		s.grpc.Stop()
		<-drained
	}
}

// Sync implements the service. The link runs in the call's own goroutine, and
// its sending and receiving in others, because a blocked Send or Recv of the
// stream returns only after the call has.
func (s *Server) Sync(stream pb.SyncService_SyncServer) error {
	who, err := s.caller(stream.Context(), s.rates.links, linking)
	if err != nil {
		return wire.ToStatus(err)
	}
	defer s.calls.end(who.Device)
	// A link ends when the certificate it was opened with expires.
	expired := access.Active(access.Party{Device: who.Device, Expired: true})
	ctx, end := context.WithDeadlineCause(stream.Context(), who.Expires, expired)
	defer end()
	defer context.AfterFunc(s.ended, end)()
	c := &conn{stream: stream, pumps: &s.pumps}
	c.Close(s.handler.Sync(ctx, who, c))
	return wire.ToStatus(c.reason)
}

// Query implements the service.
func (s *Server) Query(ctx context.Context, req *pb.QueryRequest) (*pb.QueryResponse, error) {
	who, err := s.caller(ctx, s.rates.questions, asking)
	if err != nil {
		return nil, wire.ToStatus(err)
	}
	defer s.calls.end(who.Device)
	q, err := wire.FromQuestion(req)
	if err != nil {
		return nil, wire.ToStatus(err)
	}
	answer, err := s.handler.Query(ctx, who.Member, q)
	if err != nil {
		return nil, wire.ToStatus(err)
	}
	said, err := wire.ToAnswer(answer)
	if err != nil {
		return nil, wire.ToStatus(err)
	}
	return said, nil
}

// caller returns who calls, by the connection's certificate alone, and counts
// the call until s.calls.end. It returns Denied if the certificate has expired
// since, Exhausted for a device that calls too often.
func (s *Server) caller(ctx context.Context, b *buckets, q limit.Quota) (identity.Peer, error) {
	who, err := callerOf(ctx)
	if err != nil {
		return who, err
	}
	weight := s.opts.Weight(who.Member)
	err = access.Active(access.Party{Device: who.Device, Expired: s.opts.Now().After(who.Expires)})
	if err == nil {
		err = b.allow(who.Device, q, weight)
	}
	if err == nil {
		err = s.calls.begin(who.Device, nodeCalls*weight)
	}
	if err != nil {
		s.opts.Log.Warn("a call is turned away", "device", string(who.Device), "unit", string(who.Unit), "kind", fault.Of(err).String())
	}
	return who, err
}

func callerOf(ctx context.Context) (identity.Peer, error) {
	if p, _ := peer.FromContext(ctx); p != nil {
		if c, ok := p.AuthInfo.(authenticated); ok {
			who := c.Peer
			if p.Addr != nil {
				who.Host, _, _ = net.SplitHostPort(p.Addr.String()) // "" of what has no port
			}
			return who, nil
		}
	}
	return identity.Peer{}, errUnknown()
}

func errUnknown() error { return fault.New(fault.Denied, "the caller is not known") }

// conn is one call of Sync as a link's connection.
type conn struct {
	stream pb.SyncService_SyncServer
	pumps  *sync.WaitGroup
	once   sync.Once
	reason error // read when the call returns
}

var _ link.Detached = (*conn)(nil)

func (c *conn) Send(m syncer.Message) error {
	return wire.FromStatus("send", c.stream.Send(&pb.SyncResponse{Frame: wire.ToFrame(m)}))
}

func (c *conn) Recv() (syncer.Message, error) {
	req, err := c.stream.Recv()
	if err != nil {
		return nil, wire.FromStatus("the link from below", err)
	}
	return wire.FromFrame(req.GetFrame())
}

// Go implements link.Detached.
func (c *conn) Go(pump func()) { c.pumps.Go(pump) }

// Close sets the error with which the call returns; the first one counts.
func (c *conn) Close(reason error) { c.once.Do(func() { c.reason = reason }) }
