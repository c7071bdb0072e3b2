package replica

import (
	"slices"
	"sync"
	"time"
)

// Samples remembers the last durations of something.
type Samples struct {
	mu   sync.Mutex // guards all below
	last [512]time.Duration
	n    int
}

// Add remembers one.
func (s *Samples) Add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[s.n%len(s.last)] = d
	s.n++
}

// Median is that of the last ones, with how many were ever added; 0 when
// nothing was.
func (s *Samples) Median() (d time.Duration, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := slices.Clone(s.last[:min(s.n, len(s.last))])
	if len(kept) == 0 {
		return 0, 0
	}
	slices.Sort(kept)
	return kept[len(kept)/2], s.n
}
