// Package decide is the pages of what waits for people: what the city has refused, what
// two places have changed differently, what is to be checked, what the city holds, and which
// corrections units above ask for.
package decide

import (
	"embed"
	"sync"
	"time"

	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// room keeps for a moment what a page asks for again and again.
type room struct {
	site *visit.Site

	judging sync.Mutex // held while all records are judged
	mutex   sync.Mutex
	waiting kept[operate.Waiting]
	review  kept[[]judged]
	asked   kept[int] // requests for corrections
}

// kept is something that was read, good until something is saved here, and at most for
// some time: others write too.
type kept[T any] struct {
	what T
	at   time.Time
	sent uint64 // how many changes were saved here then
}

func (k *kept[T]) isGood(sent uint64, now time.Time, within time.Duration) bool {
	age := now.Sub(k.at)
	return !k.at.IsZero() && k.sent == sent && age >= 0 && age < within
}

// How long what was read is good. A review reads all records of the unit.
const (
	keepWaiting = 5 * time.Second
	keepReview  = time.Minute
)

// Add registers the pages.
func Add(s *visit.Site) error {
	r := &room{site: s}
	s.Counts = append(s.Counts, r.count)
	s.Get("/decide", people.Read, r.show)
	s.Get("/decide/check", people.Read, r.showRules)
	s.Get("/decide/check/{kind}/{rule}", people.Read, r.showFailing)
	s.Get("/decide/conflict/{kind}/{id}", people.Read, r.showConflict)
	s.Post("/decide/conflict/{kind}/{id}", people.Write, r.settle)
	s.Waits = append(s.Waits, r.corrections)
	s.Get("/correct/{id}", people.Read, showAsked)
	s.Post("/correct/{id}", people.Lead, answer)
	s.Post("/correct/{id}/full", people.Read, showFull)
	return s.Shell.Add("decide", files, "pages")
}

// count is what the menu says: what is refused and what stands in two ways. What is
// held needs nobody, and of what is to be checked there may be hundreds.
func (r *room) count(*visit.Visit) (key string, count int) {
	w, err := r.now()
	if err != nil {
		r.site.Log.Warn("what waits for people cannot be counted", "error", err)
	}
	return "decide", len(w.Refused) + w.Conflicts
}

// now is what waits.
func (r *room) now() (operate.Waiting, error) {
	sent, now := r.sent(), r.site.Replica.Now()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.waiting.isGood(sent, now, keepWaiting) {
		return r.waiting.what, nil
	}
	w, err := r.site.Operate.Waiting()
	if err == nil {
		r.waiting = kept[operate.Waiting]{w, now, sent}
	}
	return w, err
}

// sent is how many changes were saved here, as the line bar says it.
func (r *room) sent() uint64 {
	line := r.site.Line()
	return line.Received + line.Pending
}
