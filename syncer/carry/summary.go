package carry

import (
	"fmt"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// Summary counts what is in a file and, once it was applied, what became of
// it: every batch is new, known, missing something, forked or refused.
type Summary struct {
	Unit     string   `json:"unit,omitempty"` // of the writer: division code; empty before it was applied
	Streams  int      `json:"streams"`
	Batches  int      `json:"batches"`
	Changes  int      `json:"changes"`
	Receipts int      `json:"receipts"`
	Known    int      `json:"known"`              // batches that were here before
	Missing  int      `json:"missing"`            // batches whose predecessors are not here
	Forked   int      `json:"forked"`             // batches of another history than the one here
	Refused  int      `json:"refused"`            // batches that are not genuine or do not belong here
	Problems []string `json:"problems"`           // why, a stream each
	Readers  int      `json:"readers,omitempty"`  // devices that can read it; known to its writer
	LeftOut  int      `json:"left_out,omitempty"` // devices that should, and cannot
	Cut      int      `json:"cut,omitempty"`      // streams of which the file has the end only: the rest was cut off at its writer, and the city has it
	Clear    bool     `json:"clear,omitempty"`    // an older program wrote it, not encrypted

	last change.Stream
}

// maxProblems bounds the list of problems.
const maxProblems = 20

func newSummary() *Summary {
	return &Summary{Problems: []string{}}
}

// count adds a message of the file.
func (s *Summary) count(m syncer.Message) error {
	switch x := m.(type) {
	case syncer.Batch:
		b, err := change.ParseBatch(x.Sealed)
		if _, ok := later(x.Sealed, err); ok {
			s.Batches++
			return nil
		}
		if err != nil {
			return err
		}
		s.Batches++
		s.Changes += int(b.Count)
		if b.Stream != s.last { // the batches of a stream follow each other
			s.last = b.Stream
			s.Streams++
		}
	case syncer.Receipt:
		s.Receipts++
	}
	return nil
}

func (s *Summary) problem(of change.Stream, format string, args ...any) {
	text := fmt.Sprintf("stream %s: %s", of, fmt.Sprintf(format, args...))
	if n := len(s.Problems); n < maxProblems && (n == 0 || s.Problems[n-1] != text) {
		s.Problems = append(s.Problems, text)
	}
}
