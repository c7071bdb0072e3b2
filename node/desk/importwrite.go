package desk

import (
	"context"
	"errors"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// admitted is a row that may be written.
type admitted struct {
	at    int // among the rows
	to    *saver
	entry entry
}

// writeAll writes the rows that are right, those of one kind after another together.
func (in *intake) writeAll(ctx context.Context, ready []admitted, told []Imported) error {
	for len(ready) > 0 {
		n := 1
		for n < len(ready) && ready[n].to == ready[0].to {
			n++
		}
		if err := in.writeRows(ctx, ready[:n], told); err != nil {
			return err
		}
		ready = ready[n:]
	}
	return nil
}

// writeRows writes rows of one kind. A row that has become wrong since it was checked,
// because somebody else has written, is found by writing each alone.
func (in *intake) writeRows(ctx context.Context, rows []admitted, told []Imported) error {
	entries := make([]entry, len(rows))
	for i, row := range rows {
		entries[i] = row.entry
	}
	written, err := rows[0].to.write(ctx, entries)
	switch {
	case err == nil:
		for i, w := range written {
			one := &told[rows[i].at]
			one.ID, one.Result, one.Warnings = w.ID, w.Result, w.Warnings
		}
		return nil
	case !refuses(err):
		return err
	case len(rows) == 1:
		told[rows[0].at] = rejectedRow(told[rows[0].at].Line, nil, err)
		return nil
	}
	for i := range rows {
		if err := in.writeRows(ctx, rows[i:i+1], told); err != nil {
			return err
		}
	}
	return nil
}

// refuses reports whether an error is of what a row says, and not of the directory.
func refuses(err error) bool {
	switch fault.Of(err) {
	case fault.Invalid, fault.NotFound, fault.Denied:
		return true
	}
	return false
}

// twin is the refusal of a row whose record another one has.
type twin struct {
	error
	line int
}

func (t twin) Unwrap() error { return t.error }

var errTwin = fault.New(fault.Invalid, "another row is of the same record").WithHint("leave one of them")

func rejectedRow(line int, problems []schema.Problem, err error) Imported {
	one := Imported{Line: line, Result: Rejected, Refused: problems}
	var same twin
	if errors.As(err, &same) {
		one.SameAs = same.line
	}
	if len(problems) == 0 && !errors.Is(err, errUnread) {
		one.Why, one.Hint = err.Error(), fault.Hint(err)
	}
	return one
}
