package query

import (
	"context"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/schema"
)

// covers reports whether ID numbers in texts are masked for the asker: for programs that
// get them masked. People see texts in the records anyway.
func (a Asker) covers() bool { return a.Program != "" && !a.Reveal }

// cover masks the ID numbers in all texts of rows: every answer comes through here, since
// people write a number into any text, and into a name.
func cover(columns []question.Column, rows []question.Row) {
	for i := range columns {
		switch columns[i].Type {
		case question.Text:
			for _, row := range rows {
				row[i] = covered(row[i])
			}
		case question.Integer:
			for _, row := range rows {
				row[i] = coveredNumber(row[i])
			}
		}
	}
}

func covered(v change.Value) change.Value {
	if !schema.ManyDigits(string(v)) { // its bytes are those of the text
		return v
	}
	text := v.Text()
	if masked := schema.MaskIDNumbers(text); masked != text {
		return change.Text(masked)
	}
	return v
}

// coveredNumber leaves out a number that somebody has typed in place of a year or a count.
func coveredNumber(v change.Value) change.Value {
	if n := v.Int(); n >= 1e14 && schema.HoldsIDNumber(strconv.FormatInt(n, 10)) {
		return change.Null
	}
	return v
}

// covering tells parts with ID numbers masked.
func covering(tell question.Tell) question.Tell {
	var columns []question.Column
	return func(ctx context.Context, part question.Part) error {
		if part.Columns != nil {
			columns = part.Columns
		}
		cover(columns, part.Rows)
		return tell(ctx, part)
	}
}
