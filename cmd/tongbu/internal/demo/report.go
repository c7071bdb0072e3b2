package demo

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/plain"
)

// Report is what the steps have proven. Its JSON is a contract.
type Report struct {
	OK    bool      `json:"ok"`
	Steps []Outcome `json:"steps"`
}

// Outcome of a step. Detail is what was proven, or what was expected and seen.
type Outcome struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	took   time.Duration
	err    error
}

func (r *Report) add(name, proof string, took time.Duration, err error) Outcome {
	o := Outcome{Name: name, OK: err == nil, Detail: proof, took: took, err: err}
	if err != nil {
		o.Detail = strings.Join(strings.Fields(err.Error()), " ")
	}
	r.Steps = append(r.Steps, o)
	r.OK = err == nil && (r.OK || len(r.Steps) == 1)
	return o
}

// Err is the first failed step's failure, nil when all went well.
func (r *Report) Err() error {
	for _, o := range r.Steps {
		if o.err != nil {
			return fault.Wrap("step "+o.Name, o.err)
		}
	}
	return nil
}

// wide is how many places of a terminal the table takes.
const wide = 100

// WriteTable writes a line for each step, the proof beside it.
func (r *Report) WriteTable(w io.Writer) error {
	name := len("STEP")
	for _, o := range r.Steps {
		name = max(name, len(o.Name))
	}
	var b strings.Builder
	row := func(step, result, took, detail string) {
		head := fmt.Sprintf("%-*s  %-6s  %7s  ", name, step, result, took)
		for i, line := range wrap(plain.Line(detail), wide-len(head)) {
			if i > 0 {
				head = strings.Repeat(" ", len(head))
			}
			b.WriteString(strings.TrimRight(head+line, " ") + "\n")
		}
	}
	row("STEP", "RESULT", "TIME", "PROVEN")
	for _, o := range r.Steps {
		row(o.Name, word(o.OK), seconds(o.took), o.Detail)
	}
	_, err := io.WriteString(w, b.String())
	return fault.Wrap("write", err)
}

func word(ok bool) string {
	if ok {
		return "ok"
	}
	return "FAILED"
}

// wrap breaks a text at its blanks into lines of so many places. Characters of
// Chinese take two.
func wrap(text string, places int) []string {
	lines, line, used := []string{}, "", 0
	for _, word := range strings.Fields(text) {
		if used > 0 && used+1+width(word) > places {
			lines, line, used = append(lines, line), "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+width(word)
	}
	return append(lines, line)
}

func width(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}
