package doctor

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/words"
)

// Text is a sentence of the report, made when it is known in which language.
type Text struct {
	format string
	args   []any // a Text among them is said in the language too
	line   bool  // format is a line that was made in English elsewhere
}

// say makes a text of a template and its arguments.
func say(format string, args ...any) Text { return Text{format: format, args: args} }

// line is a text that was made in English elsewhere.
func line(text string) Text { return Text{format: text, line: true} }

// In is the text in a language.
func (t Text) In(l words.Language) string {
	if t.line {
		return l.Line(t.format)
	}
	if t.format == "" {
		return ""
	}
	args := make([]any, len(t.args))
	for i, a := range t.args {
		if part, is := a.(Text); is {
			a = part.In(l)
		}
		args[i] = a
	}
	return l.Say(t.format, args...)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// MarshalJSON implements json.Marshaler: JSON is English always.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Check string `json:"check"`
		State State  `json:"state"`
		Kind  string `json:"kind"`
		What  string `json:"what"`
		Do    string `json:"do,omitempty"`
	}{f.Check, f.State, f.Kind.String(), f.What.In(words.English), f.Do.In(words.English)})
}

// MarshalJSON implements json.Marshaler.
func (r *Report) MarshalJSON() ([]byte, error) {
	err := r.Err()
	return json.Marshal(struct {
		Dir    string    `json:"dir"`
		OK     bool      `json:"ok"`
		Kind   string    `json:"kind"`
		Served bool      `json:"served"`
		AsOf   time.Time `json:"as_of,omitzero"`
		Checks []Finding `json:"checks"`
	}{r.Dir, err == nil, fault.Of(err).String(), r.Served, r.AsOf, r.Findings})
}

// span is a time for people.
func span(d time.Duration) Text {
	d = d.Abs()
	switch {
	case d >= 48*time.Hour:
		return say("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return say("%d hours", int(d.Hours()))
	case d >= 2*time.Minute:
		return say("%d minutes", int(d.Minutes()))
	}
	return say("%d seconds", int(d.Seconds()))
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f kB", float64(n)/1e3)
}
