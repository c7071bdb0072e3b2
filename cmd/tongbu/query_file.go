package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"

	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// queryIntoFile writes the answer into a file, which is there with all of it or not
// at all.
func (a *app) queryIntoFile(ctx context.Context, o queryOptions) error {
	var end question.End
	err := save(o.out, true, func(w io.Writer) (err error) {
		out := bufio.NewWriter(w)
		if o.all {
			end, err = a.queryAll(ctx, o, a.sink(o, out))
		} else {
			err = a.queryPage(ctx, o, out)
		}
		if err != nil {
			return err
		}
		return fault.Wrap("write", out.Flush())
	})
	if err != nil || !o.all || o.format != "csv" {
		return err
	}
	return writeCoverage(o.out+".coverage.json", end)
}

// writeCoverage says how complete a file is that has no room for it.
func writeCoverage(path string, end question.End) error {
	raw, err := json.MarshalIndent(struct {
		Rows     int64             `json:"rows"`
		Coverage question.Coverage `json:"coverage"`
	}{end.Rows, end.Coverage}, "", "  ")
	if err != nil {
		return fault.As(fault.Internal, "write the coverage", err)
	}
	return save(path, true, func(w io.Writer) error {
		_, err := w.Write(append(raw, '\n'))
		return err
	})
}
