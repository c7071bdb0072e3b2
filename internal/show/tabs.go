package show

import (
	"io"
	"strings"

	"tongbu/internal/fault"
)

// Tabs lines up cells with tabs between them, as text/tabwriter does, which counts
// characters: a Chinese one takes two places. Lines without a tab end a block; each
// block has columns of its own. Nothing is written before Flush.
type Tabs struct {
	to   io.Writer
	text strings.Builder
}

var _ io.Writer = (*Tabs)(nil)

// NewTabs makes a Tabs that is written to w.
func NewTabs(w io.Writer) *Tabs { return &Tabs{to: w} }

// Write implements io.Writer; it never fails.
func (t *Tabs) Write(p []byte) (int, error) { return t.text.Write(p) }

// Flush writes all that came, and forgets it.
func (t *Tabs) Flush() error {
	var out strings.Builder
	var block [][]string
	end := func() {
		widths := columnWidths(block)
		for _, cells := range block {
			writeLine(&out, cells, widths)
		}
		block = nil
	}
	for line := range strings.Lines(t.text.String()) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) == 1 {
			end()
		}
		block = append(block, cells)
		if len(cells) == 1 {
			end()
		}
	}
	end()
	t.text.Reset()
	_, err := io.WriteString(t.to, out.String())
	return fault.Wrap("write", err)
}

// columnWidths are how wide the columns of a block are; the last cell of a line
// needs no room.
func columnWidths(block [][]string) []int {
	var widths []int
	for _, cells := range block {
		for i, cell := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if i < len(cells)-1 {
				widths[i] = max(widths[i], width(cell))
			}
		}
	}
	return widths
}
