package hub

import (
	"encoding/json"
	"net/http"

	"tongbu/hub/transfer"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
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

// transferDays is how long a community has to answer an offer of a day.
func (h *Hub) transferDays(day string) (days int, err error) {
	err = h.Replica.Journal.View(func(tx *journal.Tx) error {
		book, err := h.Replica.Book(tx)
		if err == nil {
			days = book.Published().Figures(day).Clocks.TransferDays
		}
		return err
	})
	return days, err
}
