package people

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tongbu/internal/limit"
)

// tries are the tries that failed in a row. The zero value: none did.
type tries struct {
	Key    string `json:"key"`
	Failed int    `json:"failed"`
	Last   int64  `json:"last"` // Unix milliseconds
}

// How many tries may fail before a lock begins.
const (
	ofAccount = 5
	ofAddress = 20
)

// waits are how long each lock lasts, from the first; all later ones last as the last.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// forgetAfter is how long after the last of them failed tries are forgotten.
const forgetAfter = 24 * time.Hour

// now is the tries as they count at a moment. A clock that was set back to before the
// last of them would prolong a lock by as much: the wait begins again then.
func (t tries) now(at time.Time) tries {
	switch since := at.UnixMilli() - t.Last; {
	case t.Failed == 0 || since > forgetAfter.Milliseconds():
		return tries{Key: t.Key}
	case since < 0:
		t.Last = at.UnixMilli()
	}
	return t
}

// wait is how long a lock still lasts; 0: none does. of is how many tries are free.
func (t tries) wait(at time.Time, of int) time.Duration {
	t = t.now(at)
	if t.Failed < of {
		return 0
	}
	whole := waits[min(t.Failed-of, len(waits)-1)]
	return max(whole-time.Duration(at.UnixMilli()-t.Last)*time.Millisecond, 0)
}

// failed is the tries with one more that failed.
func (t tries) failed(at time.Time) tries {
	t = t.now(at)
	t.Failed, t.Last = t.Failed+1, at.UnixMilli()
	return t
}

// left is how many more tries may fail before the next lock.
func (t tries) left(of int) int { return max(of-t.Failed, 1) }

// triesKey names a login among the tries. Those away, of other computers, count apart:
// nobody there locks somebody out who sits at this one. A login may be a password that
// was typed in the wrong place.
func triesKey(login string, away bool) string {
	if away {
		login += "\x00away"
	}
	sum := sha256.Sum256([]byte(login))
	return hex.EncodeToString(sum[:16])
}

// triesKeys are all under which the tries of a login stand.
func triesKeys(login string) []string {
	return []string{triesKey(login, false), triesKey(login, true)}
}

// isAway reports whether an address, as addressKey has it, is another computer's. One that
// is none is not.
func isAway(from string) bool {
	p, err := netip.ParsePrefix(from)
	return err == nil && !p.Addr().IsLoopback()
}

// unlocked is the book without tries of a login.
func (b *book) unlocked(login string) *book {
	for _, key := range triesKeys(login) {
		b = b.withTries(tries{Key: key})
	}
	return b
}

// maxStrangers is how many logins that nobody has are remembered.
const maxStrangers = 200

// withTries is the book with the tries of a login in place of those it had. Of logins
// that nobody has it forgets the oldest where there are too many.
func (b *book) withTries(t tries) *book {
	next := &book{b.accounts, maps.Clone(b.tries)}
	if t.Failed == 0 {
		delete(next.tries, t.Key)
		return next
	}
	next.tries[t.Key] = t
	if len(next.tries) > maxStrangers {
		known := map[string]bool{t.Key: true}
		for login := range b.accounts {
			for _, key := range triesKeys(login) {
				known[key] = true
			}
		}
		forgetOldest(next.tries, known, maxStrangers)
	}
	return next
}

// forgetOldest keeps at most so many beside those to be kept in any case.
func forgetOldest(all map[string]tries, kept map[string]bool, most int) {
	var others []tries
	for key, t := range all {
		if !kept[key] {
			others = append(others, t)
		}
	}
	slices.SortFunc(others, func(a, b tries) int { return cmp.Or(cmp.Compare(a.Last, b.Last), cmp.Compare(a.Key, b.Key)) })
	for _, t := range others[:max(len(others)-most, 0)] {
		delete(all, t.Key)
	}
}

// maxAddresses is how many addresses are remembered.
const maxAddresses = 1000

// addresses are the tries by address, in memory: a restart forgets them.
type addresses struct {
	mu  sync.Mutex // guards all
	all map[string]tries
}

// addressKey is what an address counts as; all that are none count as one.
func addressKey(address string) string {
	if p := limit.ParseAddress(address); p.IsValid() {
		return p.String()
	}
	if p := limit.ParseAddress("[" + address + "]:0"); p.IsValid() {
		return p.String()
	}
	return limit.ParseAddress(address + ":0").String()
}

func (a *addresses) wait(key string, at time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, known := a.all[key]
	if !known {
		return 0
	}
	a.all[key] = t.now(at)
	return t.wait(at, ofAddress)
}

func (a *addresses) failed(key string, at time.Time) tries {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[string]tries{}
	}
	t := a.all[key].failed(at)
	t.Key = key
	a.all[key] = t
	if len(a.all) > maxAddresses {
		forgetOldest(a.all, map[string]bool{key: true}, maxAddresses-1)
	}
	return t
}

func (a *addresses) forget(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.all, key)
}
