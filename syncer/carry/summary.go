package carry

import (
	"fmt"
	"io"

	"tongbu/internal/change"
	"tongbu/internal/fault"
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
	Known    int      `json:"known"`    // batches that were here before
	Missing  int      `json:"missing"`  // batches whose predecessors are not here
	Forked   int      `json:"forked"`   // batches of another history than the one here
	Refused  int      `json:"refused"`  // batches that are not genuine or do not belong here
	Problems []string `json:"problems"` // why, a stream each

	seen map[change.Stream]bool
}

// maxProblems bounds the list of problems.
const maxProblems = 20

func newSummary() *Summary {
	return &Summary{Problems: []string{}, seen: map[change.Stream]bool{}}
}

// count adds a message of the file.
func (s *Summary) count(m syncer.Message) error {
	switch x := m.(type) {
	case syncer.Batch:
		b, err := change.ParseBatch(x.Sealed)
		if err != nil {
			return err
		}
		s.Batches++
		s.Changes += int(b.Count)
		if !s.seen[b.Stream] {
			if len(s.seen) >= syncer.MaxMarks {
				return fault.New(fault.Exhausted, "the file has batches of more than %d streams", syncer.MaxMarks)
			}
			s.seen[b.Stream] = true
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

// Check reads a whole file and counts what is in it. It does not check who wrote
// it. It returns Damaged for a file that is truncated, altered or no carried file.
func Check(r io.Reader) (Header, *Summary, error) {
	s := newSummary()
	h, _, err := read(r, s.count)
	return h, s, err
}
