package rows

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"tongbu/bench/program"
	"tongbu/bench/town"
)

// tabsAtOnce ask at once, and the browser of each does so for its line bar.
const tabsAtOnce = 4

// tabs has several tabs ask for pages at once while two more people sign in, and returns
// the most memory that was seen meanwhile.
func (s *station) tabs(ctx context.Context, p *program.Process) (most float64, err error) {
	last := time.Duration(s.e.size(2, 15, 15)) * time.Second
	ctx, cancel := context.WithTimeout(ctx, 2*last)
	defer cancel()
	end := time.Now().Add(last)
	failed := make(chan error, tabsAtOnce)
	var all sync.WaitGroup
	for i := range tabsAtOnce {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			for time.Now().Before(end) {
				of := s.groups(r)
				pages := of[r.IntN(len(of))].pages
				if _, err := s.ask(ctx, pages[r.IntN(len(pages))]); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for i := 0; time.Now().Before(end) && err == nil; i++ {
		var now float64
		if now, err = p.Resident(); err == nil {
			most = max(most, now)
			err = town.Pause(ctx, 20*time.Millisecond)
		}
		if err == nil && i%100 == 50 {
			err = newBrowser(s.at).signIn(ctx)
		}
	}
	all.Wait()
	close(failed)
	for e := range failed {
		err = e
	}
	return most, err
}
