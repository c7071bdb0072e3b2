package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// A challenge is the root's clock in milliseconds, random bytes, and a code
// by which the root knows its own.
const (
	challengeRandom = 16
	challengeSize   = 8 + challengeRandom + sha256.Size
	challengeLife   = 5 * time.Minute
	challengeDomain = "tongbu/challenge/1\n"
	maxUsed         = 16 << 10
)

// challenges are what devices sign to show the root that a request to renew is
// new: a copy of an older request is refused. They are not stored until they are
// used, so asking for many fills nothing; the key lives in this process only, so
// a restart voids all.
type challenges struct {
	random io.Reader

	mu   sync.Mutex // guards all below
	key  []byte
	used map[[challengeRandom]byte]time.Time // until when it could come again
}

// issue makes a challenge for the device.
func (c *challenges) issue(d change.DeviceID, now time.Time) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.key == nil {
		key := make([]byte, sha256.Size)
		if _, err := io.ReadFull(orRandom(c.random), key); err != nil {
			return nil, fault.As(fault.Internal, "make a challenge", err)
		}
		c.key, c.used = key, map[[challengeRandom]byte]time.Time{}
	}
	text := binary.BigEndian.AppendUint64(make([]byte, 0, challengeSize), uint64(now.UnixMilli()))
	text = text[:8+challengeRandom]
	if _, err := io.ReadFull(orRandom(c.random), text[8:]); err != nil {
		return nil, fault.As(fault.Internal, "make a challenge", err)
	}
	return append(text, c.codeLocked(d, text)...), nil
}

func (c *challenges) codeLocked(d change.DeviceID, text []byte) []byte {
	code := hmac.New(sha256.New, c.key)
	code.Write([]byte(challengeDomain))
	code.Write([]byte(d))
	code.Write(text)
	return code.Sum(nil)
}

// redeem accepts a challenge once. It returns Denied for one that this process
// never gave this device, Busy for one that is too old or was used: the device
// asks for another.
func (c *challenges) redeem(d change.DeviceID, challenge []byte, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(challenge) != challengeSize || c.key == nil || !hmac.Equal(challenge[8+challengeRandom:], c.codeLocked(d, challenge[:8+challengeRandom])) {
		return fault.New(fault.Denied, "the request answers no challenge of this root").WithHint("it is tried again by itself")
	}
	made := time.UnixMilli(int64(binary.BigEndian.Uint64(challenge)))
	if age := now.Sub(made); age > challengeLife || age < -challengeLife {
		return fault.New(fault.Busy, "the request answers a challenge that is too old").WithHint("it is tried again by itself")
	}
	c.forgetLocked(now)
	name := [challengeRandom]byte(challenge[8:])
	switch _, again := c.used[name]; {
	case again:
		return fault.New(fault.Busy, "the request was answered before").WithHint("it is tried again by itself")
	case len(c.used) >= maxUsed:
		return fault.New(fault.Exhausted, "too many devices renew at once").WithHint("it is tried again by itself")
	}
	c.used[name] = made.Add(2 * challengeLife)
	return nil
}

// forgetLocked drops what is too old to come again.
func (c *challenges) forgetLocked(now time.Time) {
	for name, until := range c.used {
		if now.After(until) {
			delete(c.used, name)
		}
	}
}
