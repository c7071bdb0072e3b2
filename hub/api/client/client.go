// Package client asks a hub from another machine, as a program that the city has let in:
// the same questions and answers as at the hub itself.
package client

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"tongbu/hub/api/rows"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// Options say where a hub is, who asks, and how the hub is known.
type Options struct {
	Server string            // https://HOST:PORT of a hub's api
	Token  string            // of the program; "": Certificate
	CA     []byte            // PEM: authorities to trust; nil: those of this computer
	Pin    string            // sha256//BASE64 of the hub's public key, in place of any authority; "": none
	Pair   []tls.Certificate // of the program; nil: Token
}

// Client asks one hub. It is safe for concurrent use.
type Client struct {
	conn *grpc.ClientConn
	hub  pb.QueryServiceClient
}

// maxAnswer bounds a message: a page, or a part of a stream.
const maxAnswer = 64 << 20

// New makes a client; it connects with the first question. It returns Invalid for
// options that cannot be.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.Server)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" {
		return nil, fault.New(fault.Invalid, "the server is no address").WithHint("as in --server https://city.example:7443")
	}
	config, err := tlsOf(o)
	if err != nil {
		return nil, err
	}
	host := u.Host
	if u.Port() == "" {
		host += ":443"
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(credentials.NewTLS(config)), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer))}
	if o.Token != "" {
		options = append(options, grpc.WithPerRPCCredentials(bearer(o.Token)))
	}
	conn, err := grpc.NewClient("passthrough:///"+host, options...)
	if err != nil {
		return nil, fault.As(fault.Invalid, "ask "+u.Host, err)
	}
	return &Client{conn: conn, hub: pb.NewQueryServiceClient(conn)}, nil
}

// Close closes the connection.
func (c *Client) Close() { _ = c.conn.Close() } // nothing is written on it

func tlsOf(o Options) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: o.Pair}
	if o.CA != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, fault.New(fault.Invalid, "the file of the authority has no certificate in PEM").WithHint("tongbu authority show --dir DIR prints it")
		}
	}
	if o.Pin == "" {
		return config, nil
	}
	pin, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(o.Pin, "sha256//"))
	if err != nil || len(pin) != sha256.Size {
		return nil, fault.New(fault.Invalid, "that is no pin").WithHint("sha256//BASE64, as tongbu authority show says it")
	}
	config.InsecureSkipVerify = true // the pin says more than any name
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 || sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo) != [sha256.Size]byte(pin) {
			return errors.New("the server has another key than the pin says")
		}
		return nil
	}
	return config, nil
}

// bearer shows a token with each call, over TLS alone.
type bearer string

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (bearer) RequireTransportSecurity() bool { return true }

// Query asks for a page; the scope is a division code.
func (c *Client) Query(ctx context.Context, q question.Question) (*question.Answer, error) {
	if q.GroupBy != "" {
		return c.count(ctx, q)
	}
	m, err := c.hub.Query(ctx, &pb.QueryRequest{Kind: q.Kind, Filter: q.Filter, OrderBy: q.OrderBy, Select: q.Select, PageSize: int32(min(q.PageSize, question.MaxPageSize)),
		PageToken: q.PageToken, Total: q.Total, Labels: q.Labels, Scope: string(q.Scope), Purpose: q.Purpose})
	if err != nil {
		return nil, failure("ask", err)
	}
	a := &question.Answer{Columns: rows.Names(m.GetColumns()), NextPageToken: m.GetNextPageToken(), Total: m.Total, Moved: m.GetMoved(), Coverage: rows.ReadCoverage(m.GetCoverage())}
	if a.Rows, err = rows.Read(a.Columns, m.GetRows()); err == nil {
		leaveEmpty(a)
	}
	return a, err
}

