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
// at all, and beside all rows in CSV how complete they are.
func (a *app) queryIntoFile(ctx context.Context, o queryOptions) error {
	files := []string{o.out}
	if o.all && o.format == "csv" {
		files = append(files, o.out+coverageEnding)
	}
	return a.replacing(files, func(to []io.Writer) (err error) {
		var end question.End
		out := bufio.NewWriter(to[0])
		if o.all {
			end, err = a.queryAll(ctx, o, a.sink(o, out))
		} else {
			err = a.queryPage(ctx, o, out)
		}
		if err == nil {
			err = fault.Wrap("write", out.Flush())
		}
		if err != nil || len(to) == 1 {
			return err
		}
		return writeCoverage(to[1], end)
	})
}

// coverageEnding ends the name of the file that says how complete another is.
const coverageEnding = ".coverage.json"

// writeCoverage says how complete a file is that has no room for it.
func writeCoverage(to io.Writer, end question.End) error {
	raw, err := json.MarshalIndent(struct {
		Rows     int64             `json:"rows"`
		Coverage question.Coverage `json:"coverage"`
	}{end.Rows, end.Coverage}, "", "  ")
	if err != nil {
		return fault.As(fault.Internal, "write the coverage", err)
	}
	_, err = to.Write(append(raw, '\n'))
	return fault.Wrap("write the coverage", err)
}
