package people

import "context"

// TakeTurn takes the turn of a check.
func (p *People) TakeTurn(ctx context.Context) (end func(), err error) { return p.turns.take(ctx) }

// Bounds of what is remembered and waits, for tests.
const (
	MaxWaiting   = maxWaiting
	MaxStrangers = maxStrangers
	MaxAddresses = maxAddresses
)

// Remembered is how many logins and addresses have failed tries.
func (p *People) Remembered() (logins, addresses int) {
	b, err := p.read()
	if err != nil {
		return -1, -1
	}
	p.addresses.mu.Lock()
	defer p.addresses.mu.Unlock()
	return len(b.tries), len(p.addresses.all)
}

// CostOf is what the check of somebody's password takes: KiB, passes and threads.
func (p *People) CostOf(login string) [3]uint32 {
	b, err := p.read()
	if err != nil {
		return [3]uint32{}
	}
	c := b.accounts[login].Secret.Cost
	return [3]uint32{c.Memory, c.Time, uint32(c.Threads)}
}

// KeysOf are the names on the disk of the tries of a login.
func KeysOf(login string) []string { return triesKeys(login) }
