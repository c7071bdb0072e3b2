package remote

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

// newHTTP has no proxy, follows no redirect and logs nothing: hubs are dialled
// directly, and a request is for nobody else.
func newHTTP(trust identity.Trust, opts Options) *retryablehttp.Client {
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.HTTPClient = &http.Client{
		Timeout:       cmp.Or(opts.Attempt, attemptTimeout),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{TLSClientConfig: clientTLS(trust, opts.Own), DisableKeepAlives: true, DialContext: opts.Dialer.dialContext()},
	}
	c.RetryMax = cmp.Or(opts.Tries, defaultTries) - 1
	c.RetryWaitMin = cmp.Or(opts.Pause, 500*time.Millisecond)
	c.RetryWaitMax = 16 * c.RetryWaitMin
	c.CheckRetry = mayRetry
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return c
}

func clientTLS(trust identity.Trust, own identity.Source) *tls.Config {
	if own == nil {
		return identity.TrustTLS(trust)
	}
	return identity.HubTLS(trust, own)
}

type passingKey struct{}

// withoutRetry marks a request that came from another device. Only the device
// where a request starts retries it; else the retries of all hubs on the way
// would multiply.
func withoutRetry(ctx context.Context) context.Context {
	return context.WithValue(ctx, passingKey{}, true)
}

// mayRetry retries failures that a bad line or a restarting hub causes, and
// nothing that would fail again.
func mayRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if ctx.Value(passingKey{}) != nil {
		return false, nil
	}
	var refused *fault.Error
	if err != nil {
		return !errors.As(err, &refused), nil
	}
	switch resp.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true, nil
	}
	return false, nil
}
