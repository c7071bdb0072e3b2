package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
)

// TestKilledInTurn kills each process in turn, with no warning, while records
// are put at three communities, and starts it again: nothing is lost, nothing
// is there twice, and every directory is clean.
func TestKilledInTurn(t *testing.T) {
	rows, records := cityOf12(), 5000
	if testing.Short() {
		rows, records = proctest.Rows([]int{1}, 3), 900
	}
	n := proctest.Found(t, program(t), rows)
	writers := writersAt(n, records)
	var acked atomic.Int64
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var all sync.WaitGroup
	for _, w := range writers {
		all.Go(func() {
			if err := w.run(ctx, &acked); err != nil {
				cancel(err)
			}
		})
	}
	killEach(ctx, t, n, records, &acked)
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		t.Fatal(err)
	}
	var people []sample.Record
	for _, w := range writers {
		people = append(people, w.people...)
		if own := w.at.MustOwn(); own.Head != uint64(len(w.people)) {
			t.Errorf("%s: got %d changes, want %d: each record once", w.at.Unit.Name, own.Head, len(w.people))
		}
		t.Logf("%s: %d records in %d puts, %d of them cut off; recorded by the city after %v",
			w.at.Unit.Name, len(w.people), w.puts, w.cut, w.at.AwaitRecorded(30*time.Second))
	}
	wantOnce(t, n.City(), people)
	for _, tier := range n.Tiers {
		tier.MustVerify()
	}
}

// killEach kills the processes one after the other, at moments spread over
// the puts, in an order that the log tells.
func killEach(ctx context.Context, t *testing.T, n *proctest.Network, records int, acked *atomic.Int64) {
	t.Helper()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	order := r.Perm(len(n.Tiers))
	t.Logf("seed %d, order %v", seed, order)
	share := records / (len(n.Tiers) + 1)
	for i, at := range order {
		tier := n.Tiers[at]
		moment := int64(share*i + r.IntN(share))
		err := proctest.Until(ctx, 2*time.Minute, func() string {
			if now := acked.Load(); now < moment {
				return fmt.Sprintf("%d of %d records acknowledged", now, moment)
			}
			return ""
		})
		if err == nil {
			_, err = tier.TrySignal(ctx, syscall.SIGKILL)
		}
		if err == nil {
			err = startAgain(ctx, tier)
		}
		if err != nil {
			t.Errorf("kill %d, %s: %v", i+1, tier.Unit.Name, err)
			return
		}
	}
}

// startAgain starts a process; a put that found nobody to serve the directory
// may hold it for a moment.
func startAgain(ctx context.Context, tier *proctest.Tier) error {
	return proctest.Until(ctx, time.Minute, func() string {
		if err := tier.TryStart(ctx); err != nil {
			return err.Error()
		}
		return ""
	})
}

// writer puts records at a community, some at a time, each until it is
// acknowledged.
type writer struct {
	at        *proctest.Tier
	people    []sample.Record
	puts, cut int
}

func writersAt(n *proctest.Network, records int) []*writer {
	communities := n.Level(5)
	var writers []*writer
	for i := range 3 {
		at := communities[i*len(communities)/3]
		share := records*(i+1)/3 - records*i/3
		writers = append(writers, &writer{at: at, people: proctest.Persons(sample.NewMaker(seed), at.Unit.Code, share)})
	}
	return writers
}

// atOnce is how many records a put has.
const atOnce = 20

func (w *writer) run(ctx context.Context, acked *atomic.Int64) error {
	for left := w.people; len(left) > 0; {
		n := min(len(left), atOnce)
		if err := w.put(ctx, left[:n]); err != nil {
			return fmt.Errorf("%s: %w", w.at.Unit.Name, err)
		}
		left = left[n:]
		acked.Add(int64(n))
	}
	return nil
}

// put puts until all are acknowledged. A put that was cut off is put again as
// a whole: what was saved before changes nothing.
func (w *writer) put(ctx context.Context, people []sample.Record) error {
	return proctest.Until(ctx, time.Minute, func() string {
		w.puts++
		written, r, err := w.at.Put(ctx, "person", proctest.Lines(people))
		if err == nil && r.Code == 0 && len(written) == len(people) {
			return ""
		}
		w.cut++
		return fmt.Sprintf("put: %d of %d acknowledged, %v %v", len(written), len(people), r, err)
	})
}

// TestKilledAtOnce: what one put acknowledged before its process died is
// there when it lives again.
func TestKilledAtOnce(t *testing.T) {
	n := proctest.Found(t, program(t), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, long())
	done := make(chan []proctest.Written)
	go func() {
		written, _, _ := community.Put(t.Context(), "person", proctest.Lines(people)) // it is to be cut off
		done <- written
	}()
	proctest.Await(t, time.Minute, "the first are saved", func() string {
		if st, err := community.Status(t.Context()); err != nil || st.Own.Head < 3 { // the first may be what the device says of itself
			return fmt.Sprint("nothing ", err)
		}
		return ""
	})
	community.Kill()
	written := <-done
	t.Logf("%d of %d acknowledged", len(written), len(people))
	list := community.MustRun("", "list", "person")
	community.Start()
	for _, w := range written {
		if !strings.Contains(list, `"id":"`+string(w.ID)+`"`) {
			t.Errorf("person %s was acknowledged and is gone", w.ID)
		}
	}
	community.MustPut("person", proctest.Lines(people))
	community.AwaitRecorded(30 * time.Second)
	wantOnce(t, n.City(), people)
	community.MustVerify()
}
