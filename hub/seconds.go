package hub

import (
	"context"
	"fmt"
	"time"
)

// secondsEvery is how often the hubs of units are counted when nothing else says that
// one has come.
const secondsEvery = time.Minute

// saySeconds says in the log, once each, that a unit has several active hubs.
func (h *Hub) saySeconds(ctx context.Context) error {
	tick := time.NewTicker(secondsEvery)
	defer tick.Stop()
	said := map[string]bool{}
	for {
		linked, read := h.Replica.Contact.News(), h.readNews()
		for _, s := range h.Operate.SecondHubs() {
			if line := fmt.Sprint(s.Unit, s.Used, s.Others); !said[line] {
				said[line] = true
				for _, other := range s.Others {
					h.Replica.Log.Warn("a unit has two hubs: those below use the one that joined last; at the city, revoke the one that is not wanted",
						"device", string(other.Device), "live", other.Live, "used", string(s.Used), "command", "tongbu revoke --dir CITYDIR "+string(other.Device))
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-linked:
		case <-read:
		case <-tick.C:
		}
	}
}

// readNews is closed when the city's word on units and devices was read again.
func (h *Hub) readNews() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.read == nil {
		h.read = make(chan struct{})
	}
	return h.read
}

func (h *Hub) wakeReaders() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.read != nil {
		close(h.read)
		h.read = nil
	}
}
