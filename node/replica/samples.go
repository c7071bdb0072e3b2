package replica

import (
	"slices"
	"sync"
	"time"
)

// samples remembers the last durations of something.
type samples struct {
	mu   sync.Mutex // guards all below
	last [512]time.Duration
	n    int
}

func (s *samples) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[s.n%len(s.last)] = d
	s.n++
}

// median is 0 when nothing was measured.
func (s *samples) median() (d time.Duration, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := slices.Clone(s.last[:min(s.n, len(s.last))])
	if len(kept) == 0 {
		return 0, 0
	}
	slices.Sort(kept)
	return kept[len(kept)/2], s.n
}
