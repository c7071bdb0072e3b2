package api_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// TestKinds: each kind of failure is told in the contract's own list, over gRPC, over
// HTTP, and to our own client as what it was.
func TestKinds(t *testing.T) {
	p := open(t)
	stub, _ := p.stub()
	own := p.client()
	for kind := fault.Internal; kind.Known(); kind++ {
		want, code, http := kind, codes.Internal, 500
		switch kind {
		case fault.Invalid:
			code, http = codes.InvalidArgument, 400
		case fault.NotFound:
			code, http = codes.NotFound, 404
		case fault.Denied:
			code, http = codes.PermissionDenied, 403
		case fault.Unavailable, fault.Busy, fault.Full:
			code, http = codes.Unavailable, 503
		case fault.Exhausted:
			code, http = codes.ResourceExhausted, 429
		case fault.Unsupported:
			code, http = codes.Unimplemented, 501
		case fault.Canceled:
			code, http = codes.Canceled, 499
		default:
			want = fault.Internal
		}
		failure := fault.New(kind, "made up: 11010519491231002X\nand more").WithHint("do this").WithRetry(1500 * time.Millisecond)
		p.set(func(h *hub) {
			h.ask = func(context.Context, question.Question) (*question.Answer, error) { return nil, failure }
		})
		_, err := stub.Query(with(t.Context(), "Bearer "+token), &pb.QueryRequest{Kind: "person"})
		st := status.Convert(err)
		var info *errdetails.ErrorInfo
		var bad *errdetails.BadRequest
		for _, d := range st.Details() {
			switch d := d.(type) {
			case *errdetails.ErrorInfo:
				info = d
			case *errdetails.BadRequest:
				bad = d
			}
		}
		if st.Code() != code || info.GetDomain() != "tongbu" || info.GetReason() != strings.ToUpper(strings.ReplaceAll(want.String(), "-", "_")) || (bad != nil) != (want == fault.Invalid) {
			t.Errorf("%v: gRPC says %v %v", kind, err, st.Details())
		}
		got := wantProblem(t, kind.String(), p.call("POST", "/v1/kinds/person:query", "{}"), http, want)
		for _, text := range []string{st.Message(), got.Detail} {
			if strings.Contains(text, "11010519491231002X") || strings.Contains(text, "\n") || want == fault.Internal && strings.Contains(text, "made up") {
				t.Errorf("%v: it is said %q", kind, text)
			}
		}
		if hint := map[bool]string{true: "", false: "do this"}[want == fault.Internal]; got.Hint != hint || info.GetMetadata()["hint"] != hint {
			t.Errorf("%v: hints %q and %q, want %q", kind, got.Hint, info.GetMetadata()["hint"], hint)
		}
		_, err = own.Query(t.Context(), question.Question{Kind: "person"})
		if fault.Of(err) != want || want != fault.Internal && fault.Hint(err) != "do this" {
			t.Errorf("%v: our client says %v with hint %q", kind, fault.Of(err), fault.Hint(err))
		}
	}
}

// TestKindsAlike: a kind that may not be seen and one that does not exist are refused in
// the same words, by every method.
func TestKindsAlike(t *testing.T) {
	p := open(t)
	for _, call := range []struct{ method, path string }{
		{"POST", "/v1/kinds/KIND:query"}, {"POST", "/v1/kinds/KIND:count"}, {"GET", "/v1/kinds/KIND/records/a"}, {"GET", "/v1/kinds/KIND/records/a/history"},
		{"GET", "/v1/schema/KIND"}, {"GET", "/v1/schema?kind=KIND"}, {"POST", "/v1/stream/KIND"}, {"GET", "/v1/files/KIND.csv"}, {"POST", "/v1/watch/KIND"},
	} {
		texts := map[string]bool{}
		for _, kind := range []string{"device", "nothing"} {
			body := map[string]string{"GET": "", "POST": "{}"}[call.method]
			got := wantProblem(t, call.path, p.call(call.method, strings.ReplaceAll(call.path, "KIND", kind), body), http.StatusBadRequest, fault.Invalid)
			texts[strings.ReplaceAll(got.Detail+got.Hint, kind, "KIND")] = true
		}
		if len(texts) != 1 {
			t.Errorf("%s: got %v, want one text", call.path, texts)
		}
	}
}

