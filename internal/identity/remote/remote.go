// Package remote is the HTTPS client of enrolment and renewal. It is a
// Registrar, so a hub serves its children with the client of its own parent.
package remote

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

const (
	defaultTries   = 4
	attemptTimeout = 20 * time.Second
)

// Options bound the work of one call; zero values mean the defaults.
type Options struct {
	Tries   int           // attempts at each address; 0 means 4
	Pause   time.Duration // before the second attempt, then doubling; 0 means 500 ms
	Attempt time.Duration // limit of one attempt; 0 means 20 s
	Dialer  Dialer        // opens the line itself; nil: TCP
	// Own is the hub that passes on what others ask, so that it is counted as
	// that hub above; nil: whoever asks.
	Own identity.Source
}

// Dialer opens a line to host:port.
type Dialer func(ctx context.Context, address string) (net.Conn, error)

// dialContext is the dialer as net/http wants it; nil: TCP.
func (d Dialer) dialContext() func(ctx context.Context, network, address string) (net.Conn, error) {
	if d == nil {
		return nil
	}
	return func(ctx context.Context, _, address string) (net.Conn, error) { return d(ctx, address) }
}

// Client asks a hub, or the next one when that cannot be reached. It keeps no
// connections open and needs no Close.
type Client struct {
	hubs []*url.URL
	http *retryablehttp.Client
}

var _ identity.Registrar = (*Client)(nil)

// New returns a client of the hubs at the URLs (https://host:port), nearest
// first. It returns Invalid for none, or for anything else than such a URL.
func New(hubs []string, trust identity.Trust, opts Options) (*Client, error) {
	if len(hubs) == 0 {
		return nil, fault.New(fault.Invalid, "no hub to ask").WithHint("give one as https://HOST:PORT")
	}
	c := &Client{http: newHTTP(trust, opts)}
	for _, text := range hubs {
		u, err := parseHub(text)
		if err != nil {
			return nil, err
		}
		c.hubs = append(c.hubs, u)
	}
	return c, nil
}

func parseHub(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.New(fault.Invalid, "the address of a hub is not https://HOST:PORT")
	}
	u.Path = ""
	return u, nil
}

// Enroll implements identity.Registrar.
func (c *Client) Enroll(ctx context.Context, req identity.EnrollRequest) (identity.Answer, error) {
	return c.askHubs(ctx, identity.PathEnroll, req, req.Hops)
}

// Renew implements identity.Registrar.
func (c *Client) Renew(ctx context.Context, req identity.RenewRequest) (identity.Answer, error) {
	return c.askHubs(ctx, identity.PathRenew, req, req.Hops)
}

// askHubs goes to the next hub only when one gives no answer of its own: an
// answer, also a refusal, is the root's.
func (c *Client) askHubs(ctx context.Context, path string, req any, hops int) (identity.Answer, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return identity.Answer{}, fault.As(fault.Internal, "write a request", err)
	}
	if hops > 0 {
		ctx = withoutRetry(ctx)
	}
	var first error
	for _, hub := range c.hubs {
		answer, final, err := c.post(ctx, hub, path, body)
		if final || ctx.Err() != nil {
			return answer, err
		}
		if first == nil {
			first = err
		}
	}
	return identity.Answer{}, first
}

// post reports in final whether asking another hub is useless.
func (c *Client) post(ctx context.Context, hub *url.URL, path string, body []byte) (answer identity.Answer, final bool, err error) {
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, hub.JoinPath(path).String(), body)
	if err != nil {
		return answer, true, fault.As(fault.Internal, "make a request", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return answer, false, unreachableFault(ctx, hub, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it has been read
	raw, err := io.ReadAll(io.LimitReader(resp.Body, identity.MaxAnswer+1))
	if err != nil {
		return answer, false, unreachableFault(ctx, hub, err)
	}
	answer, err = readAnswer(resp.StatusCode, raw)
	if mayAskNext(fault.Of(err)) { // a failure of the hub, not an answer of the root
		return answer, false, fault.Wrap("hub "+hub.Host, err)
	}
	return answer, true, err
}

func readAnswer(status int, raw []byte) (identity.Answer, error) {
	var answer identity.Answer
	if status == http.StatusOK && len(raw) <= identity.MaxAnswer && json.Unmarshal(raw, &answer) == nil {
		return answer, nil
	}
	var body struct {
		Error identity.Failure `json:"error"`
	}
	if status == http.StatusOK || json.Unmarshal(raw, &body) != nil || body.Error.Kind == "" {
		return answer, fault.New(fault.Unavailable, "what answers (status %d) is not a tongbu hub", status).
			WithHint("check the address of the hub")
	}
	return answer, body.Error.Err()
}

// unreachableFault classifies what kept a hub's answer away; a refusal of its
// certificate keeps its kind.
func unreachableFault(ctx context.Context, hub *url.URL, err error) error {
	if ctx.Err() != nil {
		return fault.Wrap("ask hub "+hub.Host, ctx.Err())
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return fault.Wrap("hub "+hub.Host, known)
	}
	var outer *url.Error
	if errors.As(err, &outer) { // its text repeats method and URL
		err = outer.Err
	}
	return fault.As(fault.Unavailable, "ask hub "+hub.Host, err).WithHint("check the line and the address; it is safe to try again")
}

// mayAskNext kinds say nothing about the request: another hub may do better.
func mayAskNext(k fault.Kind) bool {
	return slices.Contains([]fault.Kind{fault.Unavailable, fault.Exhausted, fault.Internal, fault.Unsupported, fault.Busy, fault.Full}, k)
}
