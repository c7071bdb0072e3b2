package demo

import (
	"context"
	"net/http"

	"tongbu/internal/question"
	"tongbu/node/socket"
)

// call asks the process that serves a directory, through its socket, as the
// command line does.
func call(ctx context.Context, s *site, method, path string, in, answer any) error {
	client, err := socket.Dial(ctx, s.dir)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.JSON(ctx, method, path, in, answer)
}

// ask asks all pages of a question and calls page with each.
func ask(ctx context.Context, s *site, q question.Question, page func(*question.Answer)) error {
	for {
		a := new(question.Answer)
		if err := call(ctx, s, http.MethodPost, "/query", q, a); err != nil {
			return err
		}
		page(a)
		if q.PageToken = a.NextPageToken; q.PageToken == "" {
			return nil
		}
	}
}

// tally is how many records there are of each value of a field.
type tally map[string]int

func (t tally) sum() (n int) {
	for _, m := range t {
		n += m
	}
	return n
}

// countBy counts the records of a kind by a tier or a field, and says how
// complete that is.
func countBy(ctx context.Context, s *site, kind, by string) (t tally, coverage question.Coverage, err error) {
	t = tally{}
	err = ask(ctx, s, question.Question{Kind: kind, GroupBy: by, PageSize: question.MaxPageSize}, func(a *question.Answer) {
		coverage = a.Coverage
		for _, row := range a.Rows {
			t[a.Get(row, by).Text()] += int(a.Get(row, "count").Int())
		}
	})
	return t, coverage, err
}

// listIDs counts how often each id of a kind is listed.
func listIDs(ctx context.Context, s *site, kind, filter string) (seen tally, pages int, err error) {
	seen = tally{}
	q := question.Question{Kind: kind, Filter: filter, Select: []string{"id"}, PageSize: question.MaxPageSize}
	err = ask(ctx, s, q, func(a *question.Answer) {
		pages++
		for _, row := range a.Rows {
			seen[a.Get(row, "id").Text()]++
		}
	})
	return seen, pages, err
}
