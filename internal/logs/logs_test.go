package logs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tongbu/internal/logs"
)

func TestForms(t *testing.T) {
	var out bytes.Buffer
	logs.New(&out, logs.Options{}).With("unit", "甲").Info("linked", "n", 1)
	if line := out.String(); !strings.HasPrefix(line, "time=") || !strings.HasSuffix(line, "level=INFO msg=linked unit=甲 n=1\n") {
		t.Errorf("text: got %q", line)
	}
	out.Reset()
	logs.New(&out, logs.Options{Form: logs.JSON}).WithGroup("g").Warn("linked", "n", 1)
	var line struct {
		Level, Msg string
		G          struct{ N int }
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Level != "WARN" || line.Msg != "linked" || line.G.N != 1 {
		t.Errorf("JSON: got %s, %v", out.Bytes(), err)
	}
}

func TestLevels(t *testing.T) {
	for level, want := range map[string]int{"": 3, "nonsense": 3, "debug": 4, "info": 3, "warn": 2, "error": 1} {
		var out bytes.Buffer
		all(logs.New(&out, logs.Options{Level: level}))
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%q: got %d lines, want %d", level, got, want)
		}
	}
}

func all(log *slog.Logger) {
	log.Debug("d")
	log.Info("i")
	log.Warn("w")
	log.Error("e")
}

// TestPriorities: each line has its own, those of loggers made from one too.
func TestPriorities(t *testing.T) {
	var out bytes.Buffer
	log := logs.New(&out, logs.Options{Level: "debug", Journal: true})
	all(log)
	all(log.With("a", 1).WithGroup("g"))
	var got []string
	for line := range strings.Lines(out.String()) {
		before, rest, _ := strings.Cut(line, ">")
		if !strings.HasPrefix(rest, "time=") {
			t.Errorf("got %q, want a line of the log after the priority", line)
		}
		got = append(got, before)
	}
	if strings.Join(got, " ") != "<7 <6 <4 <3 <7 <6 <4 <3" {
		t.Errorf("got %q", got)
	}
}

// TestInJournal: no file is the journal for who was not told so.
func TestInJournal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // empty
	for _, environ := range [][]string{nil, {"JOURNAL_STREAM="}, {"JOURNAL_STREAM=1:2"}, {"OTHER=1"}} {
		if logs.InJournal(f, environ) {
			t.Errorf("%q: a file is taken for the journal", environ)
		}
	}
}

// TestFile: what was written is there, in order, and no more than is to be kept.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tongbu.log")
	const limit, each = 100, 10
	for part := range 2 { // a file is written on after a restart
		f, err := logs.OpenSmall(path, limit)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 45 {
			if _, err := fmt.Fprintf(f, "%09d\n", part*45+n); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	names, err := filepath.Glob(path + "*")
	if err != nil || len(names) != 1+logs.Kept {
		t.Fatalf("got %v, %v", names, err)
	}
	var text string
	for n := logs.Kept; n >= 0; n-- {
		name := fmt.Sprintf("%s.%d", path, n)
		if n == 0 {
			name = path
		}
		raw, err := os.ReadFile(name)
		if err != nil || len(raw) > limit {
			t.Errorf("%s: %d bytes, %v", name, len(raw), err)
		}
		text += string(raw)
	}
	last := strings.Fields(text)
	for i, line := range last {
		if want := fmt.Sprintf("%09d", 90-len(last)+i); line != want {
			t.Fatalf("line %d: got %s, want %s", i, line, want)
		}
	}
	if len(text) < logs.Kept*limit-each {
		t.Errorf("only %d bytes are kept", len(text))
	}
}

// TestFileTogether: lines of many are whole.
func TestFileTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tongbu.log")
	f, err := logs.OpenSmall(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	log := logs.New(f, logs.Options{Form: logs.JSON})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				log.Info("line", "text", strings.Repeat("x", 50))
			}
		})
	}
	all.Wait()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range bytes.Lines(raw) {
		if !json.Valid(line) {
			t.Fatalf("got %q", line)
		}
		count++
	}
	if count != 400 {
		t.Errorf("got %d lines, want 400", count)
	}
}

func TestOpenFileRefuses(t *testing.T) {
	if _, err := logs.OpenFile(filepath.Join(t.TempDir(), "none", "tongbu.log")); err == nil {
		t.Error("a log in no directory is opened")
	}
}
