package nightly

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// File is the book's name in a directory. It is no part of a backup: what was backed up
// last is another thing there.
const File = "nightly.json"

// maxFile bounds the file, in bytes.
const maxFile = 64 << 10

// Name names a job.
type Name string

// The jobs that there are.
const (
	Verify Name = "verify"
	Backup Name = "backup"
	Cut    Name = "cut"
)

// Run is how a job went once. Fields are only ever added.
type Run struct {
	Began      time.Time `json:"began"`
	DurationMS float64   `json:"duration_ms"`
	OK         bool      `json:"ok"`
	Kind       string    `json:"kind"`              // of the failure, by its stable name; "ok"
	Message    string    `json:"message,omitempty"` // what failed
	Hint       string    `json:"hint,omitempty"`    // what to do about it
	Problems   int       `json:"problems,omitempty"`
	Bytes      int64     `json:"bytes,omitempty"`   // of the backup, or of the batches that were cut off
	File       string    `json:"file,omitempty"`    // of the backup
	Changes    int       `json:"changes,omitempty"` // whose batches were cut off
	ByHand     bool      `json:"by_hand,omitempty"`
}

// ended is the run with its times and its failure.
func (r Run) ended(began, now time.Time, err error) Run {
	r.Began, r.DurationMS = began.UTC(), float64(now.Sub(began).Microseconds())/1000
	r.OK, r.Kind = err == nil, fault.Of(err).String()
	if err != nil {
		r.Message, r.Hint = strings.Join(strings.Fields(err.Error()), " "), fault.Hint(err)
	}
	return r
}

// Entry is what is known of a job.
type Entry struct {
	Last Run `json:"last,omitzero"` // zero: it was never done
	Good Run `json:"good,omitzero"` // the last that went well
}

// Results are those of all jobs.
type Results struct {
	Verify Entry `json:"verify"`
	Backup Entry `json:"backup"`
	Cut    Entry `json:"cut"`
}

// Of is the entry of a job.
func (r Results) Of(name Name) Entry {
	return *r.at(name)
}

func (r *Results) at(name Name) *Entry {
	switch name {
	case Backup:
		return &r.Backup
	case Cut:
		return &r.Cut
	}
	return &r.Verify
}

// Book keeps how jobs went. It is safe for concurrent use.
type Book struct {
	path string
	mu   sync.Mutex // guards results, and the file
	now  Results
}

// OpenBook opens the book of a directory. One that cannot be read begins again: it says
// what was, and nothing depends on it.
func OpenBook(dir string) *Book {
	b := &Book{path: filepath.Join(dir, File)}
	b.now, _ = Read(dir)
	return b
}

// Read reads the book of a directory that another may serve. A directory that has none
// gives zero Results. It returns Damaged for one that cannot be read.
func Read(dir string) (Results, error) {
	raw, err := durable.ReadFile(filepath.Join(dir, File), maxFile)
	if fault.Of(err) == fault.NotFound {
		return Results{}, nil
	}
	var all Results
	if err == nil && json.Unmarshal(raw, &all) != nil {
		err = fault.New(fault.Damaged, "%s cannot be read", File)
	}
	if err != nil {
		return Results{}, err
	}
	return all, nil
}

// Results returns what is known.
func (b *Book) Results() Results {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// Keep adds how a job went. When it returns nil that is on the disk; it is known here
// in any case.
func (b *Book) Keep(name Name, r Run) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.now.at(name)
	if at.Last = r; r.OK {
		at.Good = r
	}
	raw, err := json.MarshalIndent(b.now, "", "  ")
	if err != nil {
		return fault.As(fault.Internal, "keep how a job went", err)
	}
	return fault.Wrap("keep how a job went", durable.WriteFile(b.path, append(raw, '\n')))
}

// ByHand is how a job went that somebody did by hand.
func ByHand(r Run, began, now time.Time, err error) Run {
	r.ByHand = true
	return r.ended(began, now, err)
}
