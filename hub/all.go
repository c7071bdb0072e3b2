package hub

import (
	"context"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/access"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/syncer"
)

// streamLimits bound the answers in parts that run at once. Each holds a moment of the
// view for minutes, so a child hub has one at most; somebody at the hub itself may have
// both.
var streamLimits = query.Limits{Places: 2, Share: 1, Each: 1, Own: 2, Waiting: 4}

// QueryAll implements serve.Handler: Query for all rows, in parts.
func (h *Hub) QueryAll(ctx context.Context, who identity.Member, q question.Question, tell question.Tell) error {
	if err := h.relay.Admit(who); err != nil {
		return err
	}
	if h.isNode(who.Unit) {
		q.Device = who.Device // nobody else's question comes from there
	}
	err := h.answerAll(ctx, syncer.Peer{Unit: who.Unit, Device: who.Device}, q, tell)
	h.Replica.Log.Info("query for all", "device", string(who.Device), "unit", string(who.Unit), "kind", h.kindName(q.Kind), "outcome", fault.Of(err).String())
	return err
}

// AskAll answers a question of somebody here with all rows, in parts.
func (h *Hub) AskAll(ctx context.Context, q question.Question, tell question.Tell) error {
	q, err := h.Desk.Address(q)
	if err != nil {
		return err
	}
	ask := func(ctx context.Context, q question.Question, tell question.Tell) error {
		return h.answerAll(ctx, h.Replica.Self(), q, tell)
	}
	if h.view != nil {
		return ask(ctx, q, tell)
	}
	return h.kept().AskAll(ctx, q, tell, ask)
}

// answerAll is answer for all rows.
func (h *Hub) answerAll(ctx context.Context, who syncer.Peer, q question.Question, tell question.Tell) (err error) {
	start := time.Now()
	defer func() { h.asked.Done(start, err) }()
	if q.Scope == "" {
		q.Scope = who.Unit
	}
	if err := access.Ask(h.Replica.Members, who.Unit, q.Scope); err != nil {
		return h.writeAudit(ctx, who, q, nil, err)
	}
	if h.queries == nil {
		return h.streams.Do(ctx, h.originOf(who, q), tell, func(ctx context.Context, tell question.Tell) error {
			return h.Replica.Uplink.QueryAll(ctx, q, tell)
		})
	}
	log := &query.Logged{Tell: tell, Write: func(ctx context.Context, a *question.Answer, outcome error) error {
		return h.writeAudit(ctx, who, q, a, outcome)
	}}
	err = h.streams.Do(ctx, h.originOf(who, q), log.Part, func(ctx context.Context, tell question.Tell) error {
		return h.queries.QueryAll(ctx, query.Asker{Unit: who.Unit}, q, tell)
	})
	return log.End(ctx, err)
}