// leaveEmpty leaves out the columns that nobody has asked for and no row has, as an
// answer in JSON does.
func leaveEmpty(a *question.Answer) {
	var kept []int
	for i := range a.Columns {
		if slices.ContainsFunc(a.Rows, func(row question.Row) bool { return row[i] != question.Absent }) {
			kept = append(kept, i)
		}
	}
	columns := make([]question.Column, len(kept))
	for at, i := range kept {
		columns[at] = a.Columns[i]
	}
	for n, row := range a.Rows {
		a.Rows[n] = make(question.Row, len(kept))
		for at, i := range kept {
			a.Rows[n][at] = row[i]
		}
	}
	a.Columns = columns
}

func (c *Client) count(ctx context.Context, q question.Question) (*question.Answer, error) {
	m, err := c.hub.Count(ctx, &pb.CountRequest{Kind: q.Kind, Filter: q.Filter, GroupBy: strings.Split(q.GroupBy, ","), PageSize: int32(min(q.PageSize, question.MaxPageSize)),
		PageToken: q.PageToken, Labels: q.Labels, Scope: string(q.Scope), Purpose: q.Purpose})
	if err != nil {
		return nil, failure("ask", err)
	}
	a := &question.Answer{Columns: rows.Names(m.GetColumns()), NextPageToken: m.GetNextPageToken(), Total: m.Total, Moved: m.GetMoved(), Coverage: rows.ReadCoverage(m.GetCoverage())}
	a.Rows, err = rows.Read(a.Columns, m.GetRows())
	return a, err
}

// QueryAll asks for all rows, in parts. It returns Unavailable for an answer that was cut.
func (c *Client) QueryAll(ctx context.Context, q question.Question, tell question.Tell) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req := &pb.StreamRequest{Kind: q.Kind, Filter: q.Filter, OrderBy: q.OrderBy, Select: q.Select, Labels: q.Labels, Scope: string(q.Scope), Purpose: q.Purpose}
	if q.GroupBy != "" {
		req.GroupBy = strings.Split(q.GroupBy, ",")
	}
	stream, err := c.hub.Stream(ctx, req)
	var columns []question.Column
	for err == nil {
		var m *pb.StreamResponse
		if m, err = stream.Recv(); err != nil {
			break
		}
		part := question.Part{}
		if len(m.GetColumns()) > 0 {
			columns = rows.Names(m.GetColumns())
			part.Columns = columns
		}
		if part.Rows, err = rows.Read(columns, m.GetRows()); err != nil {
			return err
		}
		if m.GetEnd() != nil {
			part.End = &question.End{Rows: m.GetEnd().GetRows(), Coverage: rows.ReadCoverage(m.GetEnd().GetCoverage())}
		}
		if err = tell(ctx, part); err != nil || part.End != nil {
			return err
		}
	}
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Unavailable, "the answer was cut before its end")
	}
	return failure("ask", err)
}

// failure is what a hub or the line to it says, as a failure here.
func failure(op string, err error) error {
	st := status.Convert(err)
	kind, hint := kindOf(st.Code()), ""
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == "tongbu" {
			kind, hint = fault.Parse(strings.ReplaceAll(strings.ToLower(info.GetReason()), "_", "-")), info.GetMetadata()["hint"]
		}
	}
	if kind == fault.Unavailable && strings.Contains(st.Message(), "x509:") {
		kind, hint = fault.Denied, "the server's certificate cannot be verified: give --ca FILE, which tongbu authority show prints, or --pin"
	}
	e := fault.As(kind, op, errors.New(plain.Line(st.Message())))
	if hint != "" {
		e = e.WithHint("%s", hint)
	}
	return e
}

// kindOf is the kind of a failure that the hub has not said: one of the line.
func kindOf(code codes.Code) fault.Kind {
	switch code {
	case codes.Canceled:
		return fault.Canceled
	case codes.Unauthenticated, codes.PermissionDenied:
		return fault.Denied
	case codes.InvalidArgument:
		return fault.Invalid
	case codes.ResourceExhausted:
		return fault.Exhausted
	case codes.Unimplemented:
		return fault.Unsupported
	}
	return fault.Unavailable
}
