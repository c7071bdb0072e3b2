package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"tongbu/hub/network"
	"tongbu/hub/publication"
	"tongbu/hub/root"
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/socket"
)

// TokenRequest asks the root for a token.
type TokenRequest struct {
	Unit string        `json:"unit"` // division code or unit id
	TTL  time.Duration `json:"ttl"`  // nanoseconds; 0: three days
}

// Handler answers the command line.
func (h *Hub) Handler() http.Handler {
	service := socket.Service{Desk: h.Desk, Operate: h.Operate, Reports: h.Reports, Ask: h.Ask, AskAll: h.AskAll, Get: h.Get, History: h.History, Match: h.Match}
	if h.Root != nil {
		service.Publications = h.Publisher.List
	}
	mux := service.Routes()
	mux.HandleFunc("GET /layoff/{id}", socket.Handle(func(r *http.Request) (any, error) {
		return h.Screen(r.Context(), change.RecordID(r.PathValue("id")), socket.AskerOf(r))
	}))
	mux.HandleFunc("GET /programs", socket.Handle(func(*http.Request) (any, error) { return h.Programs() }))
	mux.HandleFunc("GET /authority", socket.Handle(func(*http.Request) (any, error) { return h.authority() }))
	if h.Root == nil {
		return mux
	}
	mux.HandleFunc("POST /schema", socket.Handle(h.publishSchema))
	mux.HandleFunc("POST /units", socket.Handle(h.divide))
	mux.HandleFunc("POST /token", socket.Handle(h.makeToken))
	mux.HandleFunc("POST /revoke/{device}", socket.Handle(func(r *http.Request) (any, error) {
		return h.Root.Revoke(r.Context(), change.DeviceID(r.PathValue("device")), r.URL.Query().Get("reason"))
	}))
	mux.HandleFunc("POST /programs", socket.Handle(h.addProgram))
	mux.HandleFunc("POST /programs/{name}/revoke", socket.Handle(func(r *http.Request) (any, error) {
		return h.revokeProgram(r.Context(), r.PathValue("name"), r.URL.Query().Get("reason"))
	}))
	h.duplicateRoutes(mux)
	h.transferRoutes(mux)
	mux.HandleFunc("GET /network", socket.Handle(func(r *http.Request) (any, error) { return h.Network.Survey(r.Context()) }))
	mux.HandleFunc("POST /network", socket.Handle(h.publish))
	mux.HandleFunc("POST /authority/rotate", socket.Handle(func(r *http.Request) (any, error) { return h.Root.Rotate(r.Context()) }))
	mux.HandleFunc("POST /authority/retire", socket.Handle(func(r *http.Request) (any, error) { return h.Root.Retire(r.Context()) }))
	return mux
}

func (h *Hub) publish(r *http.Request) (any, error) {
	var o network.Order
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 4<<10)).Decode(&o); err != nil {
		return nil, fault.As(fault.Invalid, "read the request", err)
	}
	return h.Network.Publish(r.Context(), o)
}

// maxOrder bounds a document in JSON, in which a character may take six bytes.
const maxOrder = 8 * schema.MaxPublished

func (h *Hub) publishSchema(r *http.Request) (any, error) {
	var o publication.Order
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxOrder)).Decode(&o); err != nil {
		return nil, fault.As(fault.Invalid, "read the request", err)
	}
	return h.Publisher.Publish(r.Context(), o)
}

// maxDivision bounds a file in JSON, as maxOrder does.
const maxDivision = 8 * division.MaxFile

func (h *Hub) divide(r *http.Request) (any, error) {
	var o root.DivisionOrder
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxDivision)).Decode(&o); err != nil {
		return nil, fault.As(fault.Invalid, "read the request", err)
	}
	tried, err := h.Root.Divide(r.Context(), root.DivisionOrder{File: o.File, On: o.On, Dry: true})
	if err != nil {
		return nil, err
	}
	households, err := h.householdsOf(r.Context(), tried.Units) // as they are before
	if err != nil {
		return nil, err
	}
	if err := h.wantHeirs(r.Context(), &tried); err != nil {
		return nil, err
	}
	if !o.Dry && len(tried.Problems) == 0 {
		tried, err = h.Root.Divide(r.Context(), o)
	}
	tried.Households = households
	return tried, err
}

// wantHeirs finds fault with a unit that is retired while households are recorded in it:
// nobody would write their records any more.
func (h *Hub) wantHeirs(ctx context.Context, tried *root.Divided) error {
	for _, u := range tried.Units {
		if u.Op != division.Retire {
			continue
		}
		n, err := h.householdsOf(ctx, []root.Became{u})
		if err != nil {
			return err
		}
		if n > 0 {
			tried.Problems = append(tried.Problems, division.Problem{Line: u.Line, Rule: "households", Message: fmt.Sprintf("%d households are recorded in unit %s, which is retired: merge it into the unit that takes them", n, u.Was.Code)})
		}
	}
	return nil
}

// householdsOf counts the households of units and of those below them.
func (h *Hub) householdsOf(ctx context.Context, units []root.Became) (n int64, err error) {
	t, seen := h.Replica.Members.Tree(), map[change.UnitID]bool{}
	kind, _ := h.view.Schema().Kind("household")
	for _, u := range units {
		for _, below := range t.Communities(u.ID) {
			if seen[below.ID] {
				continue
			}
			seen[below.ID] = true
			of, err := h.view.Count(ctx, view.Query{Kind: kind, Scope: view.Scope{Under: below.ID}})
			if err != nil {
				return 0, err
			}
			n += of
		}
	}
	return n, nil
}

func (h *Hub) makeToken(r *http.Request) (any, error) {
	var req TokenRequest
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 4<<10)).Decode(&req); err != nil {
		return nil, fault.As(fault.Invalid, "read the request", err)
	}
	t, err := h.Root.Invite(r.Context(), req.Unit, req.TTL)
	if err != nil {
		return nil, err
	}
	return map[string]string{"token": t.Text()}, nil
}
