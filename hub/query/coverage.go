package query

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tongbu/internal/change"
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

// Reach says how far the hub hears its communities.
type Reach interface {
	// Communities lists every community at or below the unit. The list is the
	// implementation's own: it is read and not kept.
	Communities(ctx context.Context, under change.UnitID) ([]Community, error)
}

// Coverage says how complete an answer is: it holds everything that was
// entered up to AsOf, but what the silent units have entered since they were
// last heard, and what is pending or absent.
type Coverage struct {
	AsOf    time.Time `json:"as_of"`
	Units   int       `json:"units"`   // communities counted
	Silent  []Silent  `json:"silent"`  // those of them not connected
	Pending uint64    `json:"pending"` // changes known to be on the way
	Absent  int       `json:"absent"`  // communities that have never joined
}

// Silent is a community that is not heard.
type Silent struct {
	Unit  string    `json:"unit"`  // division code
	Since time.Time `json:"since"` // when it was last heard, or lost if it never was
}

func (s *Service) coverage(ctx context.Context, scope change.UnitID) (Coverage, error) {
	c := Coverage{AsOf: s.opts.Now().UTC(), Silent: []Silent{}}
	communities, err := s.opts.Reach.Communities(ctx, scope)
	for _, m := range communities {
		c.count(m)
	}
	return c, err
}

func (c *Coverage) count(m Community) {
	if !m.Enrolled {
		c.Absent++
		return
	}
	c.Units++
	if m.Head > m.Applied {
		c.Pending += m.Head - m.Applied
	}
	if m.Connected {
		c.heard(m.LastHeard)
		return
	}
	since := m.LastHeard
	if since.IsZero() {
		since = m.Since
	}
	c.Silent = append(c.Silent, Silent{Unit: m.Code, Since: since.UTC()})
}

// heard takes back AsOf to when a connected community last said how much it
// has: what it entered since may be on the way unknown.
func (c *Coverage) heard(at time.Time) {
	if !at.IsZero() && at.Before(c.AsOf) {
		c.AsOf = at.UTC()
	}
}

// MarshalJSON writes whole seconds and an empty list as [].
func (c Coverage) MarshalJSON() ([]byte, error) {
	type plain Coverage
	p := plain(c)
	p.AsOf, p.Silent = c.AsOf.UTC().Truncate(time.Second), []Silent{}
	for _, s := range c.Silent {
		p.Silent = append(p.Silent, Silent{Unit: s.Unit, Since: s.Since.UTC().Truncate(time.Second)})
	}
	return json.Marshal(p)
}

// maxNamed silent units are named in a line of text.
const maxNamed = 5

// String is the coverage in one line for people.
func (c Coverage) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "as of %s: %d communities counted", c.AsOf.UTC().Format(time.RFC3339), c.Units)
	if c.Absent > 0 {
		fmt.Fprintf(&b, ", %d never joined", c.Absent)
	}
	if c.Pending > 0 {
		fmt.Fprintf(&b, ", %d changes on the way", c.Pending)
	}
	fmt.Fprintf(&b, ", %d silent", len(c.Silent))
	for i, s := range c.Silent {
		if i == maxNamed {
			fmt.Fprintf(&b, "; and %d more", len(c.Silent)-maxNamed)
			break
		}
		fmt.Fprintf(&b, "; %s since %s", s.Unit, s.Since.UTC().Format(time.RFC3339))
	}
	return b.String()
}
