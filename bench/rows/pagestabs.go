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

// taken is memory, in bytes: the whole, and of what it is made.
type taken struct{ whole, anonymous, files float64 }

// look raises each to what is taken now.
func (t *taken) look(p *program.Process) error {
	for _, one := range []struct {
		most *float64
		read func() (float64, error)
	}{{&t.whole, p.Resident}, {&t.anonymous, p.Anonymous}, {&t.files, p.Files}} {
		now, err := one.read()
		if err != nil {
			return err
		}
		*one.most = max(*one.most, now)
	}
	return nil
}

// tabs has several tabs ask for pages at once while two more people sign in, and returns
// the most memory that was seen meanwhile.
func (s *station) tabs(ctx context.Context, p *program.Process) (most taken, err error) {
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
		if err = most.look(p); err == nil {
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
