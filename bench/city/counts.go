package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"time"

	"tongbu/bench/town"
	"tongbu/internal/schema"
)

// question counts the records of a kind that match a filter.
type question struct{ kind, filter string }

func (q question) String() string {
	if q.filter == "" {
		return q.kind
	}
	return q.kind + ", " + q.filter
}

// chosen are counts of what derived rows say, not only of how many there are.
var chosen = []question{
	{"person_facts", "employed = true"}, {"person_facts", "unemployed = true"}, {"person_facts", "registered = true"}, {"person_facts", "older = true"},
	{"person_facts", "working_age = true"}, {"person_facts", "six_clear >= 3"}, {"household_facts", "zero_employment = true"},
	{"household_facts", "dual_employed = true"}, {"ledger_unemployed", "lasts = true"},
}

// questions are those that are asked at the city and at all communities.
func (c *city) questions() []question {
	all := []question{{kind: "household"}, {kind: "person"}}
	for _, kind := range happened {
		all = append(all, question{kind: kind})
	}
	for _, k := range c.kinds.Kinds() {
		if k.Sort == schema.Derived {
			all = append(all, question{kind: k.Name})
		}
	}
	return append(all, chosen...)
}

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

func countLists(ctx context.Context, s *site, asked []question) ([]int, error) {
	control, err := s.process.Dial(ctx)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	found := make([]int, len(asked))
	for q, one := range asked {
		path := "/list/" + one.kind + "?" + url.Values{"filter": {one.filter}}.Encode()
		err := control.Lines(ctx, "GET", path, nil, func([]byte) error {
			found[q]++
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list %s at %s: %w", one, s.Code, err)
		}
	}
	return found, nil
}

// agreed asks the city until it counts what the nodes do. It begins with what the city
// counted when it had said that all is there: then nothing is waited for.
func (c *city) agreed(ctx context.Context, first, nodes counted, most time.Duration) (last counted, at time.Time) {
	last = first
	_ = town.Until(ctx, most, func() (bool, error) { // in vain: the table shows what differs
		if same(last, nodes) {
			return true, nil
		}
		c.say("the city's counts differ from those of the nodes")
		if err := pause(ctx); err != nil {
			return false, err
		}
		again, err := c.atCity(ctx)
		if err == nil {
			last, at = again, time.Now()
		}
		return false, err
	})
	return last, at
}

func same(a, b counted) bool {
	for i := range a {
		if !maps.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
