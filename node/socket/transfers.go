package socket

import (
	"net/http"

	"tongbu/node/desk"
)

// transferRoutes are those of transfers at a community.
func (s Service) transferRoutes(mux *http.ServeMux) {
	all := desk.TransfersOf(s.Desk)
	mux.HandleFunc("GET /transfers", Handle(func(r *http.Request) (any, error) { return all.List(r.Context(), askerOf(r)) }))
	mux.HandleFunc("GET /transfers/held", Handle(func(r *http.Request) (any, error) { return all.Held(r.Context(), askerOf(r)) }))
	mux.HandleFunc("POST /transfers", Handle(func(r *http.Request) (any, error) {
		var in desk.TransferAsk
		if err := readSmall(r, "read an offer", &in); err != nil {
			return nil, err
		}
		return all.Offer(r.Context(), in, askerOf(r))
	}))
	mux.HandleFunc("POST /transfers/{id}/withdraw", Handle(func(r *http.Request) (any, error) { return all.Withdraw(r.Context(), r.PathValue("id"), askerOf(r)) }))
	mux.HandleFunc("POST /transfers/{id}", Handle(func(r *http.Request) (any, error) {
		var in desk.TransferReply
		if err := readSmall(r, "read an answer", &in); err != nil {
			return nil, err
		}
		return all.Answer(r.Context(), r.PathValue("id"), in, askerOf(r))
	}))
}
