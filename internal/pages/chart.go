package pages

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Charts are made here as SVG: they need no script, print as they are shown, and have
// their words as text. Each says in one sentence what is seen on it, for who does not see
// it. Their colours are in app.css.

// Point is one value of a series, as of a month.
type Point struct {
	Label string // below the axis
	Year  string // below the label where a year begins; "": none
	Value float64
	None  bool // there is no value: the line has a gap
	Open  bool // the month is not over: the point is hollow
}

// LineChart is a chart of values over time, with a target.
type LineChart struct {
	Say        string // what is seen, in one sentence
	Points     []Point
	Other      []Point // a second line to compare with, dotted; nil: none
	OtherWord  string  // what it is
	Target     float64
	HasTarget  bool
	TargetWord string // as in 目标 70%
	OpenWord   string // below an open point, as in 未满
	Unit       string // behind each value, as %
}

// The measures of a line chart, in units of its view box.
const (
	lineWide, lineHigh    = 870, 232
	lineLeft, lineRight   = 46, 722
	lineTop, lineBottom   = 24, 190
	labelBelow, noteBelow = 210, 226
	beside                = 8
)

// SVG is the chart.
func (c LineChart) SVG() template.HTML {
	low, high, step := scale(c.values())
	d := &drawing{}
	d.begin("chart", lineWide, lineHigh, c.Say)
	y := func(v float64) float64 { return lineBottom - (v-low)/(high-low)*(lineBottom-lineTop) }
	for i := range int(math.Round((high-low)/step)) + 1 {
		v := low + float64(i)*step
		d.add(`<line class="gr" x1="%d" x2="%d" y1="%s" y2="%s"/>`, lineLeft, lineRight, figure(y(v)), figure(y(v)))
		d.text("", lineLeft-6, y(v)+4, "end", figure(v)+c.Unit)
	}
	if c.HasTarget {
		d.add(`<line class="tg" x1="%d" x2="%d" y1="%s" y2="%s"/>`, lineLeft, lineRight, figure(y(c.Target)), figure(y(c.Target)))
		d.text("tgt", lineRight+beside, y(c.Target)+4, "", c.TargetWord)
	}
	d.series("l2", c.Other, y)
	d.series("l1", c.Points, y)
	c.marks(d, y)
	return d.end()
}

func (c LineChart) values() (all []float64) {
	for _, p := range append(append([]Point(nil), c.Points...), c.Other...) {
		if !p.None {
			all = append(all, p.Value)
		}
	}
	if c.HasTarget {
		all = append(all, c.Target)
	}
	return all
}

// marks draws the points with their labels, and the last values beside their lines.
func (c LineChart) marks(d *drawing, y func(float64) float64) {
	for i, p := range c.Points {
		x := across(i, len(c.Points))
		switch {
		case p.None:
		case p.Open:
			d.add(`<circle class="un" cx="%s" cy="%s" r="4"/>`, figure(x), figure(y(p.Value)))
			d.text("", x, noteBelow, "middle", c.OpenWord)
		default:
			d.add(`<circle class="pt" cx="%s" cy="%s" r="2.6"/>`, figure(x), figure(y(p.Value)))
		}
		d.text("", x, labelBelow, "middle", p.Label)
		if p.Year != "" && !p.Open {
			d.text("", x, noteBelow, "middle", p.Year)
		}
	}
	var taken []float64
	if c.HasTarget {
		taken = append(taken, y(c.Target)+4)
	}
	if n := len(c.Points); n > 0 && !c.Points[n-1].None {
		at := apart(y(c.Points[n-1].Value)+4, taken)
		taken = append(taken, at)
		d.text("val", lineRight+beside, at, "", figure(c.Points[n-1].Value)+c.Unit)
	}
	if n := len(c.Other); n > 0 && !c.Other[n-1].None {
		d.text("", lineRight+beside, apart(y(c.Other[n-1].Value)+4, taken), "", c.OtherWord+" "+figure(c.Other[n-1].Value)+c.Unit)
	}
}

// apart moves a text down until it stands on none of the others.
func apart(at float64, taken []float64) float64 {
	const high = 14
	for moved := true; moved; {
		moved = false
		for _, t := range taken {
			if math.Abs(at-t) < high {
				at, moved = t+high, true
			}
		}
	}
	return at
}

// across is where the i-th of n points stands.
func across(i, n int) float64 {
	const margin = 6
	if n < 2 {
		return (lineLeft + lineRight) / 2
	}
	return lineLeft + margin + float64(i)*(lineRight-lineLeft-2*margin-4)/float64(n-1)
}

// Bar is one of several bars.
type Bar struct {
	Label string
	Value float64
	None  bool   // no value: the bar is left out, and its word says so
	Word  string // the value as it is said
	Open  bool   // the time is not over: the bar is hollow
}

// BarChart are upright bars beside each other.
type BarChart struct {
	Say        string
	Bars       []Bar
	Target     float64
	HasTarget  bool
	TargetWord string
}

