package socket

import (
	"net/http"

	"tongbu/node/desk"
)

// duplicateRoutes are those of duplicate cases as the city has told them; the city's own are
// its hub's.
func (s Service) duplicateRoutes(mux *http.ServeMux) {
	all := desk.DuplicatesOf(s.Desk)
	mux.HandleFunc("GET /told/duplicates", Handle(func(r *http.Request) (any, error) { return all.List(r.Context()) }))
	mux.HandleFunc("GET /told/duplicates/{case}", Handle(func(r *http.Request) (any, error) {
		return all.Show(r.Context(), r.PathValue("case"), askerOf(r))
	}))
	mux.HandleFunc("POST /told/duplicates/{case}", Handle(func(r *http.Request) (any, error) {
		var in desk.DuplicateReply
		if err := readSmall(r, "read an answer to a duplicate case", &in); err != nil {
			return nil, err
		}
		return all.Answer(r.Context(), r.PathValue("case"), in, askerOf(r))
	}))
}
