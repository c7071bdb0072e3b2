package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/intake"
	"tongbu/node/sheet"
	"tongbu/node/socket"
)

// shownReasons is how many rejected rows are told on the terminal.
const shownReasons = 20

// passing is a file on its way into a directory.
type passing struct {
	app     *app
	client  *socket.Client
	kinds   *schema.Schema
	options importOptions
	file    *sheet.File
	tables  []*sheet.Table
	name    string // of the run

	sum      importSummary
	reasons  sheet.Reasons
	findings map[string]*finding
	repeats  repeats
	withheld bool
	unnamed  bool // rows are in that another file would bring once more
	bar      *bar
	rows     int          // answered
	unsent   atomic.Int64 // rows that are rejected without asking
}

// finding is a rule that rows which went in do not keep.
type finding struct {
	rows   int
	last   int // line of the newest of them
	first  []string
	fields []string
	text   string
}

// pass sends the rows and takes the answers at the same time.
func (p *passing) pass(ctx context.Context, dry bool) error {
	p.sum, p.reasons, p.rows, p.unnamed = importSummary{}, sheet.Reasons{}, 0, false
	p.unsent.Store(0)
	p.findings, p.repeats = map[string]*finding{}, repeats{}
	p.bar = p.app.newBar(!p.options.json)
	defer p.bar.clear()
	q := url.Values{"run": {p.name}}
	if p.options.named {
		q.Set("named", "1")
	}
	if dry {
		q.Set("dry", "1")
	}
	out, in := io.Pipe()
	s := &sender{passing: p, wrong: map[int]*sheet.Row{}}
	sent := make(chan error, 1)
	go func() {
		err := s.send(in)
		_ = in.CloseWithError(err) // a pipe's does not fail
		sent <- err
	}()
	err := p.client.Lines(ctx, http.MethodPost, "/import?"+q.Encode(), out, p.take)
	_ = out.CloseWithError(errAnswered) // the sender may still be writing
	if unsent := <-sent; unsent != nil && !errors.Is(unsent, errAnswered) && !errors.Is(unsent, io.ErrClosedPipe) {
		return unsent
	}
	if err != nil {
		return err
	}
	p.sum.Read = s.read
	for line, row := range s.wrong {
		p.reject(line, p.words().Cells(row.Problems))
	}
	p.tellHidden(s.hidden)
	return nil
}

var errAnswered = errors.New("the answer is over")

// sender reads the file and sends its rows.
type sender struct {
	*passing
	read   int
	hidden int
	wrong  map[int]*sheet.Row // rows that say something wrong by themselves
}

func (s *sender) send(to io.Writer) error {
	out := bufio.NewWriterSize(to, 64<<10)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	for _, t := range s.tables {
		err := t.Rows(func(row *sheet.Row) error {
			s.read++
			if row.Hidden {
				s.hidden++
			}
			one, ask := intake.RowOf(t, row)
			if len(row.Problems) > 0 {
				s.wrong[row.Line] = &sheet.Row{Line: row.Line, Problems: row.Problems}
			}
			if !ask {
				s.unsent.Add(1)
				return nil
			}
			return e.Encode(one)
		})
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

// take reads what became of a row.
func (p *passing) take(line []byte) error {
	var one desk.Imported
	if err := json.Unmarshal(line, &one); err != nil {
		return fault.As(fault.Internal, "read the answer", err)
	}
	switch one.Result {
	case desk.Made:
		p.sum.New++
	case desk.Changed:
		p.sum.Changed++
	case desk.Unchanged:
		p.sum.Unchanged++
	default:
		p.reject(one.Line, p.words().Refused(one))
	}
	p.unnamed = p.unnamed || one.ByLine
	for _, w := range one.Warnings {
		p.warn(one.Line, w)
	}
	p.progress()
	return nil
}

// reject counts a rejected row, once for all its reasons.
func (p *passing) reject(line int, why string) {
	before, again := p.reasons[line]
	switch {
	case !again:
		p.sum.Rejected++
		p.reasons[line] = why
	case before == "" || before == why:
		p.reasons[line] = why
	default:
		p.reasons[line] = why + intake.Semicolon(p.app.lang) + before
	}
}

// tellRejected tells the first rejected rows.
func (p *passing) tellRejected() {
	lines := slices.Sorted(maps.Keys(p.reasons))
	for _, line := range lines[:min(len(lines), shownReasons)] {
		p.app.tell("row %s: %s", p.file.Title(line), p.reasons[line])
	}
	if more := len(lines) - shownReasons; more > 0 {
		p.app.tell("and %d rows more", more)
	}
}

// words say why rows are rejected.
func (p *passing) words() intake.Words {
	return intake.Words{Lang: p.app.lang, Tables: p.tables, Title: p.file.Title}
}

// warn counts what was found in a row that is in: "field: rule: sentence".
func (p *passing) warn(line int, text string) {
	if text == putBefore {
		p.repeats.lines++
		return
	}
	p.sum.Warnings++
	field, rest, _ := strings.Cut(text, ": ")
	rule, said, _ := strings.Cut(rest, ": ")
	rule, _, _ = strings.Cut(rule, " (")
	f := p.findings[rule]
	if f == nil {
		f = &finding{text: said}
		p.findings[rule] = f
	}
	if label := p.words().Label(field); !slices.Contains(f.fields, label) {
		f.fields = append(f.fields, label)
	}
	if f.last == line {
		return
	}
	f.last = line
	if f.rows++; len(f.first) < 3 {
		f.first = append(f.first, p.file.Title(line))
	}
}

// tellFindings lists the rules that rows do not keep, with the first rows of each.
func (p *passing) tellFindings() {
	p.repeats.tell(p.app)
	for _, rule := range slices.Sorted(maps.Keys(p.findings)) {
		f := p.findings[rule]
		text := f.text
		if zh, en, both := strings.Cut(text, " / "); both {
			text = schema.Label{Zh: zh, En: en}.In(string(p.app.lang))
		} else if rule == "conflict" {
			text = p.app.lang.Say("another has changed it since, and both values stand; tongbu conflicts lists them")
		}
		p.app.tell("warning for %d rows, as row %s: %s: %s (%s)", f.rows, strings.Join(f.first, ", "), strings.Join(f.fields, ", "), text, rule)
	}
}

func (p *passing) tellHidden(rows int) {
	if rows > 0 {
		p.app.tell("%d rows are hidden in the file, and were read", rows)
	}
}

func (p *passing) progress() {
	p.rows++
	all, unsent := 0, int(p.unsent.Load())
	for _, t := range p.tables {
		all += t.Lines
	}
	p.bar.show(p.rows+unsent, all, p.sum.Rejected+unsent)
}
