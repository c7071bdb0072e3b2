package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/show"
	"tongbu/internal/today"
	"tongbu/internal/tree"
)

// place is what a directory says of itself: a node has its own records alone, a hub those
// of all units below.
type place struct {
	Tier  string
	Today struct{ Day, Zone string }
}

func (p *place) isNode() bool { return p.Tier == tree.Community.String() }

// zone is that of the network: by it the days are.
func (p *place) zone() (*time.Location, error) { return today.Zone(p.Today.Zone) }

// zonedTime is shortTime in a zone.
func zonedTime(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04:05 -07:00")
}

// zoneOf asks a directory for the zone of its network.
func (a *app) zoneOf(ctx context.Context, dir string) (*time.Location, error) {
	p, err := a.placeOf(ctx, dir, "")
	if err != nil {
		return nil, err
	}
	return p.zone()
}

// scopeFlag is the unit that a question is about.
func scopeFlag(cmd *cobra.Command, scope *string) {
	cmd.Flags().StringVar(scope, "scope", "", "division code of the unit to ask about; empty: this one")
}

// hubScopeFlag is scopeFlag of a command that placeOf refuses a scope at a node for.
func hubScopeFlag(cmd *cobra.Command, scope *string) {
	cmd.Flags().StringVar(scope, "scope", "", "at a hub: division code of the unit to ask about; empty: this one")
}

// placeOf asks a directory what it is. It returns Invalid for a scope at a node.
func (a *app) placeOf(ctx context.Context, dir, scope string) (p place, err error) {
	if err := a.ask(ctx, dir, http.MethodGet, "/status", nil, &p); err != nil {
		return p, err
	}
	if p.isNode() && scope != "" {
		return p, fault.New(fault.Invalid, "a node has its own records alone").WithHint("leave --scope out, or ask at a hub")
	}
	return p, nil
}

// eachLine asks a directory for records as JSON Lines and calls fn for each, which may keep it.
func eachLine[T any](ctx context.Context, a *app, dir, path string, fn func(*T)) error {
	c, err := a.client(ctx, dir)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Lines(ctx, http.MethodGet, path, nil, func(line []byte) error {
		one := new(T)
		if err := json.Unmarshal(line, one); err != nil {
			return fault.As(fault.Internal, "read a record", err)
		}
		fn(one)
		return nil
	})
}

// tellEnd says how complete a hub's answer is; nil: a node's own.
func (a *app) tellEnd(end *question.End) {
	if end != nil {
		a.tell("%s", show.Coverage(a.lang, end.Coverage))
	}
}

// kept is the failure with which a command ends whose answer is one of before.
func kept(end *question.End) error {
	if end != nil && end.Kept {
		return lastAnswer(end.Coverage)
	}
	return nil
}

// eachRow asks for all rows of an answer and calls fn for each, which reads it by the
// columns of the answer. When the answer breaks off, what fn was called with is not all.
func (a *app) eachRow(ctx context.Context, dir string, q question.Question, fn func(*question.Answer, question.Row) error) (end question.End, err error) {
	from, err := a.questions(ctx, dir, serverOptions{})
	if err != nil {
		return end, err
	}
	defer from.Close()
	var answer question.Answer
	err = from.Parts(ctx, q, func(part question.Part) error {
		if part.Columns != nil {
			answer.Columns = part.Columns
		}
		if part.End != nil {
			end = *part.End
		}
		for _, row := range part.Rows {
			if err := fn(&answer, row); err != nil {
				return err
			}
		}
		return nil
	})
	return end, err
}

// printRows asks for all rows of an answer, reads each by its columns and prints them, as
// JSON or by a function; then how complete the answer is.
func printRows[T any](ctx context.Context, a *app, dir string, q question.Question, asJSON bool, read func(*question.Answer, question.Row) T, print func([]T) error) error {
	all := []T{}
	end, err := a.eachRow(ctx, dir, q, func(answer *question.Answer, row question.Row) error {
		all = append(all, read(answer, row))
		return nil
	})
	if err != nil {
		return err
	}
	if asJSON {
		err = a.printJSON(struct {
			On       string            `json:"on"`
			Rows     []T               `json:"rows"`
			Coverage question.Coverage `json:"coverage"`
		}{end.Coverage.Today, all, end.Coverage})
	} else {
		err = print(all)
		a.tellEnd(&end)
	}
	if err != nil {
		return err
	}
	return kept(&end)
}
