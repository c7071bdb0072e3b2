package table

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
)

// Sizes of a picture, in pixels.
const (
	width     = 760
	labelArea = 330
	barHeight = 16
	barGap    = 4
	groupGap  = 16
	margin    = 12
)

const style = `<style>text{font:12px sans-serif;fill:#222}.t{font-weight:bold}.v{fill:#2a6f97}.a{fill:#adb5bd}.f{fill:#c1121f}.l{stroke:#222;stroke-dasharray:4 3}</style>`

// Draw writes a picture for each row into the directory: the figure, what it
// is compared with, and the bar as a dashed line.
func (r *Results) Draw(dir string) error {
	rows := map[string][]Entry{}
	for _, e := range r.Measures {
		if e.Skipped == "" {
			rows[e.Row] = append(rows[e.Row], e)
		}
	}
	for row, entries := range rows {
		name := strings.ReplaceAll(row, " ", "-") + ".svg"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(picture(row, entries)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func picture(row string, entries []Entry) string {
	p := &painter{y: margin + 14}
	p.text("t", margin, p.y, row)
	p.y += groupGap
	for _, e := range entries {
		p.group(e)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">%s<rect width="100%%" height="100%%" fill="#fff"/>%s</svg>`+"\n",
		width, p.y+margin, style, p.b.String())
}

// painter puts one bar below the other.
type painter struct {
	b strings.Builder
	y int
}

// group is one entry: each has a scale of its own, because their units differ.
func (p *painter) group(e Entry) {
	most := max(e.Value, e.AgainstValue, e.Limit)
	if most == 0 {
		return
	}
	scale := float64(width-labelArea-margin-110) / most
	top := p.y
	class := "v"
	if !e.Pass {
		class = "f"
	}
	p.bar(class, e.Name, e.Value, e.Unit, scale)
	if e.AgainstValue != 0 {
		p.bar("a", e.Against, e.AgainstValue, e.Unit, scale)
	}
	if e.Limit != 0 {
		x := labelArea + int(e.Limit*scale)
		fmt.Fprintf(&p.b, `<line class="l" x1="%d" x2="%d" y1="%d" y2="%d"/>`, x, x, top-3, p.y)
		p.text("", x+4, p.y+8, "bar "+e.Bar)
		p.y += 10
	}
	p.y += groupGap
}

func (p *painter) bar(class, label string, value float64, unit string, scale float64) {
	w := max(1, int(value*scale))
	p.text("", margin, p.y+barHeight-4, clip(label))
	fmt.Fprintf(&p.b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, labelArea, p.y, w, barHeight)
	p.text("", labelArea+w+5, p.y+barHeight-4, Number(value)+" "+unit)
	p.y += barHeight + barGap
}

func (p *painter) text(class string, x, y int, s string) {
	fmt.Fprintf(&p.b, `<text class="%s" x="%d" y="%d">%s</text>`, class, x, y, html.EscapeString(s))
}

func clip(s string) string {
	const most = 52
	if len(s) > most {
		return s[:most-3] + "..."
	}
	return s
}
