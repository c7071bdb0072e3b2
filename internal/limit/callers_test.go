package limit_test

import (
	"context"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/limit"
)

var five = limit.Quota{Burst: 5, Every: time.Minute}

// clock is set by hand.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(1_700_000_000_000)
	return c
}

func (c *clock) Now() time.Time      { return time.UnixMilli(c.ms.Load()) }
func (c *clock) add(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func TestTake(t *testing.T) {
	at := newClock()
	c := limit.NewCallers[string](at.Now, 10)
	tries := func(n int) (granted int) {
		for range n {
			err := c.Take("a", five)
			if err == nil {
				granted++
			} else if wait := fault.RetryAfter(err); fault.Of(err) != fault.Exhausted || wait <= 0 || wait > time.Minute {
				t.Errorf("got %v, to wait %v", err, wait)
			}
		}
		return granted
	}
	if got := tries(20); got != 5 {
		t.Errorf("%d at once, want 5", got)
	}
	at.add(time.Minute)
	if got := tries(20); got != 1 {
		t.Errorf("%d a minute later, want 1", got)
	}
	if err := c.Take("b", five); err != nil {
		t.Errorf("another caller: %v", err)
	}
	at.add(-10 * 365 * 24 * time.Hour)
	if got := tries(20); got != 5 {
		t.Errorf("%d after the clock was set back, want 5", got)
	}
}

// TestAtOnce: however many ask at the same moment, no more than the burst get
// through, and no more than the burst are under way.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := limit.NewCallers[string](time.Now, 10)
		var under, most, through atomic.Int64
		var all sync.WaitGroup
		hold := make(chan struct{})
		for range 100 {
			all.Go(func() {
				leave, err := c.Enter(t.Context(), "a", five)
				if err != nil {
					return
				}
				through.Add(1)
				most.Store(max(most.Load(), under.Add(1)))
				<-hold
				under.Add(-1)
				leave(false)
			})
		}
		synctest.Wait()
		close(hold)
		all.Wait()
		if through.Load() != 5 || most.Load() != 5 {
			t.Errorf("%d got through, %d at once, want 5", through.Load(), most.Load())
		}
	})
}

// TestSpared: those that are granted take turns and use nothing up.
func TestSpared(t *testing.T) {
	c := limit.NewCallers[string](newClock().Now, 10)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			leave, err := c.Enter(t.Context(), "a", five)
			if err != nil {
				t.Error(err)
				return
			}
			leave(true)
		})
	}
	all.Wait()
	refused := 0
	for range 20 {
		if c.Take("a", five) != nil {
			refused++
		}
	}
	if refused != 15 {
		t.Errorf("then %d of 20 are refused, want 15: nothing is saved up", refused)
	}
}

func TestLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := limit.NewCallers[string](time.Now, 10)
		one := limit.Quota{Burst: 1, Every: time.Hour}
		leave, err := c.Enter(t.Context(), "a", one)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var late, full atomic.Int64
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				switch _, err := c.Enter(ctx, "a", one); fault.Of(err) {
				case fault.Exhausted:
					full.Add(1)
				case fault.Unavailable:
					late.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		cancel()
		all.Wait()
		if late.Load() == 0 || late.Load() > 200 || late.Load()+full.Load() != 1000 {
			t.Errorf("%d waited, %d were turned away", late.Load(), full.Load())
		}
		leave(true)
		if _, err := c.Enter(t.Context(), "a", one); err != nil {
			t.Errorf("the next: %v", err)
		}
	})
}

// TestManyCallers: a caller with as many addresses as it likes makes the table
// no larger, and does not drive out who is being served.
func TestManyCallers(t *testing.T) {
	c := limit.NewCallers[int](newClock().Now, 1000)
	leave, err := c.Enter(t.Context(), -1, limit.Quota{Burst: 1, Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for n := range 200_000 {
		_ = c.Take(n, five) // what it says is not the point
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2<<20 {
		t.Errorf("the table has %d KiB", grown>>10)
	}
	leave(false)
	if c.Take(-1, limit.Quota{Burst: 1, Every: time.Hour}) == nil {
		t.Error("a caller that was being served was forgotten")
	}
	runtime.KeepAlive(c)
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3:80": "10.1.2.3/32", "[::ffff:10.1.2.3]:80": "10.1.2.3/32", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:80": "fe80::/64", "pipe": "invalid Prefix", "": "invalid Prefix",
	} {
		if got := limit.ParseAddress(text).String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
		if tcp, err := net.ResolveTCPAddr("tcp", text); err == nil && want != "invalid Prefix" {
			if got := limit.AddressOf(tcp); got != netip.MustParsePrefix(want) {
				t.Errorf("%s: got %s, want %s", text, got, want)
			}
		}
	}
}
