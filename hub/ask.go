package hub

import (
	"cmp"
	"context"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/access"
	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/tree"
	"tongbu/node/answers"
	"tongbu/syncer"
)

// ownTime is how long a question may run that somebody at the hub itself asks,
// or that is passed up.
const ownTime = time.Minute

// Limits of questions that run at once. The view has four
// readers: one is left to the hub, which reads for its own decisions and for
// verify. What is passed up waits for others; above, the hub is one child.
var (
	viewLimits  = query.Limits{Places: 3, Share: 2, Each: 1, Waiting: 8}
	relayLimits = query.Limits{Places: 8, Share: 4, Each: 2, Waiting: 8}
)

// Query implements serve.Handler: a question from a tier below. Who asks and of
// which kind is logged, also when it is refused; what was asked stands in the audit
// log only, because a filter may hold personal data.
func (h *Hub) Query(ctx context.Context, who identity.Member, q question.Question) (*question.Answer, error) {
	if err := h.relay.Admit(who); err != nil {
		return nil, err
	}
	if h.isNode(who.Unit) {
		q.Device = who.Device // nobody else's question comes from there
	}
	answer, err := h.answer(ctx, syncer.Peer{Unit: who.Unit, Device: who.Device}, q)
	h.Replica.Log.Info("query", "device", string(who.Device), "unit", string(who.Unit), "kind", h.kindName(q.Kind), "outcome", fault.Of(err).String())
	return answer, err
}

// kindName is the kind that a peer asks for, if there is one: other words of a peer
// have no place in the log.
func (h *Hub) kindName(asked string) string {
	if k, ok := h.Replica.Schema.Kind(asked); ok {
		return k.Name
	}
	if question.IsComputed(asked) {
		return asked
	}
	return "unknown"
}

// Ask answers a question of somebody here.
func (h *Hub) Ask(ctx context.Context, q question.Question) (*question.Answer, error) {
	q, err := h.Desk.Address(q)
	if err != nil {
		return nil, err
	}
	ask := func(ctx context.Context, q question.Question) (*question.Answer, error) {
		return h.answer(ctx, h.Replica.Self(), q)
	}
	if h.view != nil {
		return ask(ctx, q)
	}
	return h.kept().Ask(ctx, q, ask)
}

// kept are the last answers of a pure relay, for the time when the line is down.
func (h *Hub) kept() answers.Kept {
	return answers.Kept{Journal: h.Replica.Journal, Kind: h.Replica.Schema.Kind}
}

// answer answers where the view is, else asks above, in the name of the unit
// that asks: the scope can only be its own subtree.
func (h *Hub) answer(ctx context.Context, who syncer.Peer, q question.Question) (a *question.Answer, err error) {
	start := time.Now()
	defer func() { h.asked.Done(start, err) }()
	if q.Scope == "" {
		q.Scope = who.Unit
	}
	if err := access.Ask(h.Replica.Members, who.Unit, q.Scope, ""); err != nil {
		return nil, h.writeAudit(ctx, who, q, nil, err)
	}
	if h.queries == nil {
		return h.passUp(ctx, who, q)
	}
	a, err = h.ask(ctx, who, q)
	if err := h.writeAudit(ctx, who, q, a, err); err != nil {
		return nil, err
	}
	return a, nil
}

// ask asks the view when it is the asker's turn.
func (h *Hub) ask(ctx context.Context, who syncer.Peer, q question.Question) (*question.Answer, error) {
	limit := cmp.Or(h.QuestionTime, query.DefaultTime)
	if who == h.Replica.Self() {
		limit = ownTime
	}
	return inTurn(ctx, h, h.originOf(who, q), limit, func(ctx context.Context) (*question.Answer, error) {
		return h.queries.Query(ctx, query.Asker{Unit: who.Unit}, q)
	})
}

// passUp asks above when it is the asker's turn. There every hub on the way
// bounds the time by its own limit.
func (h *Hub) passUp(ctx context.Context, who syncer.Peer, q question.Question) (*question.Answer, error) {
	return inTurn(ctx, h, h.originOf(who, q), ownTime, func(ctx context.Context) (*question.Answer, error) {
		return h.Replica.Uplink.Query(ctx, q)
	})
}

// inTurn asks when it is the asker's turn. There is an answer or an error, never both.
func inTurn[A any](ctx context.Context, h *Hub, from query.Origin, limit time.Duration, ask func(context.Context) (*A, error)) (a *A, err error) {
	err = h.turns.Do(ctx, from, limit, func(ctx context.Context) error {
		a, err = ask(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// originOf is whose turn a question takes. A hub below says where it began.
func (h *Hub) originOf(who syncer.Peer, q question.Question) query.Origin {
	own := who == h.Replica.Self()
	return query.Origin{Child: who.Device, Device: q.Device, Hub: !own && !h.isNode(who.Unit), Own: own}
}

// isNode reports whether the unit is a community, below which nobody asks.
func (h *Hub) isNode(id change.UnitID) bool {
	t := h.Replica.Members.Tree()
	if t == nil {
		return true
	}
	u, ok := t.Unit(id)
	return !ok || u.Level == tree.Community
}

// writeAudit writes a question of a unit about persons into the audit log.
func (h *Hub) writeAudit(ctx context.Context, who syncer.Peer, q question.Question, a *question.Answer, outcome error) error {
	return h.Desk.AuditQuestion(ctx, audit.Entry{Device: who.Device, Unit: who.Unit, Via: viaOf(who, q)}, q, a, outcome)
}

// viaOf is the device at which a question began, if that is not the one that
// asks.
func viaOf(who syncer.Peer, q question.Question) change.DeviceID {
	if q.Device == who.Device {
		return ""
	}
	return q.Device
}