// SVG is the chart.
func (c BarChart) SVG() template.HTML {
	var all []float64
	for _, b := range c.Bars {
		if !b.None {
			all = append(all, b.Value)
		}
	}
	if c.HasTarget {
		all = append(all, c.Target)
	}
	_, high, _ := scale(append(all, 0))
	d := &drawing{}
	d.begin("chart", lineWide, lineHigh, c.Say)
	y := func(v float64) float64 { return lineBottom - max(v, 0)/high*(lineBottom-lineTop) }
	slot := float64(lineRight-lineLeft) / float64(max(len(c.Bars), 1))
	for i, b := range c.Bars {
		left, wide := lineLeft+(float64(i)+.2)*slot, .6*slot
		if !b.None {
			class := "bar"
			if b.Open {
				class = "bar un"
			}
			d.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, class, figure(left), figure(y(b.Value)), figure(wide), figure(lineBottom-y(b.Value)))
		}
		top := y(b.Value)
		if b.None {
			top = lineBottom
		}
		d.text("val", left+wide/2, top-5, "middle", b.Word)
		d.text("", left+wide/2, labelBelow, "middle", b.Label)
	}
	d.add(`<line class="ax" x1="%d" x2="%d" y1="%d" y2="%d"/>`, lineLeft, lineRight, lineBottom, lineBottom)
	if c.HasTarget {
		d.add(`<line class="tg" x1="%d" x2="%d" y1="%s" y2="%s"/>`, lineLeft, lineRight, figure(y(c.Target)), figure(y(c.Target)))
		d.text("tgt", lineRight+beside, y(c.Target)+4, "", c.TargetWord)
	}
	return d.end()
}

// Sparkline is a small line in a row of a table. Its figures stand beside it.
type Sparkline struct {
	Say    string
	Values []float64
	Open   bool // the last month is not over
}

// SVG is the line.
func (s Sparkline) SVG() template.HTML {
	const wide, high, edge = 110, 24, 3
	d := &drawing{}
	d.begin("spark", wide, high, s.Say)
	if len(s.Values) == 0 {
		return d.end()
	}
	low, top := s.Values[0], s.Values[0]
	for _, v := range s.Values {
		low, top = min(low, v), max(top, v)
	}
	if top == low {
		low, top = low-1, top+1
	}
	var path strings.Builder
	var x, y float64
	for i, v := range s.Values {
		x = edge + float64(i)*(wide-2*edge)/float64(max(len(s.Values)-1, 1))
		y = high - edge - (v-low)/(top-low)*(high-2*edge)
		fmt.Fprintf(&path, "%s%s %s", map[bool]string{true: "M", false: "L"}[i == 0], figure(x), figure(y))
	}
	d.add(`<path d="%s"/>`, path.String())
	d.add(`<circle class="%s" cx="%s" cy="%s" r="2.5"/>`, map[bool]string{true: "un", false: "dot"}[s.Open], figure(x), figure(y))
	return d.end()
}

// Share is a bar for a part of a whole, with a mark at the target; the figure stands
// beside it.
type Share struct {
	Of, Target float64 // 0 to 100; a Target of 0 is none
	Class      string  // red, amber, green or nothing
}

// SVG is the bar.
func (s Share) SVG() template.HTML {
	d := &drawing{}
	class := strings.TrimSpace("barh " + html.EscapeString(s.Class))
	d.add(`<svg class="%s" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="%s" height="8"/>`, class, figure(min(max(s.Of, 0), 100)))
	if s.Target > 0 {
		d.add(`<path class="tk" d="M%s 0v8"/>`, figure(min(s.Target, 100)))
	}
	return d.end()
}

// drawing is an SVG under way.
type drawing struct{ b strings.Builder }

// add adds what is made of numbers and classes; texts go by text.
func (d *drawing) add(format string, args ...any) { fmt.Fprintf(&d.b, format, args...) }

func (d *drawing) begin(class string, wide, high int, say string) {
	d.add(`<svg class="%s" viewBox="0 0 %d %d" role="img" aria-label="%s">`, class, wide, high, html.EscapeString(say))
}

func (d *drawing) end() template.HTML {
	d.b.WriteString("</svg>")
	return template.HTML(d.b.String()) //nolint:gosec // all texts in it are escaped
}

func (d *drawing) text(class string, x, y float64, anchor, text string) {
	if text == "" {
		return
	}
	d.b.WriteString("<text")
	if class != "" {
		d.add(` class="%s"`, class)
	}
	d.add(` x="%s" y="%s"`, figure(x), figure(y))
	if anchor != "" {
		d.add(` text-anchor="%s"`, anchor)
	}
	d.add(">%s</text>", html.EscapeString(text))
}

// series draws a line through points, with gaps where there is no value.
func (d *drawing) series(class string, points []Point, y func(float64) float64) {
	var run []string
	flush := func() {
		if len(run) > 1 {
			d.add(`<polyline class="%s" points="%s"/>`, class, strings.Join(run, " "))
		}
		run = nil
	}
	for i, p := range points {
		if p.None {
			flush()
			continue
		}
		run = append(run, figure(across(i, len(points)))+","+figure(y(p.Value)))
	}
	flush()
}

// scale is an axis with round figures that holds the values: its ends, and the step
// between its lines.
func scale(values []float64) (low, high, step float64) {
	if len(values) == 0 {
		return 0, 1, 1
	}
	low, high = values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	if high == low {
		low, high = low-1, high+1
	}
	const lines = 4
	step = roundUp((high - low) / lines)
	return math.Floor(low/step) * step, math.Ceil(high/step) * step, step
}

// roundUp is the next of 1, 2, 5 and their tens.
func roundUp(v float64) float64 {
	ten := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 5} {
		if n*ten >= v*(1-1e-9) {
			return n * ten
		}
	}
	return 10 * ten
}

// figure is a number with at most one decimal.
func figure(v float64) string {
	s := strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}
