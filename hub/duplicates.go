package hub

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"tongbu/hub/pairs"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/socket"
)

// duplicateRoutes answer the command line of the city about duplicate cases.
func (h *Hub) duplicateRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /duplicates", socket.Handle(func(r *http.Request) (any, error) {
		return h.Duplicates(r.Context(), r.URL.Query().Get("state"))
	}))
	mux.HandleFunc("GET /duplicates/{case}", socket.Handle(func(r *http.Request) (any, error) {
		return h.Duplicate(r.Context(), r.PathValue("case"), socket.AskerOf(r))
	}))
	mux.HandleFunc("POST /duplicates/search", socket.Handle(func(r *http.Request) (any, error) {
		return h.Pairs.Search(r.Context(), r.URL.Query().Has("dry_run"))
	}))
	mux.HandleFunc("POST /duplicates/{case}/decide", socket.Handle(h.decideDuplicate))
	mux.HandleFunc("POST /duplicates/{case}/undo", socket.Handle(func(r *http.Request) (any, error) {
		c, err := h.Pairs.Undo(r.Context(), r.PathValue("case"), r.URL.Query().Get("reason"), socket.AskerOf(r).Operator)
		return h.shownCase(r.Context(), c, err)
	}))
}

// Duplicates are the duplicate cases of a state, "" for all, with what the communities have
// answered as far as it has come.
func (h *Hub) Duplicates(ctx context.Context, state string) ([]pairs.Shown, error) {
	if err := h.follower.AwaitApplied(ctx); err != nil {
		return nil, err
	}
	return h.Pairs.List(ctx, state)
}

// Duplicate is one case with who the two persons are, which is in the audit log with what
// for. It returns NotFound, and Invalid without a purpose.
func (h *Hub) Duplicate(ctx context.Context, name string, by desk.Asker) (pairs.Shown, error) {
	if strings.TrimSpace(by.Purpose) == "" {
		return pairs.Shown{}, fault.New(fault.Invalid, "a case at the city looks at people of others: say what for").WithHint("give --purpose TEXT, which stands in the audit log")
	}
	if err := h.follower.AwaitApplied(ctx); err != nil {
		return pairs.Shown{}, err
	}
	shown, err := h.Pairs.Get(ctx, name)
	var persons []change.RecordID
	for _, p := range shown.Persons {
		persons = append(persons, p.ID)
	}
	if err := h.auditPersons(ctx, by, persons, err); err != nil {
		return pairs.Shown{}, err
	}
	return shown, nil
}

// maxDecision bounds a decision, in bytes.
const maxDecision = 8 << 10

func (h *Hub) decideDuplicate(r *http.Request) (any, error) {
	var d pairs.Decision
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxDecision)).Decode(&d); err != nil {
		return nil, fault.As(fault.Invalid, "read the decision", err)
	}
	d.Actor = socket.AskerOf(r).Operator
	c, err := h.Pairs.Decide(r.Context(), r.PathValue("case"), d)
	return h.shownCase(r.Context(), c, err)
}

func (h *Hub) shownCase(ctx context.Context, c *pairs.Case, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return h.Pairs.Show(ctx, c)
}
