// Package demo shows the whole of it on one machine: a city with its
// districts, streets and communities, each in a directory of its own, joined
// with one-time tokens and linked over real TCP with mTLS. It plays a story in
// steps: lines cut and restored, answers with their coverage, a hub lost and
// replaced. Each step proves something by numbers, and says what it expected
// and saw when it cannot.
package demo

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
)

// Most of what the table of divisions and the made-up people allow.
const (
	maxCommunities = 1040
	maxShare       = 1400 // households of one community
)

// Config of a demo.
type Config struct {
	Dir         string // missing or empty; "": a temporary one
	Communities int    // 1 to 1040
	Households  int    // at least one a community
	Once        bool   // end after the steps
	Talk        io.Writer
	Terminal    bool   // Talk is a terminal: progress is drawn in place
	Story       []Step // nil: Story()
	Command     Command
}

// Step is one scene.
type Step struct {
	Name  string // stable, for programs
	About string // what happens, for people
	Play  func(ctx context.Context, c *City) (proof string, err error)
}

// validate returns Invalid when the numbers do not fit.
func (c *Config) validate() error {
	switch {
	case c.Communities < 1 || c.Communities > maxCommunities:
		return fault.New(fault.Invalid, "there are 1 to %d communities, not %d", maxCommunities, c.Communities).WithHint("give another --communities")
	case c.Households < c.Communities:
		return fault.New(fault.Invalid, "%d households are fewer than %d communities", c.Households, c.Communities).WithHint("give more --households")
	case c.Households > maxShare*c.Communities:
		return fault.New(fault.Invalid, "more than %d households a community", maxShare).WithHint("give fewer --households")
	}
	return nil
}

// Run plays the story and reports the outcome; unless Once is set it goes on
// serving until the context ends. All that it started has ended when it
// returns. A temporary directory is removed when all went well and nobody was
// shown it. The error is the first failed step's, Canceled when the context
// ended before the last one, Busy when the directory is in use.
func Run(ctx context.Context, cfg Config, tell func(Shown) error) (err error) {
	if err := cfg.validate(); err != nil {
		return err
	}
	c, err := newCity(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.tidy(err)) }()
	ctx, end := context.WithCancel(ctx)
	defer c.running.Wait()
	defer end()
	report := c.play(ctx)
	if ctx.Err() != nil {
		return fault.New(fault.Canceled, "stopped before the last step")
	}
	shown := c.shows(report)
	if !cfg.Once && c.lost != nil {
		if shown.Pages, err = c.showPages(ctx, c.below(c.lost)[0].site); err != nil {
			return err
		}
	}
	if err := tell(shown); err != nil {
		return err
	}
	if !cfg.Once {
		c.shown = true
		return errors.Join(report.Err(), c.stay(ctx))
	}
	return report.Err()
}

// Shown is what came of a demo, and where there is something to look at. The
// last three are empty when nothing was built, and there are no pages without serving on.
type Shown struct {
	Report    Report
	Dir       string
	Street    string // directory of the hub that was replaced
	Community string // directory of one below it
	Pages     string // address of its pages
}

// Absolute has the same places as they are named in any directory.
func (s Shown) Absolute() Shown {
	for _, place := range []*string{&s.Dir, &s.Street, &s.Community} {
		if path, err := filepath.Abs(*place); err == nil && *place != "" {
			*place = path
		}
	}
	return s
}

func (c *City) shows(r Report) Shown {
	s := Shown{Report: r, Dir: c.dir}
	if c.lost != nil {
		s.Street, s.Community = c.lost.dir, c.below(c.lost)[0].dir
	}
	return s
}

// showPages opens the pages of a community and serves them until the context ends.
func (c *City) showPages(ctx context.Context, s *site) (address string, err error) {
	pages, err := s.tier.ListenPagesAt("127.0.0.1:0")
	if err != nil {
		return "", err
	}
	serve := s.tier.Paged(pages)
	c.running.Go(func() {
		if err := serve(ctx); err != nil {
			c.log.Warn("the pages ended", "error", err)
		}
	})
	return pages.Address(), nil
}

func newCity(cfg Config) (*City, error) {
	kinds, err := schema.Load()
	if err != nil {
		return nil, err
	}
	c := &City{cfg: cfg, dir: cfg.Dir, schema: kinds, maker: sample.NewMaker(seed), voice: newVoice(cfg.Talk, cfg.Terminal)}
	if c.dir == "" {
		if c.dir, err = os.MkdirTemp("", "tongbu-demo-"); err != nil {
			return nil, fault.Wrap("make a directory", err)
		}
		return c, c.openLog()
	}
	if c.dir, err = filepath.Abs(c.dir); err != nil { // it is shown to other terminals
		return nil, fault.Wrap("--dir", err)
	}
	if err := tier.Vacant(c.dir); err != nil {
		return nil, fault.Wrap("--dir", err)
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fault.Wrap("make the directory", err)
	}
	return c, c.openLog()
}

// seed of the made-up people; the same at each run.
const seed = 420200

// logFile is what all sites log to.
const logFile = "demo.log"

func (c *City) openLog() error {
	f, err := os.OpenFile(filepath.Join(c.dir, logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fault.Wrap("open the log", err)
	}
	c.logFile, c.log = f, slog.New(slog.NewTextHandler(f, nil))
	return nil
}

// play takes the steps in turn. When the first fails there is nothing that
// the others could be played on.
func (c *City) play(ctx context.Context) Report {
	story := c.cfg.Story
	if story == nil {
		story = Story()
	}
	var r Report
	for i, s := range story {
		if ctx.Err() != nil {
			return r
		}
		if i > 0 && r.Steps[0].err != nil {
			r.add(s.Name, "", 0, fault.New(fault.Unavailable, "not played: step %s failed", r.Steps[0].Name))
			continue
		}
		c.voice.heading("%d/%d %s: %s", i+1, len(story), s.Name, s.About)
		start := time.Now()
		proof, err := s.Play(ctx, c)
		if err == nil {
			err = c.alive()
		}
		o := r.add(s.Name, proof, time.Since(start), err)
		if ctx.Err() == nil {
			c.voice.verdict(o)
		}
	}
	return r
}

// tidy closes the log and removes what nobody is to look at.
func (c *City) tidy(failed error) error {
	err := fault.Wrap("close the log", c.logFile.Close())
	keep := c.cfg.Dir != "" || c.shown || failed != nil && fault.Of(failed) != fault.Canceled
	if !keep {
		return errors.Join(err, durable.RemoveTree(c.dir))
	}
	c.voice.printLine("the directories are kept: %s", c.dir)
	return err
}
