package show

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"

	"tongbu/internal/plain"
	"tongbu/internal/question"
)

// JSON writes an answer as question.Answer has it, row by row: what a program reads
// is no JSON until the end has come.
type JSON struct {
	to      *bufio.Writer
	columns []question.Column
	begun   bool
}

var _ Sink = (*JSON)(nil)

// NewJSON makes a JSON that is written to w.
func NewJSON(w io.Writer) *JSON { return &JSON{to: bufio.NewWriter(w)} }

// Begin implements Sink.
func (j *JSON) Begin(columns []question.Column) error {
	j.columns = columns
	_, err := j.to.WriteString("{\n  \"rows\": [")
	return err
}

// Rows implements Sink.
func (j *JSON) Rows(rows []question.Row) error {
	for i := range rows {
		if j.begun {
			_ = j.to.WriteByte(',') // what fails fails again
		}
		j.begun = true
		raw, _, err := question.AppendRows(nil, j.columns, rows[i:i+1], 1)
		if err != nil {
			return err
		}
		const before, after = len(`{"rows":[`), len(`]}`)
		_, _ = j.to.WriteString("\n    ") // likewise
		if _, err := j.to.Write(plain.JSON(raw[before : len(raw)-after])); err != nil {
			return err
		}
	}
	return nil
}

// End implements Sink.
func (j *JSON) End(end question.End) error {
	coverage, err := json.MarshalIndent(end.Coverage, "  ", "  ")
	if err != nil {
		return err
	}
	if j.begun {
		_, _ = j.to.WriteString("\n  ") // what fails fails again
	}
	_, _ = j.to.WriteString("],\n  \"coverage\": ")
	_, _ = j.to.Write(plain.JSON(coverage))
	_, _ = j.to.WriteString(",\n  \"total\": " + strconv.FormatInt(end.Rows, 10))
	if end.Kept {
		_, _ = j.to.WriteString(",\n  \"kept\": true")
	}
	_, _ = j.to.WriteString("\n}\n")
	return j.to.Flush()
}
