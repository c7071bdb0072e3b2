// Package enroll is the HTTPS service by which devices join and renew. The
// root serves it with identity.Root, every other hub with the client of its
// parent, so a request goes up through any number of hubs.
package enroll

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

const (
	bodyTimeout   = 10 * time.Second
	answerTimeout = 60 * time.Second
	maxAtOnce     = 64
)

// Options of the service; zero values mean what is said.
type Options struct {
	Bundle func() []byte    // CA certificates in PEM for GET /v1/ca; nil: not served
	Now    func() time.Time // nil: the system's clock
	Log    *slog.Logger     // who was admitted and refused; nil: silent
}

type service struct {
	registrar identity.Registrar
	bundle    func() []byte
	limit     *limiter // refused requests
	all       *limiter // all requests; nil: no limit
	slots     chan struct{}
	log       *slog.Logger
}

// Handler serves POST /v1/enroll and GET /v1/ca. Refused requests are limited
// to 5 a minute and address, 60 from a hub that passes them on.
func Handler(r identity.Registrar, opts Options) http.Handler {
	s := newService(r, opts)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+identity.PathEnroll, s.enroll)
	mux.HandleFunc("GET "+identity.PathCA, s.serveBundle)
	return mux
}

// Door serves POST /v1/renew and nothing else: it is open to devices whose
// certificate has expired, so whatever else is served must not be reachable
// there. Limits are those of Handler, and 60 requests a minute and address
// in all, 1200 from a hub that passes them on.
func Door(r identity.Registrar, opts Options) http.Handler {
	s := newService(r, opts)
	s.all = newLimiter(s.limit.now, quota{direct: 60, relayed: 1200})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != identity.PathRenew || r.URL.RawQuery != "" {
			fail(w, fault.New(fault.NotFound, "certificates are renewed here, nothing else"))
			return
		}
		s.renew(w, r)
	})
}

func newService(r identity.Registrar, opts Options) *service {
	s := &service{registrar: r, bundle: opts.Bundle, slots: make(chan struct{}, maxAtOnce), log: opts.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	now := opts.Now
	if now == nil {
		now = time.Now
	}
	s.limit = newLimiter(now, quota{direct: 5, relayed: 60})
	return s
}

// Server returns an HTTPS server for a handler with all time limits set. The
// caller serves it with ServeTLS(listener, "", "") and shuts it down.
func Server(h http.Handler, config *tls.Config) *http.Server {
	return &http.Server{
		Handler:           h,
		TLSConfig:         config,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      answerTimeout + 30*time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // handshakes of strangers
	}
}

func (s *service) enroll(w http.ResponseWriter, r *http.Request) {
	var req identity.EnrollRequest
	s.serveRequest(w, r, &req, &req.Hops, func(ctx context.Context) (identity.Answer, error) {
		return s.registrar.Enroll(ctx, req)
	})
}

func (s *service) renew(w http.ResponseWriter, r *http.Request) {
	var req identity.RenewRequest
	s.serveRequest(w, r, &req, &req.Hops, func(ctx context.Context) (identity.Answer, error) {
		return s.registrar.Renew(ctx, req)
	})
}

func (s *service) serveBundle(w http.ResponseWriter, _ *http.Request) {
	if s.bundle == nil {
		fail(w, fault.New(fault.NotFound, "no authority is published here"))
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Write(s.bundle()) //nolint:errcheck // the client is gone
}

func (s *service) serveRequest(w http.ResponseWriter, r *http.Request, req any, hops *int, ask func(context.Context) (identity.Answer, error)) {
	answer, err := s.answerRequest(w, r, req, hops, ask)
	attrs := []any{"path", r.URL.Path, "remote", r.RemoteAddr, "hops", *hops}
	if err != nil {
		s.log.Warn("request of a device refused", append(attrs, "kind", fault.Of(err).String(), "reason", err.Error())...)
		fail(w, err)
		return
	}
	s.log.Info("request of a device granted", attrs...)
	reply(w, http.StatusOK, answer)
}

func (s *service) answerRequest(w http.ResponseWriter, r *http.Request, req any, hops *int, ask func(context.Context) (identity.Answer, error)) (identity.Answer, error) {
	if err := decode(w, r, req); err != nil {
		return identity.Answer{}, err
	}
	if *hops < 0 || *hops >= identity.MaxHops {
		return identity.Answer{}, fault.New(fault.Invalid, "the request has passed too many hubs").
			WithHint("two hubs may have each other as parent")
	}
	key := limitKey(r.RemoteAddr, *hops > 0)
	if s.all != nil {
		if !s.all.allows(key) {
			return identity.Answer{}, fault.New(fault.Exhausted, "too many requests from this address").WithHint("wait a minute")
		}
		s.all.count(key)
	}
	if !s.limit.allows(key) {
		return identity.Answer{}, fault.New(fault.Exhausted, "too many refused requests from this address").WithHint("wait a minute")
	}
	*hops++
	ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
	defer cancel()
	answer, err := s.inTurn(ctx, ask)
	if countsAsRefused(fault.Of(err)) {
		s.limit.count(key)
	}
	return answer, err
}

// inTurn bounds how many requests are handled at once; the others wait.
func (s *service) inTurn(ctx context.Context, ask func(context.Context) (identity.Answer, error)) (identity.Answer, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
		return ask(ctx)
	case <-ctx.Done():
		return identity.Answer{}, fault.As(fault.Unavailable, "wait for a turn", ctx.Err())
	}
}

// countsAsRefused reports whether a failure counts against the quota of refused
// requests.
func countsAsRefused(k fault.Kind) bool {
	return k == fault.Denied || k == fault.Invalid || k == fault.NotFound || k == fault.Busy
}

func decode(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fault.New(fault.Invalid, "the request is not application/json")
	}
	// Not every ResponseWriter has deadlines; then the server's own hold.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, identity.MaxRequest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fault.New(fault.Invalid, "the request cannot be read")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "something follows the request")
	}
	return nil
}

func fail(w http.ResponseWriter, err error) {
	body := struct {
		Error identity.Failure `json:"error"`
	}{identity.FailureOf(err)}
	status := statusOf(fault.Of(err))
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "60")
	}
	reply(w, status, body)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) //nolint:errcheck // the client is gone
}

func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Denied:
		return http.StatusForbidden
	case fault.Exhausted:
		return http.StatusTooManyRequests
	case fault.Unavailable, fault.Canceled, fault.Full, fault.Busy:
		return http.StatusServiceUnavailable
	case fault.Unsupported:
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}
