// Package enroll is the HTTPS service by which devices join and renew. The
// root serves it with identity.Root, every other hub with the client of its
// parent, so a request goes up through any number of hubs. Most who ask are
// strangers: DESIGN.md says what each may cost.
package enroll

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/tally"
)

// answerTimeout bounds a request from when it was read to its answer, the wait
// for its turn included.
const answerTimeout = 60 * time.Second

// Options of the service; zero values mean what is said.
type Options struct {
	Bundle func() []byte    // CA certificates in PEM for GET /v1/ca; nil: not served
	Now    func() time.Time // nil: the system's clock
	Log    *slog.Logger     // who was admitted and refused, warnings of one cause counted; nil: silent
	// Member names the member that makes a call, by the certificate it showed on
	// the connection, and says whether it is a hub below, which passes on what
	// others ask. Empty: a stranger, for all that is known. nil: all are.
	Member func(*tls.ConnectionState) (id change.DeviceID, hub bool)
	// Vouch is what can be told of a request here; nil: nothing.
	Vouch Vouch
}

// Vouch tells requests that are likely to be right from those of strangers,
// without asking anybody and at little cost. It names what a request is bounded
// by: a token, a unit or a device that is known here, which strangers cannot
// guess. An empty name vouches for nothing.
type Vouch interface {
	Enroll(ctx context.Context, req identity.EnrollRequest) (name string)
	Renew(ctx context.Context, req identity.RenewRequest) (name string)
}

type service struct {
	registrar identity.Registrar
	opts      Options
	bounds    *bounds
}

// Handler serves POST /v1/enroll and GET /v1/ca.
func Handler(r identity.Registrar, opts Options) http.Handler {
	s := newService(r, opts)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+identity.PathEnroll, s.enroll)
	mux.HandleFunc("GET "+identity.PathCA, s.serveBundle)
	return mux
}

// Door serves POST /v1/renew and nothing else: it is open to devices whose
// certificate has expired, so whatever else is served must not be reachable
// there. Requests that are granted count too: a device renews seldom.
func Door(r identity.Registrar, opts Options) http.Handler {
	s := newService(r, opts)
	s.bounds.countGranted()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != identity.PathRenew || r.URL.RawQuery != "" {
			fail(w, fault.New(fault.NotFound, "certificates are renewed here, nothing else"))
			return
		}
		s.renew(w, r)
	})
}

func newService(r identity.Registrar, opts Options) *service {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Member == nil {
		opts.Member = func(*tls.ConnectionState) (change.DeviceID, bool) { return "", false }
	}
	opts.Log = tally.Wrap(opts.Log, opts.Now)
	return &service{registrar: r, opts: opts, bounds: newBounds(opts.Now)}
}

// request is one that is being served.
type request struct {
	body any
	hops *int
	ask  func(context.Context) (identity.Answer, error)
	name func(context.Context) string // what Vouch says
}

func (s *service) enroll(w http.ResponseWriter, r *http.Request) {
	var req identity.EnrollRequest
	s.serve(w, r, &request{body: &req, hops: &req.Hops,
		ask: func(ctx context.Context) (identity.Answer, error) { return s.registrar.Enroll(ctx, req) },
		name: func(ctx context.Context) string {
			if s.opts.Vouch == nil {
				return ""
			}
			return s.opts.Vouch.Enroll(ctx, req)
		}})
}

func (s *service) renew(w http.ResponseWriter, r *http.Request) {
	var req identity.RenewRequest
	s.serve(w, r, &request{body: &req, hops: &req.Hops,
		ask: func(ctx context.Context) (identity.Answer, error) { return s.registrar.Renew(ctx, req) },
		name: func(ctx context.Context) string {
			if s.opts.Vouch == nil {
				return ""
			}
			return s.opts.Vouch.Renew(ctx, req)
		}})
}

func (s *service) serveBundle(w http.ResponseWriter, _ *http.Request) {
	if s.opts.Bundle == nil {
		fail(w, fault.New(fault.NotFound, "no authority is published here"))
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Write(s.opts.Bundle()) //nolint:errcheck // the client is gone
}

func (s *service) serve(w http.ResponseWriter, r *http.Request, req *request) {
	answer, err := s.answer(w, r, req)
	attrs := []any{"path", r.URL.Path, "remote", r.RemoteAddr, "hops", *req.hops}
	if err != nil {
		s.opts.Log.Warn("request of a device refused", append(attrs, "kind", fault.Of(err).String(), "reason", identity.OneLine(err.Error()))...)
		fail(w, err)
		return
	}
	connOf(r.Context()).Welcome()
	s.opts.Log.Info("request of a device granted", attrs...)
	reply(w, http.StatusOK, answer)
}

func (s *service) answer(w http.ResponseWriter, r *http.Request, req *request) (identity.Answer, error) {
	if err := decode(w, r, req.body); err != nil {
		return identity.Answer{}, err
	}
	connOf(r.Context()).Settle() // the bounds below count it now
	if *req.hops < 0 || *req.hops >= identity.MaxHops {
		return identity.Answer{}, fault.New(fault.Invalid, "the request has passed too many hubs").
			WithHint("two hubs may have each other as parent")
	}
	*req.hops++
	ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
	defer cancel()
	from, name := callerOf(r, s.opts.Member)
	leave, err := s.bounds.enter(ctx, from, cmp.Or(name, req.name(ctx)))
	if err != nil {
		return identity.Answer{}, err
	}
	answer, err := req.ask(ctx)
	leave(!countsAsRefused(fault.Of(err)))
	return answer, err
}

// countsAsRefused reports whether a failure uses up what the caller may have
// refused.
func countsAsRefused(k fault.Kind) bool {
	return k == fault.Denied || k == fault.Invalid || k == fault.NotFound || k == fault.Busy
}
