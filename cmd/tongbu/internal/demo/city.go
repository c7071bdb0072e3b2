package demo

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// City is the stage: the sites of all units, and what was captured at them.
// The steps are played one after the other; only running is shared.
type City struct {
	cfg     Config
	dir     string
	schema  *schema.Schema
	maker   *sample.Maker
	voice   *voice
	log     *slog.Logger
	logFile *os.File
	running sync.WaitGroup // the sites that are served

	tree  *tree.Tree
	root  *site
	sites []*site // from the top down
	byID  map[change.UnitID]*site
	desks []*desk // one a community, in the order of the codes

	severed *site     // the street whose line is cut
	cutAt   time.Time // when it was
	lost    *site     // the street whose hub is killed
	figures int       // that every tier counted alike
	shown   bool      // people know where the directories are
}

// settle makes the sites of the tree, none of them served, and casts the
// streets of the story.
func (c *City) settle(units []tree.Unit) (err error) {
	if c.tree, err = tree.New(units); err != nil {
		return err
	}
	c.byID = map[change.UnitID]*site{}
	for _, u := range units {
		s := &site{unit: u, up: c.byID[u.Parent], dir: dirOf(c.dir, u)}
		c.byID[u.ID] = s
		c.sites = append(c.sites, s)
	}
	c.root = c.sites[0]
	slices.SortStableFunc(c.sites, func(a, b *site) int { return cmp.Compare(a.unit.Level, b.unit.Level) })
	for i, u := range c.tree.Communities(c.root.unit.ID) {
		share := c.cfg.Households / c.cfg.Communities
		if i < c.cfg.Households%c.cfg.Communities {
			share++
		}
		c.desks = append(c.desks, &desk{site: c.byID[u.ID], share: share})
	}
	c.assignDesks()
	return nil
}

// assignDesks chooses the streets with the most communities, the second one in
// another district where there is one.
func (c *City) assignDesks() {
	streets := c.level(tree.Street)
	size := func(s *site) int { return len(c.tree.Communities(s.unit.ID)) }
	slices.SortStableFunc(streets, func(a, b *site) int { return cmp.Compare(size(b), size(a)) })
	c.severed = streets[0]
	c.lost = streets[min(1, len(streets)-1)]
	for _, s := range streets {
		if s.up != c.severed.up {
			c.lost = s
			break
		}
	}
}

func (c *City) level(l tree.Level) (sites []*site) {
	for _, s := range c.sites {
		if s.unit.Level == l {
			sites = append(sites, s)
		}
	}
	return sites
}

// below lists the desks of the communities under a unit.
func (c *City) below(s *site) (desks []*desk) {
	for _, d := range c.desks {
		if c.tree.Below(s.unit.ID, d.unit.ID) {
			desks = append(desks, d)
		}
	}
	return desks
}

// elsewhere lists the desks of the communities that are not under a unit.
func (c *City) elsewhere(s *site) (desks []*desk) {
	for _, d := range c.desks {
		if !c.tree.Below(s.unit.ID, d.unit.ID) {
			desks = append(desks, d)
		}
	}
	return desks
}

// alive returns the first site's failure that serves no longer.
func (c *City) alive() error {
	for _, s := range c.sites {
		if err := s.alive(); err != nil {
			return err
		}
	}
	return nil
}

// stay serves until the context ends or a site fails.
func (c *City) stay(ctx context.Context) error {
	failed := make(chan error, len(c.sites))
	for _, s := range c.sites {
		c.running.Go(func() {
			select {
			case <-ctx.Done():
			case <-s.over:
				if ctx.Err() == nil {
					failed <- s.alive()
				}
			}
		})
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// beat is how often links show life: often, and less so in a large city,
// which this machine plays alone.
func (c *City) beat() time.Duration {
	return 500 * time.Millisecond * time.Duration(1+c.cfg.Communities/100)
}

// patience is how long anything may take that should happen soon.
func (c *City) patience() time.Duration {
	return 30*time.Second + 200*time.Millisecond*time.Duration(c.cfg.Communities)
}

// atOnce is how many pieces of work are done at the same time.
const atOnce = 8

// each does the work for all items, some at the same time, and returns the
// first failure; after one it begins no more.
func each[T any](ctx context.Context, items []T, work func(T) error) error {
	var all sync.WaitGroup
	var once sync.Once
	var first error
	failed := make(chan struct{})
	slots := make(chan struct{}, atOnce)
	defer all.Wait()
	for _, item := range items {
		select {
		case slots <- struct{}{}:
		case <-failed:
			all.Wait()
			return first
		case <-ctx.Done():
			return fault.Wrap("demo", ctx.Err())
		}
		all.Go(func() {
			defer func() { <-slots }()
			if err := work(item); err != nil {
				once.Do(func() { first = err; close(failed) })
			}
		})
	}
	all.Wait()
	return first
}

// count says how many there are of a thing.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
