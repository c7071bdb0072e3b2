package hub

import (
	"cmp"
	"context"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/node/desk"
)

// Match implements api.Hub. Whom it tells of stands in the audit log.
func (h programs) Match(ctx context.Context, p system.Program, ask matching.Ask, purpose string) (a *matching.Answer, err error) {
	start := time.Now()
	defer func() { h.hub.asked.Done(start, err) }()
	if err = h.mayMatch(p, ask); err == nil {
		from := h.origin(p, question.Question{})
		a, err = inTurn(ctx, h.hub, from, cmp.Or(h.hub.QuestionTime, query.DefaultTime), func(ctx context.Context) (*matching.Answer, error) {
			return h.hub.queries.Match(ctx, h.asker(p), ask)
		})
	}
	by := h.entry(p)
	by.Operator, by.Purpose = "program "+p.Name, purpose
	if err := desk.AuditMatch(ctx, h.hub.Replica, by, ask, a, err); err != nil {
		return nil, err
	}
	return a, nil
}

// mayMatch decides whether a program may match: where it may see the records that a match
// reads.
func (h programs) mayMatch(p system.Program, ask matching.Ask) error {
	day, err := h.hub.Replica.Day()
	if err != nil {
		return err
	}
	if err := h.mayAll(p, day, matching.Kinds(), ask.Scope); err != nil {
		return err
	}
	if err := ask.Validate(); err != nil {
		return err
	}
	if ask.ID.ValidateName() != nil || !named(ask.ID) {
		return fault.New(fault.NotFound, "no such %s here", ask.Kind).WithHint("give the id as an answer shows it")
	}
	return nil
}
