package socket

import (
	"encoding/json"
	"net/http"

	"tongbu/internal/fault"
	"tongbu/node/desk"
)

// correctionRoutes are those of requests for corrections. What is wanted comes in a body:
// it may be an ID number, which no address holds.
func (s Service) correctionRoutes(mux *http.ServeMux) {
	all := desk.CorrectionsOf(s.Desk)
	mux.HandleFunc("GET /corrections", handleLines(func(r *http.Request, tell func(any) error) error {
		return all.List(r.Context(), r.URL.Query().Get("state"), askerOf(r), func(c *desk.Correction) error { return tell(c) })
	}))
	mux.HandleFunc("GET /corrections/{id}", Handle(func(r *http.Request) (any, error) {
		return all.Show(r.Context(), idOf(r), askerOf(r))
	}))
	mux.HandleFunc("POST /corrections", Handle(func(r *http.Request) (any, error) {
		var in desk.CorrectionAsk
		if err := readSmall(r, "read a request for a correction", &in); err != nil {
			return nil, err
		}
		return all.Ask(r.Context(), in, askerOf(r))
	}))
	mux.HandleFunc("POST /corrections/{id}", Handle(func(r *http.Request) (any, error) {
		var in desk.CorrectionReply
		if err := readSmall(r, "read a request for a correction", &in); err != nil {
			return nil, err
		}
		return all.Answer(r.Context(), idOf(r), in, askerOf(r))
	}))
}

// readSmall reads a body of some fields.
func readSmall(r *http.Request, step string, in any) error {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxQuestion)).Decode(in); err != nil {
		return fault.As(fault.Invalid, step, err)
	}
	return nil
}
