package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"tongbu/internal/fault"
)

// cost is what the check of a password takes. It stands beside each, so that it can
// rise: whoever signs in then is given the new one.
type cost struct {
	Memory  uint32 `json:"memory"` // KiB
	Time    uint32 `json:"time"`   // passes
	Threads uint8  `json:"threads"`
}

// costNow is that of new passwords: the least that OWASP's Password Storage Cheat Sheet
// has for Argon2id, since a workstation has little memory.
var costNow = cost{Memory: 19 << 10, Time: 2, Threads: 1}

// SetCost gives new passwords another cost, before anybody signs in. Only tests call it,
// which internal/arch holds: their many accounts would cost minutes.
func (p *People) SetCost(memoryKiB, time uint32) {
	p.cost = cost{Memory: memoryKiB, Time: time, Threads: 1}
}

// maxCost bounds what a stored cost is taken for, so that damage costs no more.
var maxCost = cost{Memory: 256 << 10, Time: 16, Threads: 16}

const (
	argon2id  = "argon2id"
	saltBytes = 16
	hashBytes = 32
)

// secret is what is kept of a password.
type secret struct {
	Way  string `json:"way"` // argon2id
	Cost cost   `json:"cost"`
	Salt []byte `json:"salt"`
	Hash []byte `json:"hash"`
}

// secretOf makes the secret of a password, under a salt of its own. It takes the memory
// that the cost says; the caller has its turn.
func secretOf(password string, c cost) secret {
	s := secret{Way: argon2id, Cost: c, Salt: make([]byte, saltBytes)}
	_, _ = rand.Read(s.Salt) // never fails
	s.Hash = s.hash(password)
	return s
}

// worthGiving is what is worth a collection to give back, in KiB.
const worthGiving = 1 << 10

// hash takes the memory that the cost says, after what is not in use was given back, and
// gives it back: a workstation has little.
func (s secret) hash(password string) []byte {
	if s.Cost.Memory >= worthGiving {
		debug.FreeOSMemory()
		defer debug.FreeOSMemory()
	}
	return argon2.IDKey([]byte(clean(password)), s.Salt, s.Cost.Time, s.Cost.Memory, s.Cost.Threads, hashBytes)
}

// fits reports whether a password is that of the secret; its time does not depend on
// how far the two are alike. It returns Unsupported for a secret of a later program.
func (s secret) fits(password string) (bool, error) {
	c := s.Cost
	if s.Way != argon2id || c.Memory > maxCost.Memory || c.Time < 1 || c.Time > maxCost.Time || c.Threads < 1 || c.Threads > maxCost.Threads || len(s.Hash) != hashBytes {
		return false, fault.New(fault.Unsupported, "this account's password was stored in a way that this program does not read").WithHint("update this program, or set the password again: tongbu account password")
	}
	return subtle.ConstantTimeCompare(s.hash(password), s.Hash) == 1, nil
}

// nobodys is the secret of logins that nobody has: checking it costs what checking
// somebody's does, and nothing fits.
func nobodys(c cost) secret {
	return secret{Way: argon2id, Cost: c, Salt: make([]byte, saltBytes), Hash: make([]byte, hashBytes)}
}

// maxWaiting is how many wait for their turn: more are told to come again.
const maxWaiting = 4

// turns lets one at a time work on a password.
type turns struct {
	taken   chan struct{} // holds one while somebody works
	waiting atomic.Int32
}

func newTurns() *turns { return &turns{taken: make(chan struct{}, 1)} }

// take waits for a turn. It returns Exhausted when too many wait, and what the context
// says.
func (t *turns) take(ctx context.Context) (end func(), err error) {
	end = func() { <-t.taken }
	select {
	case t.taken <- struct{}{}:
		return end, nil
	default:
	}
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > maxWaiting {
		return nil, fault.New(fault.Exhausted, "too many are signing in at this moment").WithHint("try again in a few seconds").WithRetry(2 * time.Second)
	}
	select {
	case t.taken <- struct{}{}:
		return end, nil
	case <-ctx.Done():
		return nil, fault.Wrap("wait for the check of a password", ctx.Err())
	}
}
