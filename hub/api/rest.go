package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"tongbu/internal/fault"
	pb "tongbu/proto/tongbu/query/v1"
)

// Bounds of a request over HTTP, and of a message.
const (
	maxBody    = 256 << 10
	bodyTime   = 30 * time.Second
	answerTime = 90 * time.Second // until a page is written
)

// handler answers gRPC and HTTP at one port. Who calls is found out before anything of
// the call is read, in one place for both.
func (s *Server) handler() (http.Handler, error) {
	web, err := s.web()
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isGRPC := r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
		in, leave, refused := s.gate.enter(r.Context(), ofRequest(r))
		switch {
		case isGRPC && refused != nil:
			s.grpc.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), refusedKey{}, refused)))
			return
		case refused != nil:
			writeProblem(w, refused)
			return
		}
		defer leave()
		if isGRPC {
			line := &deadlines{control: http.NewResponseController(w)}
			defer line.end()
			s.grpc.ServeHTTP(w, r.WithContext(context.WithValue(in, deadlinesKey{}, line)))
			return
		}
		control := http.NewResponseController(w)
		_ = control.SetReadDeadline(time.Now().Add(bodyTime))    // where the line has none the body is short
		_ = control.SetWriteDeadline(time.Now().Add(answerTime)) // likewise
		if err := checkAddress(r); err != nil {
			writeProblem(w, statusOf(err))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		web.ServeHTTP(w, r.WithContext(in))
	}), nil
}

type (
	refusedKey   struct{}
	deadlinesKey struct{} // of what is written over gRPC
)

// refusedOf is why a call over gRPC is not let in; nil: it is.
func refusedOf(ctx context.Context) error {
	if st, ok := ctx.Value(refusedKey{}).(*status.Status); ok {
		return st.Err()
	}
	return nil
}

func (s *Server) newGRPC() *grpc.Server {
	g := grpc.NewServer(grpc.MaxRecvMsgSize(maxBody),
		grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if err := refusedOf(ctx); err != nil && info.FullMethod != healthpb.Health_Check_FullMethodName { // whoever watches the port has no token
				return nil, err
			}
			return next(ctx, req)
		}),
		grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			if err := refusedOf(stream.Context()); err != nil {
				return err
			}
			return next(srv, stream)
		}))
	pb.RegisterQueryServiceServer(g, &service{hub: s.hub, partTime: s.opts.PartTime})
	healthy := health.NewServer()
	healthy.SetServingStatus(pb.QueryService_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(g, healthy)
	reflection.Register(g)
	return g
}

// web are the paths over HTTP: those of the contract through its gateway, and the
// streams, which have files of their own.
func (s *Server) web() (http.Handler, error) {
	gateway := runtime.NewServeMux(runtime.WithMarshalerOption(runtime.MIMEWildcard, newJSONForm()),
		runtime.WithErrorHandler(writeFailure), runtime.WithRoutingErrorHandler(writeLost),
		runtime.WithIncomingHeaderMatcher(func(string) (string, bool) { return "", false }))
	own := &service{hub: s.hub, partTime: s.opts.PartTime}
	if err := pb.RegisterQueryServiceHandlerServer(s.ended, gateway, own); err != nil {
		return nil, fault.As(fault.Internal, "set up the paths for programs", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", gateway)
	for _, at := range []struct {
		method, path string
		serve        http.HandlerFunc
	}{
		{"POST", "/v1/stream/{kind}", own.serveStream},
		{"GET", "/v1/files/{file}", own.serveFile},
		{"POST", "/v1/watch/{kind}", own.serveWatch},
		{"GET", "/v1/openapi.json", own.serveOpenAPI},
	} {
		mux.HandleFunc(at.method+" "+at.path, at.serve)
		mux.HandleFunc(at.path, otherMethod(at.method))
	}
	return mux, nil
}
