package replica

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// farAhead is how far a time may be ahead of the clock here without a word: a
// wrong day is noticed, a clock that is some minutes fast is shown elsewhere.
// Times decide nothing; a wrong one misleads people.
const farAhead = 24 * time.Hour

// Ahead is a device that dates what it says ahead of the clock here.
type Ahead struct {
	Unit   string          `json:"unit"`
	Device change.DeviceID `json:"device"`
	By     float64         `json:"by_days"`
}

// maxAhead bounds the memory.
const maxAhead = 1000

// clocks are the devices whose last words were dated far ahead.
type clocks struct {
	mu    sync.Mutex // guards ahead
	ahead map[change.DeviceID]Ahead
}

// Dated notes when a device says that something happened, in Unix
// milliseconds.
func (s *Replica) Dated(d change.DeviceID, author change.UnitID, at int64) {
	by := time.UnixMilli(at).Sub(s.Now())
	s.clocks.mu.Lock()
	defer s.clocks.mu.Unlock()
	_, known := s.clocks.ahead[d]
	if by <= farAhead {
		delete(s.clocks.ahead, d)
		return
	}
	if len(s.clocks.ahead) >= maxAhead && !known {
		return
	}
	if s.clocks.ahead == nil {
		s.clocks.ahead = map[change.DeviceID]Ahead{}
	}
	s.clocks.ahead[d] = Ahead{Unit: s.code(author), Device: d, By: by.Hours() / 24}
	if !known {
		s.Log.Warn("a device dates its changes ahead of the clock here; they win nothing by it", "device", string(d), "unit", string(author))
	}
}

func (s *Replica) aheads() []Ahead {
	s.clocks.mu.Lock()
	defer s.clocks.mu.Unlock()
	var all []Ahead
	for _, a := range s.clocks.ahead {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Ahead) int { return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Device, b.Device)) })
	return all
}

// isAhead reports whether a time is far ahead of the clock here.
func (s *Replica) isAhead(at int64) bool { return time.UnixMilli(at).Sub(s.Now()) > farAhead }

// ownClockAhead reports whether the hub's clock says that this one is far
// ahead; before the first link nobody knows.
func (s *Replica) ownClockAhead() bool { return time.Duration(-s.offset.Load()) > farAhead }

// registryAt is how old the city's newest word held here is: the registry that
// links and batches are judged by is as of then, or newer while the line is up.
func (s *Replica) registryAt(tx *journal.Tx) (at time.Time, err error) {
	err = tx.Streams(func(info journal.StreamInfo) error {
		if info.Author != s.Place.RootUnit || info.Sealed.Seq == 0 {
			return nil
		}
		last, err := tx.Batches(info.Stream, info.Sealed.Seq-1, 1)
		for _, b := range last {
			if said := time.UnixMilli(b.Sealed).UTC(); said.After(at) {
				at = said
			}
		}
		return err
	})
	return at, err
}
