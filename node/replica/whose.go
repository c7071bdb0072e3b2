package replica

import (
	"cmp"
	"log/slog"
	"slices"
	"time"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// apart is how far two clocks that are right may be from each other.
const apart = 5 * time.Minute

// seen is the clock of another as it was once: theirs less the one here.
type seen struct {
	peer   syncer.Peer
	offset time.Duration
	at     instant // here
}

// instant is a time by the clock here, which may be set, and by one that nobody
// sets, where the system has one: else they are the same.
type instant struct {
	wall time.Time
	ran  time.Duration // since the start
}

// since is the offset by the clock here as it is now: it may have been set since.
func (s seen) since(now instant) time.Duration {
	set := now.wall.Sub(s.at.wall) - (now.ran - s.at.ran)
	return s.offset - set
}

// newClocks makes clocks beside the one that now reads.
func newClocks(now func() time.Time, log *slog.Logger, root change.UnitID) *Clocks {
	start := now()
	return &Clocks{now: now, log: log, root: root, ran: func() time.Duration { return now().Sub(start) }}
}

func (c *Clocks) instant() instant { return instant{wall: c.now().Round(0), ran: c.ran()} }

// Verdict says whose clock is wrong.
type Verdict string

// The verdicts on the clock here.
const (
	ClockAlone     Verdict = ""          // no other was seen since the start
	ClockRight     Verdict = "right"     // most others agree with it
	ClockWrong     Verdict = "wrong"     // most others agree with each other and not with it
	ClockUndecided Verdict = "undecided" // they differ, and no more than half of all agree
)

// Other is the clock of another.
type Other struct {
	Peer   syncer.Peer
	Parent bool
	Offset time.Duration // theirs less the one here
	Wrong  bool          // most clocks say so, the one here counted; undecided: it differs from the one here
}

// Comparison is what the clocks of others say.
type Comparison struct {
	Verdict Verdict
	Offset  time.Duration // of most clocks, less the one here; undecided: of the one that is furthest
	Agree   int           // how many of the others have it
	Asked   int           // how many others there are, the city's signature counted where it says something
	Others  []Other       // by unit and device
	Behind  time.Duration // how far the clock here is before a time that the city has signed
}

// Compare compares the clock here with those that were met since the start: a clock
// is wrong when more than half of all agree on another time. Two clocks that differ
// cannot tell; a third witness, where it agrees with one of them, is the city, by
// the newest time that it has signed.
func (c *Clocks) Compare() Comparison {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.compareLocked()
}

func (c *Clocks) compareLocked() Comparison {
	now := c.instant()
	var j Comparison
	for d, s := range c.met {
		j.Others = append(j.Others, Other{Peer: s.peer, Parent: d == c.parent, Offset: s.since(now)})
	}
	slices.SortFunc(j.Others, func(a, b Other) int {
		return cmp.Or(cmp.Compare(a.Peer.Unit, b.Peer.Unit), cmp.Compare(a.Peer.Device, b.Peer.Device))
	})
	if behind := c.past.Sub(now.wall); !c.past.IsZero() && behind > apart {
		j.Behind = behind
	}
	j.judge(c.votesLocked(now))
	return j
}

// votesLocked is what each clock says, the one here first.
func (c *Clocks) votesLocked(now instant) []time.Duration {
	votes := make([]time.Duration, 1, len(c.met)+2)
	for _, s := range c.met {
		votes = append(votes, s.since(now))
	}
	if witness, heard := c.witnessLocked(now); heard && agreeing(votes, witness) > 0 {
		votes = append(votes, witness)
	}
	return votes
}

// witnessLocked is what the newest time signed says between the parent's clock and
// the one here. What was signed may have been long on its way, so it says that the
// city's clock is so far at least: it speaks for the parent's, and for the one here
// only where that is the later of the two. Of the city as a parent it is no second
// word.
func (c *Clocks) witnessLocked(now instant) (witness time.Duration, heard bool) {
	parent, known := c.met[c.parent]
	if !known || c.city.at.wall.IsZero() || parent.peer.Unit == c.root {
		return 0, false
	}
	witness = c.city.since(now)
	return witness, parent.since(now) < 0 || witness.Abs() > apart
}

// judge finds the time that most clocks have; the first vote is the clock here.
func (j *Comparison) judge(votes []time.Duration) {
	if j.Asked = len(votes) - 1; j.Asked == 0 {
		return
	}
	common, most := commonest(votes)
	if 2*most <= len(votes) {
		j.Verdict = ClockUndecided
		for _, v := range votes {
			if v.Abs() > j.Offset.Abs() {
				j.Offset = v
			}
		}
		for i := range j.Others {
			j.Others[i].Wrong = j.Others[i].Offset.Abs() > apart
		}
		return
	}
	j.Verdict, j.Offset = ClockRight, 0
	if common.Abs() > apart {
		j.Verdict, j.Offset = ClockWrong, common
	}
	for i := range j.Others {
		o := &j.Others[i]
		o.Wrong = (o.Offset - j.Offset).Abs() > apart
	}
	j.Agree = agreeing(votes[1:], j.Offset)
}

// commonest is the vote that most others are near, and how many: of equals the first.
// A hub has met hundreds, so they are sorted for it.
func commonest(votes []time.Duration) (common time.Duration, most int) {
	sorted := slices.Sorted(slices.Values(votes))
	for _, v := range votes {
		from, _ := slices.BinarySearch(sorted, v-apart)
		past, _ := slices.BinarySearch(sorted, v+apart+1)
		if n := past - from; n > most {
			common, most = v, n
		}
	}
	return common, most
}

// agreeing counts the votes near one.
func agreeing(votes []time.Duration, near time.Duration) (n int) {
	for _, v := range votes {
		if (v - near).Abs() <= apart {
			n++
		}
	}
	return n
}

// warnLocked logs when the clock here is found to be wrong, and when it no longer is.
// It runs at each hello, so it lists nobody.
func (c *Clocks) warnLocked() {
	var j Comparison
	j.judge(c.votesLocked(c.instant()))
	wrong := j.Verdict == ClockWrong
	switch {
	case wrong == c.wrong:
		return
	case wrong:
		c.log.Warn("the clock of this computer is wrong: most others agree on another time", "offset", j.Offset.Round(time.Second), "agree", j.Agree, "compared", j.Asked)
	default:
		c.log.Info("the clock of this computer agrees with most others")
	}
	c.wrong = wrong
}
