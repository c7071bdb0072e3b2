package api_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	pb "tongbu/proto/tongbu/query/v1"
)

func basic(password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("anybody:"+password))
}

// TestWhoCalls: with the token, as a bearer's or as a password, or with the key of the
// certificate; over gRPC and HTTP alike.
func TestWhoCalls(t *testing.T) {
	p := open(t)
	known, _ := pair(t, "program")
	other, _ := pair(t, "other")
	p.keys[sha256.Sum256(known.Leaf.RawSubjectPublicKeyInfo)] = system.Program{Name: "stats", Unit: kit.City.ID, Kinds: []string{"*"}, State: system.Active}
	for _, test := range []struct {
		name, authorization string
		cert                int // 1 known, 2 another
		want                codes.Code
	}{
		{"a bearer", "Bearer " + token, 0, codes.OK},
		{"in other letters", "bearer  " + token, 0, codes.OK},
		{"a password", basic(token), 0, codes.OK},
		{"a certificate", "", 1, codes.OK},
		{"nothing", "", 0, codes.Unauthenticated},
		{"a wrong token", "Bearer x" + token, 0, codes.Unauthenticated},
		{"no token", "Bearer", 0, codes.Unauthenticated},
		{"a wrong password", basic("x"), 0, codes.Unauthenticated},
		{"no base64", "Basic !", 0, codes.Unauthenticated},
		{"another scheme", "Digest " + token, 0, codes.Unauthenticated},
		{"another certificate", "", 2, codes.Unauthenticated},
		{"a wrong token and a certificate", "Bearer x", 1, codes.Unauthenticated},
		{"the token and another certificate", "Bearer " + token, 2, codes.OK},
	} {
		certs := [][]tls.Certificate{nil, {known}, {other}}[test.cert]
		stub, _ := p.stub(certs...)
		_, err := stub.Query(with(t.Context(), test.authorization), &pb.QueryRequest{Kind: "person"})
		if status.Code(err) != test.want {
			t.Errorf("%s: gRPC says %v, want %v", test.name, err, test.want)
		}
		s, err := stub.Stream(with(t.Context(), test.authorization), &pb.StreamRequest{Kind: "person"})
		must(t, err)
		if _, err := s.Recv(); status.Code(err) != test.want {
			t.Errorf("%s: a stream says %v, want %v", test.name, err, test.want)
		}
		headers := []string{}
		if test.authorization != "" {
			headers = []string{"Authorization", test.authorization}
		}
		got := p.do(p.web(certs...), http.MethodGet, "/v1/coverage", "", headers...)
		if test.want == codes.OK {
			if got.StatusCode != http.StatusOK {
				t.Errorf("%s: HTTP says %d %s", test.name, got.StatusCode, got.body)
			}
			continue
		}
		wantProblem(t, test.name, got, http.StatusUnauthorized, fault.Denied)
		if schemes := strings.Join(got.Header.Values("WWW-Authenticate"), " "); !strings.Contains(schemes, "Bearer") || !strings.Contains(schemes, "Basic") {
			t.Errorf("%s: it is not said how to show a token: %q", test.name, schemes)
		}
	}
}

// TestStrangersAreCounted: who shows what is no token too often is told to wait; who
// shows one from the same address is not.
func TestStrangersAreCounted(t *testing.T) {
	p := open(t)
	web := p.web()
	refused := map[int]int{}
	var last said
	for range 40 {
		last = p.do(web, http.MethodGet, "/v1/coverage", "", "Authorization", "Bearer guess")
		refused[last.StatusCode]++
	}
	if refused[http.StatusUnauthorized] != 30 || refused[http.StatusTooManyRequests] != 10 {
		t.Errorf("got %v, want 30 refused and 10 told to wait", refused)
	}
	wantProblem(t, "too often", last, http.StatusTooManyRequests, fault.Exhausted)
	if last.Header.Get("Retry-After") == "" {
		t.Error("it is not said how long to wait")
	}
	stub, _ := p.stub()
	_, err := stub.Coverage(with(t.Context(), "Bearer guess"), &pb.CoverageRequest{})
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("over gRPC: %v, want exhausted", err)
	}
	if got := p.call(http.MethodGet, "/v1/coverage", ""); got.StatusCode != http.StatusOK {
		t.Errorf("with the token: %d %s", got.StatusCode, got.body)
	}
	p.clock.Advance(time.Minute)
	wantProblem(t, "a minute later", p.do(web, http.MethodGet, "/v1/coverage", "", "Authorization", "Bearer guess"), http.StatusUnauthorized, fault.Denied)
}

