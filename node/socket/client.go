package socket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"

	"tongbu/internal/fault"
)

// Client asks a server.
type Client struct {
	http *http.Client
	end  func()
	here bool
}

// Dial returns a client of the process that serves the directory. It returns
// NotFound when none does, Denied when the socket or pipe is another user's,
// Unavailable when a pipe is there and nobody answers, and what the context says.
func Dial(ctx context.Context, dir string) (*Client, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return connect(ctx, dir) }
	probe, err := dial(ctx, "", "")
	var known *fault.Error
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, fault.Wrap("talk to the serving process", ctx.Err())
	case errors.As(err, &known):
		return nil, err
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.As(fault.Denied, "talk to the serving process", err).WithHint("run it as the user who serves the directory")
	default:
		return nil, fault.New(fault.NotFound, "no process serves this directory").WithHint("start tongbu serve")
	}
	_ = probe.Close()
	transport := &http.Transport{DialContext: dial}
	return &Client{http: &http.Client{Transport: transport}, end: transport.CloseIdleConnections}, nil
}

// Here reports whether what answers is in this process.
func (c *Client) Here() bool { return c.here }

// Close frees what the client holds.
func (c *Client) Close() { c.end() }

// Call sends a request and returns the answer's body, to be closed. A failure
// of the server comes back with its kind and hint.
func (c *Client) Call(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	resp, err := c.do(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://tongbu"+path, body)
	if err != nil {
		return nil, fault.As(fault.Internal, "make a request", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fault.As(fault.Unavailable, "talk to the serving process", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed {
		return nil, fault.New(fault.Unsupported, "this tier does not answer that").WithHint("check --dir; some commands are the city's alone")
	}
	var f Failure
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&f); err != nil {
		return nil, fault.New(fault.Internal, "the serving process answered %s", resp.Status)
	}
	return nil, f.Err()
}

// Bytes calls, passes the bytes of the answer to read, and decodes the summary
// behind them into summary. An answer that was cut is Unavailable.
func (c *Client) Bytes(ctx context.Context, method, path string, read func(io.Reader) error, summary any) error {
	resp, err := c.do(ctx, method, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if err := read(resp.Body); err != nil {
		return err
	}
	if json.Unmarshal([]byte(resp.Trailer.Get(summaryTrailer)), summary) != nil {
		return fault.New(fault.Unavailable, "the serving process went away, or is another version").
			WithHint("restart tongbu serve if this program was updated")
	}
	return nil
}

// JSON calls and decodes the answer into out.
func (c *Client) JSON(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		var err error
		if body, err = jsonBody(in); err != nil {
			return err
		}
	}
	return c.Send(ctx, method, path, body, out)
}

func jsonBody(in any) (io.Reader, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, fault.As(fault.Internal, "make a request", err)
	}
	return bytes.NewReader(raw), nil
}

// Send calls with a body of bytes and decodes the answer into out.
func (c *Client) Send(ctx context.Context, method, path string, body io.Reader, out any) error {
	answer, err := c.Call(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Close() //nolint:errcheck // only read
	if err := json.NewDecoder(answer).Decode(out); err != nil {
		return fault.As(fault.Internal, "read the answer", err)
	}
	return nil
}