// TestNoSuchPath: what there is not, and what is asked in another way.
func TestNoSuchPath(t *testing.T) {
	p := open(t)
	for _, path := range []string{"/", "/v1", "/v1/", "/v1/nothing", "/v1/kinds/person", "/v1/kinds/person:nothing", "/v2/coverage", "/v1/stream", "/v1/files/person.xlsx", "/v1/files/person", "/metrics", "/v1/kinds/person/records"} {
		got := p.call(http.MethodGet, path, "")
		wantProblem(t, path, got, http.StatusNotFound, fault.NotFound)
	}
	for path, methods := range map[string][]string{
		"/v1/kinds/person:query": {"GET", "PUT", "DELETE"}, "/v1/stream/person": {"GET", "PATCH"}, "/v1/watch/person": {"GET"}, "/v1/files/person.csv": {"POST", "DELETE"},
		"/v1/coverage": {"POST", "DELETE"}, "/v1/openapi.json": {"POST"}, "/v1/kinds/person/records/a": {"DELETE", "PUT"},
	} {
		for _, method := range methods {
			got := p.call(method, path, "{}")
			wantProblem(t, method+" "+path, got, http.StatusMethodNotAllowed, fault.Invalid)
			if got.Header.Get("Allow") == "" {
				t.Errorf("%s %s: it is not said what is allowed", method, path)
			}
		}
	}
}

// TestBodies: what cannot be read, or is too long.
func TestBodies(t *testing.T) {
	p := open(t)
	long := strings.Repeat("x", 1<<20)
	for name, body := range map[string]string{
		"no JSON": "filter", "another type": `{"filter":1}`, "no object": `[]`, "a part that is not": `{"nothing":1}`, "two": `{}{}`, "a number too large": `{"page_size":99999999999}`,
		"long": `{"filter":"` + long + `"}`, "cut": `{"filter":"`,
	} {
		for _, path := range []string{"/v1/kinds/person:query", "/v1/kinds/person:count", "/v1/stream/person", "/v1/watch/person"} {
			got := p.call(http.MethodPost, path, body)
			status := http.StatusBadRequest
			if name == "long" && got.StatusCode == http.StatusRequestEntityTooLarge {
				status = http.StatusRequestEntityTooLarge
			}
			said := wantProblem(t, name+" "+path, got, status, fault.Invalid)
			if len(said.Detail) > 600 || bytes.Contains(got.body, []byte("xxxxxxxxxxxxxxxx")) {
				t.Errorf("%s: it is said %q", name, clip(got.body))
			}
			if name == "long" && !strings.Contains(said.Detail+said.Hint, "long") && !strings.Contains(said.Detail, "large") {
				t.Errorf("%s: it is not said that it is too long: %+v", path, said)
			}
		}
	}
	filter := `{"filter":"` + strings.Repeat("x", 100<<10) + `"}`
	for _, path := range []string{"/v1/kinds/person:query", "/v1/stream/person", "/v1/watch/person"} {
		wantProblem(t, "a long filter", p.call(http.MethodPost, path, filter), http.StatusBadRequest, fault.Invalid)
	}
	stub, _ := p.stub()
	ctx := with(t.Context(), "Bearer "+token)
	for size, want := range map[int]codes.Code{100 << 10: codes.InvalidArgument, 1 << 20: codes.ResourceExhausted} {
		if _, err := stub.Query(ctx, &pb.QueryRequest{Kind: "person", Filter: strings.Repeat("x", size)}); status.Code(err) != want {
			t.Errorf("a filter of %d bytes: %v, want %v", size, status.Code(err), want)
		}
	}
	if len(p.asked) != 0 {
		t.Errorf("%d questions got through", len(p.asked))
	}
	if got := p.call(http.MethodPost, "/v1/kinds/person:query", ""); got.StatusCode != http.StatusOK {
		t.Errorf("no body: %d %s", got.StatusCode, got.body)
	}
}

// TestHealthAndReflection: what tools ask before they ask anything.
func TestHealthAndReflection(t *testing.T) {
	p := open(t)
	_, conn := p.stub()
	ctx := with(t.Context(), "Bearer "+token)
	for _, name := range []string{"", "tongbu.query.v1.QueryService"} {
		h, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{Service: name})
		if err != nil || h.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", name, h, err)
		}
	}
	if h, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); h.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("who watches the port, without a token: %v, %v", h, err)
	}
	strange, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	must(t, err)
	if _, err := strange.Recv(); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a stranger who asks for the services: %v", err)
	}
	s, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	must(t, err)
	must(t, s.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}))
	m, err := s.Recv()
	must(t, err)
	found := false
	for _, service := range m.GetListServicesResponse().GetService() {
		found = found || service.GetName() == "tongbu.query.v1.QueryService"
	}
	if !found {
		t.Errorf("got %v", m)
	}
	must(t, s.CloseSend())
	for range 2 { // to the end of the call
		if _, err := s.Recv(); err != nil {
			break
		}
	}
}
