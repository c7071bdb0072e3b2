package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"tongbu/hub/api/client"
	"tongbu/internal/fault"
	pb "tongbu/proto/tongbu/query/v1"
)

// client is one of this program's own.
func (p *port) client() *client.Client {
	p.t.Helper()
	c, err := client.New(client.Options{Server: "https://" + p.address, Token: token, CA: p.ca})
	must(p.t, err)
	p.t.Cleanup(c.Close)
	return c
}

// stub is a client of the generated code.
func (p *port) stub(certs ...tls.Certificate) (pb.QueryServiceClient, *grpc.ClientConn) {
	p.t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+p.address, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: p.pool, Certificates: certs, MinVersion: tls.VersionTLS12})))
	must(p.t, err)
	p.t.Cleanup(func() { _ = conn.Close() })
	return pb.NewQueryServiceClient(conn), conn
}

// with is a context of a call over gRPC with that in its header.
func with(ctx context.Context, authorization string) context.Context {
	if authorization == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", authorization)
}

// web is a client over HTTP.
func (p *port) web(certs ...tls.Certificate) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.pool, Certificates: certs, MinVersion: tls.VersionTLS12}}
	p.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// do asks over HTTP; headers are pairs.
func (p *port) do(c *http.Client, method, path, body string, headers ...string) said {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, "https://"+p.address+path, strings.NewReader(body))
	must(p.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	must(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return said{resp, raw, err}
}

// call is do with the token.
func (p *port) call(method, path, body string, headers ...string) said {
	p.t.Helper()
	return p.do(p.web(), method, path, body, append([]string{"Authorization", "Bearer " + token}, headers...)...)
}

// wantProblem wants a failure of a kind, in the form of RFC 9457.
func wantProblem(t testing.TB, what string, got said, status int, kind fault.Kind) (p problem) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(got.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Errorf("%s: %d %q is no problem: %v", what, got.StatusCode, clip(got.body), err)
		return p
	}
	if got.StatusCode != status || p.Status != status || p.Kind != kind.String() || p.Type != "about:blank" || p.Title == "" || p.Detail == "" ||
		got.Header.Get("Content-Type") != "application/problem+json" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: got %d %v %+v, want %d and %v", what, got.StatusCode, got.Header, p, status, kind)
	}
	return p
}

func clip(raw []byte) []byte { return raw[:min(len(raw), 300)] }

// said is an answer over HTTP.
type said struct {
	*http.Response
	body []byte
	err  error // reading it
}

// problem is a failure over HTTP.
type problem struct {
	Type, Title, Detail, Kind, Hint string
	Status                          int
}
