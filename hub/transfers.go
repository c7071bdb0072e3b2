package hub

import (
	"encoding/json"
	"net/http"

	"tongbu/hub/transfer"
	"tongbu/internal/fault"
	"tongbu/node/socket"
)

// transferRoutes answer the command line of the city about transfers. They tell of records
// by their ids alone.
func (h *Hub) transferRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /city/transfers", socket.Handle(func(r *http.Request) (any, error) { return h.Transfers.List(r.URL.Query().Get("state")) }))
	mux.HandleFunc("POST /city/transfers", socket.Handle(func(r *http.Request) (any, error) {
		var m transfer.Move
		if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxDecision)).Decode(&m); err != nil {
			return nil, fault.As(fault.Invalid, "read an order", err)
		}
		m.Actor = socket.AskerOf(r).Operator
		return h.Transfers.Order(r.Context(), m)
	}))
}
