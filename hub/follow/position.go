package follow

import "sync"

// position is an arrival that others wait for.
type position struct {
	mu    sync.Mutex // guards all below
	at    uint64
	moved chan struct{} // closed when at changes
}

func newPosition() *position { return &position{moved: make(chan struct{})} }

func (p *position) set(at uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at != at {
		p.at = at
		close(p.moved)
		p.moved = make(chan struct{})
	}
}

// get returns the position and a channel that is closed when it is another one.
func (p *position) get() (at uint64, moved <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at, p.moved
}
