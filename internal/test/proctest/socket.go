package proctest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tongbu/internal/question"
	"tongbu/node/replica"
	"tongbu/node/socket"
)

// What follows asks the serving process by its socket, as the command line
// does, without a process for each question: for tests that ask thousands.

// call sends a request and gives the answer to read.
func (t *Tier) call(ctx context.Context, method, path, body string, read func(*bufio.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	c, err := socket.Dial(ctx, t.Dir)
	if err != nil {
		return err
	}
	defer c.Close()
	answer, err := c.Call(ctx, method, path, strings.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Close() //nolint:errcheck // only read
	return read(bufio.NewReader(answer))
}

func (t *Tier) object(ctx context.Context, method, path, body string, out any) error {
	return t.call(ctx, method, path, body, func(answer *bufio.Reader) error {
		return json.NewDecoder(answer).Decode(out)
	})
}

// Write is Put by the socket: all lines are acknowledged, or there is an error.
func (t *Tier) Write(ctx context.Context, kind, lines string) error {
	left := strings.Count(lines, "\n")
	err := t.call(ctx, http.MethodPost, "/put/"+url.PathEscape(kind), lines, func(answer *bufio.Reader) error {
		for ; left > 0; left-- {
			line, err := answer.ReadBytes('\n')
			var f socket.Failure
			if err == nil && bytes.HasPrefix(line, []byte(`{"kind":`)) && json.Unmarshal(line, &f) == nil {
				err = f.Err()
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%d not acknowledged: %w", left, err)
	}
	return nil
}

// Look is Status by the socket.
func (t *Tier) Look(ctx context.Context) (st replica.Status, err error) {
	return st, t.object(ctx, http.MethodGet, "/status", "", &st)
}

// Ask is Query by the socket.
func (t *Tier) Ask(ctx context.Context, q question.Question) (a Answer, err error) {
	raw, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	return a, t.object(ctx, http.MethodPost, "/query", string(raw), &a)
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

// Verified checks the directory; an error also when something is wrong.
func (t *Tier) Verified(ctx context.Context) (v replica.Verified, err error) {
	if err = t.object(ctx, http.MethodGet, "/verify", "", &v); err == nil && (!v.OK || len(v.Problems) > 0) {
		err = fmt.Errorf("verify: %q", v.Problems)
	}
	return v, err
}
