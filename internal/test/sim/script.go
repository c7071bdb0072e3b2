package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/fault"
)

// Play runs a script, one command a line, and returns its world and what
// happened. Commands are in the table below; # begins a comment. The first
// lines may set the world up otherwise than the config does: town, seed,
// messages. It returns Invalid with the line when a script cannot be read.
func Play(script string, with Config) (*World, string, error) {
	if with.Town == nil {
		with.Town = Small()
	}
	if with.Seed == 0 {
		with.Seed = 1
	}
	p := &player{cfg: with}
	p.cfg.Trace = func(line string) { p.out.WriteString("  " + line + "\n") }
	for i, line := range strings.Split(script, "\n") {
		text, _, _ := strings.Cut(line, "#")
		if strings.HasPrefix(line, "#") {
			p.out.WriteString(line + "\n")
		}
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if err := p.runCommand(words); err != nil {
			return nil, "", fault.New(fault.Invalid, "line %d (%s): %v", i+1, strings.TrimSpace(text), err)
		}
	}
	p.world()
	return p.w, p.out.String(), nil
}

// player is a script under way.
type player struct {
	cfg Config
	w   *World
	out strings.Builder
}

func (p *player) runCommand(words []string) error {
	c, ok := commands[words[0]]
	if !ok {
		return fault.New(fault.Invalid, "no such command")
	}
	args := words[1:]
	if len(args) < c.least {
		return fault.New(fault.Invalid, "%s needs %d words more", words[0], c.least-len(args))
	}
	if c.setup != nil {
		return c.setup(p, args)
	}
	w := p.world()
	fmt.Fprintf(&p.out, "%s\n", strings.Join(words, " "))
	found := len(w.truth.violations)
	if err := c.run(p, args); err != nil {
		return err
	}
	for _, v := range w.truth.violations[found:] {
		fmt.Fprintf(&p.out, "  VIOLATED %s: %s\n", v.ID, v.What)
	}
	return nil
}

// world sets the world up, at the first command that needs it.
func (p *player) world() *World {
	if p.w == nil {
		trace := p.cfg.Trace
		p.cfg.Trace = nil // the first links are the same in every script
		p.w = NewWorld(p.cfg)
		p.w.Settle(time.Hour)
		p.w.cfg.Trace = trace
	}
	return p.w
}

func (p *player) print(format string, args ...any) { fmt.Fprintf(&p.out, "  "+format+"\n", args...) }

func (p *player) node(name string) (*Node, error) {
	if n := p.w.Node(name); n != nil {
		return n, nil
	}
	return nil, fault.New(fault.Invalid, "there is no %s", name)
}

func (p *player) lineOf(name string) (*Line, error) {
	n, err := p.node(name)
	if err != nil {
		return nil, err
	}
	if l := p.w.firstLine(n); l != nil {
		return l, nil
	}
	return nil, fault.New(fault.Invalid, "%s has no line upward", name)
}

func numberArg(args []string, i, otherwise int) (int, error) {
	if i >= len(args) {
		return otherwise, nil
	}
	return strconv.Atoi(args[i])
}

// parseSpan reads a duration; d is a day, y a year.
func parseSpan(text string) (time.Duration, error) {
	for unit, d := range map[string]time.Duration{"d": day, "y": 365 * day} {
		if head, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.Atoi(strings.TrimPrefix(head, "+"))
			return time.Duration(n) * d, err
		}
	}
	return time.ParseDuration(strings.TrimPrefix(text, "+"))
}
