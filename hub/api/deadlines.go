package api

import (
	"net/http"
	"sync"
	"time"
)

// deadlines sets until when what is written of a call over gRPC must be gone. A call may
// go on for a moment when its line is closed and the server has given it up: from then on
// there is nothing to set one of.
type deadlines struct {
	mu      sync.Mutex // guards what follows
	control *http.ResponseController
	over    bool
}

func (d *deadlines) set(until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.over {
		_ = d.control.SetWriteDeadline(until) // every line here has one
	}
}

func (d *deadlines) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
}
