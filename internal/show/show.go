// Package show writes answers for people and for spreadsheets: the edge at
// which typed values become text.
package show

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/plain"
	"tongbu/internal/question"
)

// Sink takes an answer in parts.
type Sink interface {
	Begin(columns []question.Column) error
	Rows(rows []question.Row) error
	// End is called after the last row, with the number of all rows.
	End(end question.End) error
}

// Row writes cells for a tabwriter, each on its line whatever is in it.
func Row(w io.Writer, cells ...string) {
	for i := range cells {
		cells[i] = plain.Line(cells[i])
	}
	_, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) // a tabwriter tells at its end
}

// names are the columns' names.
func names(columns []question.Column, text func(string) string) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = text(c.Name)
	}
	return names
}

func cellText(v change.Value, text func(string) string) string {
	got, err := v.Get()
	if err != nil {
		return ""
	}
	switch x := got.(type) {
	case string:
		return text(x)
	case []string:
		items := make([]string, len(x))
		for i := range x {
			items[i] = text(x[i])
		}
		return strings.Join(items, ";")
	case int64:
		return strconv.FormatInt(x, 10)
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}
