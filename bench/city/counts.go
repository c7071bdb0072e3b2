package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"tongbu/bench/town"
)

// perUnit are counts of a question by division codes; who has none is left out.
type perUnit map[string]int

func (p perUnit) sum() (n int) {
	for _, one := range p {
		n += one
	}
	return n
}

// counted are the answers to all questions, in their order.
type counted []perUnit

// atCity asks the city.
func (c *city) atCity(ctx context.Context) (counted, error) {
	control, err := c.sites[0].process.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	var all counted
	for _, q := range c.questions() {
		var answer struct {
			Rows []struct {
				Community string
				Count     int
			}
			NextPageToken string `json:"next_page_token"`
		}
		in := map[string]any{"Kind": q.kind, "Filter": q.filter, "GroupBy": "community", "PageSize": 1000}
		if err := control.JSON(ctx, "POST", "/query", in, &answer); err != nil {
			return nil, fmt.Errorf("count %s at the city: %w", q, err)
		}
		if answer.NextPageToken != "" {
			return nil, fmt.Errorf("count %s at the city: there are more units than a page has rows", q)
		}
		units := perUnit{}
		for _, row := range answer.Rows {
			units[row.Community] = row.Count
		}
		all = append(all, units)
	}
	return all, nil
}

// atNodes asks every community for its lists, and counts their lines.
func (c *city) atNodes(ctx context.Context) (counted, error) {
	communities, asked := c.level(community), c.questions()
	found := make([][]int, len(communities))
	err := each(ctx, processors, communities, func(ctx context.Context, i int, s *site) (err error) {
		found[i], err = countLists(ctx, s, asked)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make(counted, len(asked))
	for q := range asked {
		all[q] = perUnit{}
		for i, s := range communities {
			if n := found[i][q]; n > 0 {
				all[q][s.Code] = n
			}
		}
	}
	return all, nil
}

// countLists lists each kind that is asked about at a site, and counts what matches.
func countLists(ctx context.Context, s *site, asked []question) ([]int, error) {
	control, err := s.process.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	found := make([]int, len(asked))
	for _, q := range asked {
		if q.has != nil {
			continue // counted with all of its kind
		}
		err := control.Lines(ctx, "GET", "/list/"+q.kind, nil, func(line []byte) error { return count(found, asked, q.kind, line) })
		if err != nil {
			return nil, fmt.Errorf("list %s at %s: %w", q.kind, s.Code, err)
		}
	}
	return found, nil
}

// count adds a listed row to the counts of all questions about its kind.
func count(found []int, asked []question, kind string, line []byte) error {
	var row struct{ Fields map[string]any }
	for i, q := range asked {
		if q.kind != kind {
			continue
		}
		if q.has != nil && row.Fields == nil {
			if err := json.Unmarshal(line, &row); err != nil {
				return err
			}
		}
		if q.has == nil || q.has(row.Fields) {
			found[i]++
		}
	}
	return nil
}

// seldom is the pause between two looks at counts that differ, and lost how long they
// may before nobody believes that they will agree.
const (
	seldom = 5 * time.Second
	lost   = 5 * time.Minute
)

// agreed asks the city until it counts what the nodes do. It begins with what the city
// counted when it had said that all is there: then nothing is waited for, and at is
// the zero time.
func (c *city) agreed(ctx context.Context, first, nodes counted) (last counted, at time.Time, err error) {
	last = first
	_ = town.Until(ctx, lost, func() (bool, error) { // in vain: the table shows what differs
		if same(last, nodes) {
			return true, nil
		}
		c.say("the city's counts differ from those of the nodes")
		if err = town.Pause(ctx, seldom); err == nil {
			last, err = c.atCity(ctx)
			at = time.Now()
		}
		return false, err
	})
	return last, at, err
}

func same(a, b counted) bool {
	for i := range a {
		if !maps.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
