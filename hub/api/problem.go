package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// problem is a failure over HTTP: RFC 9457, of no type of its own, with the kind and the
// hint beside.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Kind   string `json:"kind"`
	Hint   string `json:"hint,omitempty"`
}

// problemOf is a status as a problem, and how many seconds to wait, 0 where that is not
// said.
func problemOf(st *status.Status) (p problem, wait int) {
	code := runtime.HTTPStatusFromCode(st.Code())
	p = problem{Type: "about:blank", Title: cmp.Or(http.StatusText(code), st.Code().String()), Status: code, Detail: line(st.Message()), Kind: kindOf(st.Code())}
	for _, d := range st.Details() {
		switch said := d.(type) {
		case *errdetails.ErrorInfo:
			p.Kind, p.Hint = strings.ReplaceAll(strings.ToLower(said.GetReason()), "_", "-"), said.GetMetadata()["hint"]
		case *errdetails.RetryInfo:
			wait = int(said.GetRetryDelay().AsDuration().Seconds() + 1)
		}
	}
	if p.Hint == "" && st.Code() == codes.InvalidArgument {
		p.Hint = "GET /v1/openapi.json says what a request has"
	}
	return p, wait
}

// kindOf is the kind of a failure that the service itself has not said: one of how the
// request is written, or of a path that there is not.
func kindOf(code codes.Code) string {
	for kind, c := range kindCodes {
		if c == code && code != codes.Unavailable {
			return kind.String()
		}
	}
	if code == codes.Unauthenticated {
		return "denied"
	}
	return "internal"
}

func writeProblem(w http.ResponseWriter, st *status.Status) {
	p, wait := problemOf(st)
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Length")
	if wait > 0 {
		h.Set("Retry-After", strconv.Itoa(wait))
	}
	if p.Status == http.StatusUnauthorized {
		h.Add("WWW-Authenticate", `Bearer realm="tongbu"`)
		h.Add("WWW-Authenticate", `Basic realm="tongbu", charset="UTF-8"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // nobody to tell that to
}

// writeFailure is the error handler of the gateway.
func writeFailure(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, err error) {
	writeProblem(w, status.Convert(err))
}

// writeLost is the gateway's for a path or method that there is not.
func writeLost(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, code int) {
	switch code {
	case http.StatusMethodNotAllowed:
		writeMethod(w, "GET, POST")
	case http.StatusBadRequest:
		writeProblem(w, status.New(codes.InvalidArgument, "the request cannot be read"))
	default:
		writeProblem(w, status.New(codes.NotFound, "there is no such path"))
	}
}

// otherMethod answers what is asked of a path with another method than the allowed one.
func otherMethod(allowed string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeMethod(w, allowed) }
}

func writeMethod(w http.ResponseWriter, allowed string) {
	const code = http.StatusMethodNotAllowed
	w.Header().Set("Allow", allowed)
	p := problem{Type: "about:blank", Title: http.StatusText(code), Status: code, Detail: "that is not asked with this method", Kind: "invalid", Hint: "GET /v1/openapi.json lists the paths"}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(p) // nobody to tell that to
}
