package hub

import (
	"context"
	"net/http"
	"strings"

	"tongbu/hub/query"
	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/node/replica"
	"tongbu/node/socket"
)

// Query implements serve.Hub: a question from a tier below. Who asks and of
// which kind is logged, also when it is refused; what was asked is not, for a
// filter may hold personal data.
func (h *Hub) Query(ctx context.Context, who identity.Member, q question.Question) (*question.Answer, error) {
	if err := h.relay.Admit(who); err != nil {
		return nil, err
	}
	answer, err := h.answer(ctx, who, q)
	h.Log.Info("query", "device", string(who.Device), "unit", string(who.Unit), "kind", q.Kind, "outcome", fault.Of(err).String())
	return answer, err
}

// answer answers where the view is, else asks above, in the name of the unit
// that asks: the scope can only be its own subtree.
func (h *Hub) answer(ctx context.Context, who identity.Member, q question.Question) (*question.Answer, error) {
	if q.Scope == "" {
		q.Scope = who.Unit
	}
	if !h.Members.Below(who.Unit, q.Scope) {
		err := fault.New(fault.Denied, "records of that unit are not open to this one").WithHint("ask about your own unit or one below it")
		return nil, h.audited(ctx, who, q, nil, err)
	}
	if h.queries == nil {
		return h.Uplink.Query(ctx, q)
	}
	a, err := h.queries.Query(ctx, query.Asker{Unit: who.Unit}, q)
	if err := h.audited(ctx, who, q, a, err); err != nil {
		return nil, err
	}
	return a, nil
}

// audited writes a question about persons into the audit log, refused ones
// too, and returns the outcome; there is no answer that is not in the log.
func (h *Hub) audited(ctx context.Context, who identity.Member, q question.Question, a *question.Answer, outcome error) error {
	k, ok := h.Schema.Kind(q.Kind)
	if !ok || !k.Personal {
		return outcome
	}
	l := replica.LookUp{Entry: audit.Entry{Device: who.Device, Unit: who.Unit, Operator: q.Operator, Purpose: q.Purpose,
		Act: audit.Query, Kind: k.Name, Fields: q.Select, Outcome: fault.Of(outcome).String()}}
	if q.Device != who.Device {
		l.Via = q.Device
	}
	if q.GroupBy != "" {
		l.Fields = strings.Split(q.GroupBy, ",")
	}
	if a != nil {
		l.Records, l.Count = a.Records, len(a.Rows)
	}
	if err := h.Looked(ctx, l); err != nil {
		return err
	}
	return outcome
}

// Handler answers the command line.
func (h *Hub) Handler() http.Handler {
	mux := http.NewServeMux()
	h.Routes(mux)
	mux.HandleFunc("GET /status", socket.Handle(h.status))
	mux.HandleFunc("POST /query", socket.Handle(h.query))
	mux.HandleFunc("GET /verify", socket.Handle(func(r *http.Request) (any, error) { return h.verify(r.Context()) }))
	if h.root != nil {
		mux.HandleFunc("POST /token", socket.Handle(h.token))
		mux.HandleFunc("POST /revoke/{device}", socket.Handle(h.revoke))
		mux.HandleFunc("POST /authority/rotate", socket.Handle(h.rotate))
		mux.HandleFunc("POST /authority/retire", socket.Handle(h.retire))
	}
	return mux
}

func (h *Hub) query(r *http.Request) (any, error) {
	q, err := h.ReadQuestion(r)
	if err != nil {
		return nil, err
	}
	return h.answer(r.Context(), identity.Member{Unit: h.Place.Unit, Device: h.Keys.Device()}, q)
}

func (h *Hub) status(r *http.Request) (any, error) {
	st, err := h.Status(r.URL.Query().Has("measure"))
	if err != nil || h.follower == nil {
		return st, err
	}
	st.View = h.viewStatus(r.Context())
	return st, nil
}
