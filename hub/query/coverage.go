package query

import (
	"context"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// Community is what the hub knows of its line to one community, through
// however many hubs.
type Community struct {
	Code      string
	Enrolled  bool      // has a device; the rest means nothing without one
	Connected bool      // its changes arrive at this moment
	Since     time.Time // since when it is connected or not
	LastHeard time.Time // zero: never
	Head      uint64    // changes known to exist there
	Applied   uint64    // changes in the view
}

// Communities reports how far the hub hears them.
type Communities interface {
	// Communities lists every community at or below the unit. The list belongs to
	// the implementation: the caller reads it and does not keep it.
	Communities(ctx context.Context, under change.UnitID) ([]Community, error)
}

// Coverage says how complete an answer about a unit would be now.
func (s *Service) Coverage(ctx context.Context, scope change.UnitID) (question.Coverage, error) {
	c, err := s.coverage(ctx, scope)
	if err != nil {
		return c, fault.Wrap("find out how complete the answer is", err)
	}
	c.Today, err = s.opts.Today()
	return c, err
}

func (s *Service) coverage(ctx context.Context, scope change.UnitID) (question.Coverage, error) {
	communities, err := s.opts.Heard.Communities(ctx, scope)
	return Summed(s.opts.Now(), communities), err
}

// Summed is how complete the communities are together.
func Summed(now time.Time, communities []Community) question.Coverage {
	c := question.Coverage{AsOf: now.UTC(), Silent: []question.Silent{}}
	for _, m := range communities {
		addCommunity(&c, m)
	}
	return c
}

func addCommunity(c *question.Coverage, m Community) {
	if !m.Enrolled {
		c.Absent++
		return
	}
	c.Units++
	if m.Head > m.Applied {
		c.Pending += m.Head - m.Applied
	}
	since := m.LastHeard
	switch {
	case m.Connected:
		lowerAsOf(c, since)
		return
	case since.IsZero():
		since = m.Since
	}
	c.Silent = append(c.Silent, question.Silent{Unit: m.Code, Since: since.UTC()})
}

// lowerAsOf sets AsOf to when a connected community last reported how much it has,
// if that is earlier: what it entered since may be on its way unknown.
func lowerAsOf(c *question.Coverage, heard time.Time) {
	if !heard.IsZero() && heard.Before(c.AsOf) {
		c.AsOf = heard.UTC()
	}
}
