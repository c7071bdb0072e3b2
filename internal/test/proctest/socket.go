package proctest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

// What follows asks the serving process by its socket, as the command line
// does, without a process for each question: for tests that ask thousands.

// withClient has fn talk to the serving process.
func (t *Tier) withClient(ctx context.Context, fn func(context.Context, *socket.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	c, err := socket.Dial(ctx, t.Dir)
	if err != nil {
		return err
	}
	defer c.Close()
	return fn(ctx, c)
}

func (t *Tier) sendRequest(ctx context.Context, method, path, body string, out any) error {
	return t.withClient(ctx, func(ctx context.Context, c *socket.Client) error {
		return c.Send(ctx, method, path, strings.NewReader(body), out)
	})
}

// Write is Put by the socket: all lines are acknowledged, or there is an error.
func (t *Tier) Write(ctx context.Context, kind, lines string) error {
	left := strings.Count(lines, "\n")
	err := t.withClient(ctx, func(ctx context.Context, c *socket.Client) error {
		return c.Lines(ctx, http.MethodPost, "/put/"+url.PathEscape(kind), strings.NewReader(lines), func([]byte) error {
			left--
			return nil
		})
	})
	if err != nil || left > 0 {
		return fmt.Errorf("%d not acknowledged: %w", left, err)
	}
	return nil
}

// Look is Status by the socket.
func (t *Tier) Look(ctx context.Context) (st operate.Status, err error) {
	return st, t.sendRequest(ctx, http.MethodGet, "/status", "", &st)
}

// LookOwn is how far the changes have come that people made here: without what the
// device says of itself, once at its first start and again when that has changed.
func (t *Tier) LookOwn(ctx context.Context) (operate.Own, error) {
	st, err := t.Look(ctx)
	if err != nil {
		return st.Own, err
	}
	var said []desk.Past
	err = t.sendRequest(ctx, http.MethodGet, "/history/"+system.DeviceStateKind+"/"+string(st.Device), "", &said)
	if fault.Of(err) == fault.NotFound {
		return st.Own, nil
	}
	return without(st.Own, said), err
}

func without(own operate.Own, said []desk.Past) operate.Own {
	for _, p := range said {
		own.Head, own.Sent = own.Head-1, own.Sent-1
		if p.State != desk.Saved {
			own.AtParent--
		}
		if p.State == desk.Recorded {
			own.AtCity, own.Covered, own.Recorded = own.AtCity-1, own.Covered-1, own.Recorded-1
		} else {
			own.Waiting--
		}
	}
	return own
}

// Ask is Query by the socket.
func (t *Tier) Ask(ctx context.Context, q question.Question) (a Answer, err error) {
	raw, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	return a, t.sendRequest(ctx, http.MethodPost, "/query", string(raw), &a)
}

// Counted asks all pages and returns how often each id is in them.
func (t *Tier) Counted(ctx context.Context, kind string) (map[string]int, error) {
	seen := map[string]int{}
	q := question.Question{Kind: kind, Select: []string{"id"}, PageSize: 1000}
	for {
		a, err := t.Ask(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, row := range a.Rows {
			id, _ := row["id"].(string)
			seen[id]++
		}
		if q.PageToken = a.Next; q.PageToken == "" {
			return seen, nil
		}
	}
}

// Units asks a hub for the ids of all units, by their codes.
func (t *Tier) Units(ctx context.Context) (map[string]change.UnitID, error) {
	a, err := t.Ask(ctx, question.Question{Kind: system.UnitKind, Select: []string{"id", "code"}, PageSize: 1000})
	units := make(map[string]change.UnitID, len(a.Rows))
	for _, row := range a.Rows {
		units[fmt.Sprint(row["code"])] = change.UnitID(fmt.Sprint(row["id"]))
	}
	return units, err
}

// Verified checks the directory; an error also when something is wrong.
func (t *Tier) Verified(ctx context.Context) (v operate.Verified, err error) {
	if err = t.sendRequest(ctx, http.MethodGet, "/verify", "", &v); err == nil && (!v.OK || len(v.Problems) > 0) {
		err = fmt.Errorf("verify: %q", v.Problems)
	}
	return v, err
}
