package hub

import (
	"cmp"
	"context"
	"strings"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/node/desk"
	"tongbu/syncer"
)

// Match answers from the view which persons go with a vacancy, or which vacancies with a
// person. Whom it tells of, and what for, is in the audit log. It returns Invalid without
// a purpose, Unsupported at a pure relay, and what query.Service.Match does.
func (h *Hub) Match(ctx context.Context, ask matching.Ask, by desk.Asker) (a *matching.Answer, err error) {
	start := time.Now()
	defer func() { h.asked.Done(start, err) }()
	self := h.Replica.Self()
	if err = h.mayMatch(ask, by); err == nil {
		a, err = h.match(ctx, self, ask)
	}
	entry := audit.Entry{Device: self.Device, Unit: self.Unit, Operator: by.Operator, Purpose: by.Purpose}
	if err := desk.AuditMatch(ctx, h.Replica, entry, ask, a, err); err != nil {
		return nil, err
	}
	return a, nil
}

// match asks the view when it is the asker's turn.
func (h *Hub) match(ctx context.Context, self syncer.Peer, ask matching.Ask) (*matching.Answer, error) {
	q, err := h.Desk.Address(question.Question{Scope: ask.Scope})
	if err != nil {
		return nil, err
	}
	ask.Scope = cmp.Or(q.Scope, self.Unit)
	return inTurn(ctx, h, h.originOf(self, q), ownTime, func(ctx context.Context) (*matching.Answer, error) {
		return h.queries.Match(ctx, query.Asker{Unit: self.Unit}, ask)
	})
}

func (h *Hub) mayMatch(ask matching.Ask, by desk.Asker) error {
	if err := ask.Validate(); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(by.Purpose) == "":
		return fault.New(fault.Invalid, "a match at a hub looks at people of others: say what for").WithHint("give --purpose TEXT, which stands in the audit log")
	case h.queries == nil:
		return fault.New(fault.Unsupported, "this hub keeps no view to match in").WithHint("ask at the city, at a hub with view: true, or at the community")
	case ask.ID.ValidateName() != nil || !named(ask.ID):
		return fault.New(fault.NotFound, "no such %s here", ask.Kind).WithHint("give the id as tongbu query shows it")
	}
	return nil
}
