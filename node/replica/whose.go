package replica

import (
	"cmp"
	"slices"
	"time"

	"tongbu/syncer"
)

// apart is how far two clocks that are right may be from each other.
const apart = 5 * time.Minute

// seen is the clock of another as it was once: theirs less the one here.
type seen struct {
	peer   syncer.Peer
	offset time.Duration
	at     time.Time // by the clock here
}

// since is the offset by the clock here as it is now, which may have been set since.
// Where the system has a clock that nobody sets, the difference shows it.
func (s seen) since(now time.Time) time.Duration {
	set := now.Round(0).Sub(s.at.Round(0)) - now.Sub(s.at)
	return s.offset - set
}

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
	Wrong  bool          // most clocks say so, the one here counted
}

// Comparison is what the clocks of others say.
type Comparison struct {
	Verdict Verdict
	Offset  time.Duration // of most clocks, less the one here; undecided: of the one that is furthest
	Agree   int           // how many of the others have it
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
	now := c.now()
	var j Comparison
	votes := []time.Duration{0}
	for d, s := range c.met {
		o := Other{Peer: s.peer, Parent: d == c.parent, Offset: s.since(now)}
		j.Others, votes = append(j.Others, o), append(votes, o.Offset)
	}
	slices.SortFunc(j.Others, func(a, b Other) int {
		return cmp.Or(cmp.Compare(a.Peer.Unit, b.Peer.Unit), cmp.Compare(a.Peer.Device, b.Peer.Device))
	})
	if behind := c.past.Sub(now.Round(0)); !c.past.IsZero() && behind > apart {
		j.Behind = behind
	}
	if !c.city.at.IsZero() && c.metCityLocked() == 0 {
		if witness := c.city.since(now); agreeing(votes, witness) > 0 {
			votes = append(votes, witness)
		}
	}
	j.judge(votes)
	return j
}

// metCityLocked counts the links upward to the city itself: it is no second witness.
func (c *Clocks) metCityLocked() int {
	if c.root != "" && c.met[c.parent].peer.Unit == c.root {
		return 1
	}
	return 0
}

// judge finds the time that most clocks have; the first vote is the clock here.
func (j *Comparison) judge(votes []time.Duration) {
	if len(votes) == 1 {
		return
	}
	common, most := time.Duration(0), 0
	for _, v := range votes { // the own first: of equals it counts
		if n := agreeing(votes, v); n > most {
			common, most = v, n
		}
	}
	if 2*most <= len(votes) {
		j.Verdict = ClockUndecided
		for _, v := range votes {
			if v.Abs() > j.Offset.Abs() {
				j.Offset = v
			}
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
		if !o.Wrong {
			j.Agree++
		}
	}
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
func (c *Clocks) warnLocked() {
	j := c.compareLocked()
	wrong := j.Verdict == ClockWrong
	switch {
	case wrong == c.wrong:
		return
	case wrong:
		c.log.Warn("the clock of this computer is wrong: most others agree on another time", "offset", j.Offset.Round(time.Second), "agree", j.Agree, "compared", len(j.Others))
	default:
		c.log.Info("the clock of this computer agrees with most others")
	}
	c.wrong = wrong
}
