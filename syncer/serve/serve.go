// Package serve is the gRPC service that a hub offers to the tiers below it.
// A caller is who its certificate says; metadata and message contents never
// name anybody.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/wire"
)

// Hub answers the callers.
type Hub interface {
	// Sync runs a link with a member below this hub until it ends. It closes
	// the connection.
	Sync(ctx context.Context, who identity.Peer, conn link.Conn) error
	// Query answers in JSON, or Denied, Invalid, Unavailable.
	Query(ctx context.Context, who identity.Member, q syncer.Question) ([]byte, error)
}

// Limits of one server. They bound what a peer can make it hold: streams a
// connection times message size and window.
const (
	maxMessage  = 1 << 20
	maxStreams  = 8
	maxHeaders  = 16 << 10
	drainLimit  = 5 * time.Second
	handshake   = 10 * time.Second
	pingFloor   = 20 * time.Second
	serverPings = 60 * time.Second
)

// Server is a listening service.
type Server struct {
	grpc  *grpc.Server
	hub   Hub
	links sync.WaitGroup
	ended chan struct{} // closed when the server stops: a link has no end of its own
	pb.UnimplementedSyncServiceServer
}

// New makes a server; Serve starts it.
func New(hub Hub, secured *tls.Config) *Server {
	s := &Server{hub: hub, ended: make(chan struct{})}
	s.grpc = grpc.NewServer(
		grpc.Creds(credentials.NewTLS(secured)), grpc.WaitForHandlers(true),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxStreams), grpc.MaxHeaderListSize(maxHeaders),
		grpc.ConnectionTimeout(handshake), grpc.InitialWindowSize(256<<10), grpc.InitialConnWindowSize(1<<20),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: serverPings / 3, Timeout: serverPings / 3,
			MaxConnectionIdle: 15 * time.Minute, MaxConnectionAge: time.Hour, MaxConnectionAgeGrace: 2 * time.Minute}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingFloor, PermitWithoutStream: true}),
	)
	pb.RegisterSyncServiceServer(s.grpc, s)
	return s
}

// Serve answers until the context ends; it ends the links, lets questions be
// answered, then cuts, and returns when every link is over. It is called once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	served := make(chan error, 1)
	go func() { served <- s.grpc.Serve(listener) }()
	var err error
	select {
	case err = <-served: // the listener failed; the links it brought would go on
		s.stop()
	case <-ctx.Done():
		s.stop()
		err = <-served
	}
	s.links.Wait()
	if errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	return err
}

func (s *Server) stop() {
	close(s.ended)
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

// Sync implements the service. The link runs beside this call, because only
// the call's return frees a blocked Send or Recv of its stream.
func (s *Server) Sync(stream pb.SyncService_SyncServer) error {
	who, err := caller(stream.Context())
	if err != nil {
		return wire.ToStatus(err)
	}
	c := &conn{stream: stream, closed: make(chan struct{})}
	// A link does not outlive the certificate it was opened with.
	ctx, end := context.WithDeadline(stream.Context(), who.Expires)
	defer end()
	s.links.Go(func() { c.Close(s.hub.Sync(ctx, who, c)) })
	select {
	case <-c.closed:
	case <-s.ended:
		end()
		<-c.closed
	}
	return wire.ToStatus(c.reason)
}

// Query implements the service.
func (s *Server) Query(ctx context.Context, req *pb.QueryRequest) (*pb.QueryResponse, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, wire.ToStatus(err)
	}
	q, err := wire.FromQuestion(req)
	if err != nil {
		return nil, wire.ToStatus(err)
	}
	answer, err := s.hub.Query(ctx, who.Member, q)
	if err != nil {
		return nil, wire.ToStatus(err)
	}
	return &pb.QueryResponse{Answer: answer}, nil
}

func caller(ctx context.Context) (identity.Peer, error) {
	p, _ := peer.FromContext(ctx)
	if p == nil {
		return identity.Peer{}, fault.New(fault.Denied, "the caller is not known")
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return identity.Peer{}, fault.New(fault.Denied, "the caller has no certificate")
	}
	return identity.PeerOf(info.State)
}

// conn is one call of Sync as a link's connection.
type conn struct {
	stream pb.SyncService_SyncServer
	once   sync.Once
	closed chan struct{}
	reason error
}

var _ link.Conn = (*conn)(nil)

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

func (c *conn) Close(reason error) {
	c.once.Do(func() {
		c.reason = reason
		close(c.closed)
	})
}
