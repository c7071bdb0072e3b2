package people

import (
	"context"
	"time"

	"tongbu/internal/fault"
)

// SignIn checks a password and returns whose it is. The address is where the person
// sits, as HOST:PORT or HOST. It returns Denied for a wrong login or password, with how
// many tries are left, and for an account that is over; Exhausted, with how long to
// wait, while the account or the address is locked or too many are signing in.
//
// A try counts whatever becomes of the context.
func (p *People) SignIn(ctx context.Context, login, password, address string) (Person, error) {
	end, err := p.turn(ctx, Normal(login), addressKey(address))
	if err != nil {
		return Person{}, err
	}
	defer end()
	a, err := p.prove(ctx, Normal(login), password, addressKey(address))
	if err != nil {
		return Person{}, err
	}
	if err := p.log(ctx, deed{by: a.Login, of: a.Login, did: "signed in"}); err != nil {
		return Person{}, err
	}
	return p.Current(a.Login)
}

// SetOwn has a person change the password. It returns what SignIn does for the old one,
// and Invalid for a new one that is not to be used.
func (p *People) SetOwn(ctx context.Context, login, old, password string) error {
	login = Normal(login)
	if err := CheckPassword(login, password); err != nil {
		return err
	}
	if clean(old) == clean(password) {
		return fault.New(fault.Invalid, "this is the password there is").WithHint("choose another")
	}
	end, err := p.turn(ctx, login, "")
	if err != nil {
		return err
	}
	defer end()
	a, err := p.prove(ctx, login, old, "")
	if err != nil {
		return err
	}
	fresh := secretOf(password, p.cost)
	_, err = p.act(ctx, func(b *book, _ string) (*book, deed, error) {
		if b.accounts[login] != a {
			return nil, deed{}, fault.New(fault.Denied, "the account was changed meanwhile").WithHint("sign in again")
		}
		next := *a
		next.Secret, next.MustChange, next.Term = fresh, false, a.Term+1
		return b.with(&next), deed{by: login, of: login, did: "changed: own password"}, nil
	})
	return err
}

// turn waits for the check of a password, unless there is a lock. key is the address,
// "" where none counts.
func (p *People) turn(ctx context.Context, login, key string) (end func(), err error) {
	if err := p.checkLock(ctx, login, key); err != nil {
		return nil, err
	}
	if end, err = p.turns.take(ctx); err != nil {
		return nil, err
	}
	if err := p.checkLock(ctx, login, key); err != nil { // who waited may have been locked meanwhile
		end()
		return nil, err
	}
	return end, nil
}

// checkLock returns Exhausted while the login or the address is locked.
func (p *People) checkLock(ctx context.Context, login, key string) error {
	b, err := p.read()
	if err != nil {
		return err
	}
	now := p.at.Now()
	known := b.tries[triesKey(login, isAway(key))]
	wait := known.wait(now, ofAccount)
	if wait > 0 && known.Last > now.UnixMilli() { // the clock was set back: the wait begins again, once
		if err := p.keepTries(ctx, triesKey(login, isAway(key)), func(t tries) tries { return t.now(now) }); err != nil {
			return err
		}
	}
	if key != "" {
		wait = max(wait, p.addresses.wait(key, now))
	}
	if wait > 0 {
		return locked(wait)
	}
	return nil
}

func locked(wait time.Duration) error {
	wait = (wait + time.Second - 1).Truncate(time.Second)
	return fault.New(fault.Exhausted, "too many tries have failed: the next is possible in %s", wait).
		WithHint("a head can unlock the account: tongbu account change --unlock").WithRetry(wait)
}

// prove returns the account that a password is of, which may sign in. The caller has
// its turn.
func (p *People) prove(ctx context.Context, login, password, key string) (*account, error) {
	b, err := p.read()
	if err != nil {
		return nil, err
	}
	a := b.accounts[login]
	known := nobodys(p.cost)
	if a != nil {
		known = a.Secret
	}
	if len(password) > maxPassword {
		password = "" // nobody's, and no longer to check than others
	}
	fits, err := known.fits(password)
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // whoever hangs up has tried
	if !fits || a == nil {
		return nil, p.fail(ctx, a, login, key)
	}
	if err := p.checkOver(a); err != nil {
		return nil, err
	}
	return p.succeed(ctx, a, password, key)
}

// fail counts a try that failed, and says so.
func (p *People) fail(ctx context.Context, a *account, login, key string) error {
	var counted, from tries
	now := p.at.Now()
	err := p.keepTries(ctx, triesKey(login, isAway(key)), func(t tries) tries {
		counted = t.failed(now)
		return counted
	})
	if err != nil {
		return err
	}
	left, wait := counted.left(ofAccount), counted.wait(now, ofAccount)
	if key != "" {
		from = p.addresses.failed(key, now)
		left, wait = min(left, from.left(ofAddress)), max(wait, from.wait(now, ofAddress))
	}
	if wait == 0 {
		return wrong(left)
	}
	if err := p.logLock(ctx, a, counted, from); err != nil {
		return err
	}
	return locked(wait)
}

func wrong(left int) error {
	if left == 1 {
		return fault.New(fault.Denied, "the login or the password is wrong: 1 try left").WithHint("a head can set another password")
	}
	return fault.New(fault.Denied, "the login or the password is wrong: %d tries left", left).WithHint("a head can set another password")
}

// succeed forgets the tries that failed before, and stores the password at the cost of
// today. It returns Denied when the account was changed while the password was checked.
func (p *People) succeed(ctx context.Context, a *account, password, key string) (*account, error) {
	proven := *a
	if a.Secret.Cost != p.cost {
		proven.Secret = secretOf(password, p.cost)
	}
	end, err := p.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	b, err := p.read()
	switch {
	case err != nil:
		return nil, err
	case b.accounts[a.Login] != a:
		return nil, fault.New(fault.Denied, "the account was changed meanwhile").WithHint("sign in again")
	}
	next := b.withTries(tries{Key: triesKey(a.Login, isAway(key))})
	if a.Secret.Cost != p.cost {
		next = next.with(&proven)
	}
	if err := p.commit(ctx, b, next); err != nil {
		return nil, err
	}
	if key != "" {
		p.addresses.forget(key)
	}
	return next.accounts[a.Login], nil
}

// keepTries changes the tries of a login on the disk.
func (p *People) keepTries(ctx context.Context, key string, change func(tries) tries) error {
	end, err := p.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	b, err := p.read()
	if err != nil {
		return err
	}
	t := change(b.tries[key])
	t.Key = key
	return p.commit(ctx, b, b.withTries(t))
}