// TestNotLive: a program whose access has ended is told so by every method.
func TestNotLive(t *testing.T) {
	p := open(t)
	p.set(func(h *hub) { h.live = fault.New(fault.Denied, "the access of program stats was revoked") })
	got := wantProblem(t, "revoked", p.call(http.MethodGet, "/v1/coverage", ""), http.StatusForbidden, fault.Denied)
	if !strings.Contains(got.Detail, "revoked") {
		t.Errorf("got %q", got.Detail)
	}
	wantProblem(t, "a file", p.call(http.MethodGet, "/v1/files/unit.csv", ""), http.StatusForbidden, fault.Denied)
	stub, _ := p.stub()
	if _, err := stub.Units(with(t.Context(), "Bearer "+token), &pb.UnitsRequest{}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("got %v", err)
	}
}

// TestRate: a program that asks more often than it may is told how long to wait.
func TestRate(t *testing.T) {
	p := open(t)
	p.tokens[sha256.Sum256([]byte("slow"))] = system.Program{Name: "slow", Rate: 2, State: system.Active}
	web := p.web()
	granted := func() (n int, last said) {
		for range 12 {
			last = p.do(web, http.MethodGet, "/v1/coverage", "", "Authorization", "Bearer slow")
			if last.StatusCode == http.StatusOK {
				n++
			}
		}
		return n, last
	}
	n, last := granted()
	if n != 8 {
		t.Errorf("%d at once, want four seconds of its rate: 8", n)
	}
	wantProblem(t, "too often", last, http.StatusTooManyRequests, fault.Exhausted)
	if last.Header.Get("Retry-After") != "1" {
		t.Errorf("to wait %q s", last.Header.Get("Retry-After"))
	}
	stub, _ := p.stub()
	_, err := stub.Coverage(with(t.Context(), "Bearer slow"), &pb.CoverageRequest{})
	retry := false
	for _, d := range status.Convert(err).Details() {
		_, is := d.(*errdetails.RetryInfo)
		retry = retry || is
	}
	if status.Code(err) != codes.ResourceExhausted || !retry {
		t.Errorf("over gRPC: %v, want exhausted and how long to wait", err)
	}
	if got := p.call(http.MethodGet, "/v1/coverage", ""); got.StatusCode != http.StatusOK {
		t.Errorf("another program: %d", got.StatusCode)
	}
	p.clock.Advance(time.Second)
	if n, _ := granted(); n != 2 {
		t.Errorf("%d a second later, want 2", n)
	}
}

// TestCallsAtOnce: no more than 32 of a program are under way, however they came; others
// are served meanwhile.
func TestCallsAtOnce(t *testing.T) {
	p := open(t)
	p.tokens[sha256.Sum256([]byte("other"))] = system.Program{Name: "other", State: system.Active}
	hold, in := make(chan struct{}), make(chan struct{}, 64)
	p.set(func(h *hub) {
		h.ask = func(ctx context.Context, _ question.Question) (*question.Answer, error) {
			in <- struct{}{}
			select {
			case <-hold:
			case <-ctx.Done():
			}
			return pageOf(), nil
		}
	})
	stub, _ := p.stub()
	ended := make(chan error, 32)
	for i := range 32 {
		go func() {
			if i%2 == 0 {
				_, err := stub.Query(with(t.Context(), "Bearer "+token), &pb.QueryRequest{Kind: "person"}, grpc.WaitForReady(true))
				ended <- err
				return
			}
			p.call(http.MethodPost, "/v1/kinds/person:query", "{}")
			ended <- nil
		}()
	}
	for range 32 {
		<-in
	}
	got := p.call(http.MethodGet, "/v1/coverage", "")
	wantProblem(t, "the 33rd", got, http.StatusTooManyRequests, fault.Exhausted)
	if got.Header.Get("Retry-After") == "" {
		t.Error("it is not said how long to wait")
	}
	if got := p.do(p.web(), http.MethodGet, "/v1/coverage", "", "Authorization", "Bearer other"); got.StatusCode != http.StatusOK {
		t.Errorf("another program: %d %s", got.StatusCode, got.body)
	}
	close(hold)
	for range 32 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if got := p.call(http.MethodGet, "/v1/coverage", ""); got.StatusCode != http.StatusOK {
		t.Errorf("when they have ended: %d %s", got.StatusCode, got.body)
	}
}
