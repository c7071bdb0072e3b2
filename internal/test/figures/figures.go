// Package figures reads what a hub or a node shows to Prometheus, as a test sees it:
// a list of samples. Only tests import it.
package figures

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tongbu/hub/monitor"
	"tongbu/internal/test/stack"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// Sample is one line of a scrape.
type Sample struct {
	Name   string
	Labels map[string]string
	Value  float64
}

// Scrape is all that was shown at one moment.
type Scrape []Sample

// Config is how a device of a made-up network is watched; more may change it.
func Config(d *stack.Device, more ...func(*monitor.Config)) monitor.Config {
	c := monitor.Config{Replica: d.Replica, Program: "test", MaxLag: 1000, Files: []monitor.File{{Name: "journal", Path: filepath.Join(d.Dir, replica.JournalFile)}}}
	if d.Hub != nil {
		c.Hub, c.Operate = d.Hub, d.Hub.Operate
	} else {
		c.Operate = operate.New(d.Replica, operate.Beyond{})
	}
	for _, change := range more {
		change(&c)
	}
	return c
}

// Must scrapes a device.
func Must(tb testing.TB, c monitor.Config) Scrape {
	tb.Helper()
	status, text := Get(tb, c, "/metrics")
	if status != http.StatusOK {
		tb.Fatalf("scrape: %d: %s", status, text)
	}
	return Parse(tb, text)
}

// Get asks for a path.
func Get(tb testing.TB, c monitor.Config, path string) (status int, text string) {
	tb.Helper()
	h, err := monitor.Handler(c)
	if err != nil {
		tb.Fatal(err)
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer.Code, string(raw)
}

// Parse reads the text form.
func Parse(tb testing.TB, text string) (all Scrape) {
	tb.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, value, _ := strings.Cut(line, " ")
		s := Sample{Name: name, Labels: map[string]string{}}
		if before, labels, some := strings.Cut(line, "{"); some && len(before) <= len(name) {
			labels, value, _ = strings.Cut(labels, "} ")
			s.Name = before
			for label := range strings.SplitSeq(labels, `",`) {
				key, text, _ := strings.Cut(label, `="`)
				s.Labels[key] = strings.TrimSuffix(text, `"`)
			}
		}
		var err error
		if s.Value, err = strconv.ParseFloat(value, 64); err != nil {
			tb.Fatalf("line %q: %v", line, err)
		}
		all = append(all, s)
	}
	return all
}

// Value is that of a figure with labels, given as name, value, name, value; of several
// the sum; false: there is none.
func (s Scrape) Value(name string, labels ...string) (sum float64, some bool) {
	for _, one := range s {
		if one.Name == name && one.has(labels) {
			sum, some = sum+one.Value, true
		}
	}
	return sum, some
}

func (s Sample) has(labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		if s.Labels[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}
