package main

import (
	"bufio"
	"context"
	"io"

	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/question"
	"tongbu/internal/show"
	"tongbu/node/sheet"
)

// exportFrom writes all rows of a kind from a hub far away into a file, which is there
// with all of them or not at all.
func (a *app) exportFrom(ctx context.Context, o exportOptions) error {
	switch {
	case o.print || o.template || o.mapped != "" || o.on != "" || o.encoding != "utf8":
		return fault.New(fault.Invalid, "--print, --template, --map, --on and --encoding are for the directory that keeps the records").WithHint("leave them out, or give --dir")
	case sheet.Format(o.format) == sheet.XLSX:
		return fault.New(fault.Invalid, "a workbook is written where the records are kept").WithHint("write .csv, which Excel opens, or .jsonl")
	}
	q := queryOptions{server: o.server, all: true, out: o.file, format: o.format, q: question.Question{Kind: o.kind, Filter: o.filter, Purpose: o.purpose}}
	return a.replacing([]string{o.file, o.file + coverageEnding}, func(to []io.Writer) error {
		out := bufio.NewWriter(to[0])
		sink := a.sink(q, out)
		if sheet.Format(o.format) == sheet.JSONL {
			sink = &lines{to: out}
		}
		end, err := a.queryAll(ctx, q, sink)
		if err == nil {
			err = fault.Wrap("write", out.Flush())
		}
		if err != nil {
			return err
		}
		return writeCoverage(to[1], end)
	})
}

// lines writes rows as JSON Lines.
type lines struct {
	to      io.Writer
	columns []question.Column
}

var _ show.Sink = (*lines)(nil)

// Begin implements show.Sink.
func (l *lines) Begin(columns []question.Column) error {
	l.columns = columns
	return nil
}

// Rows implements show.Sink.
func (l *lines) Rows(rows []question.Row) error {
	raw, err := question.AppendLines(nil, l.columns, rows)
	if err == nil {
		_, err = l.to.Write(plain.JSON(raw))
	}
	return err
}

// End implements show.Sink.
func (*lines) End(question.End) error { return nil }
