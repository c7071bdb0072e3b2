package people

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongbu/internal/fault"
)

// First makes the first account, always a head's: whoever sits down first. It returns
// Denied when there is an account, Invalid for what is not in order.
func (p *People) First(ctx context.Context, first Person, password string) (Person, error) {
	first.Role, first.MadeBy, first.Confirmed = Head, Normal(first.Login), false
	return p.add(ctx, first, password, func(b *book, day string) (string, error) {
		if len(b.accounts) > 0 {
			return "", fault.New(fault.Denied, "there are accounts here already").WithHint("a head makes others")
		}
		return first.MadeBy, nil
	})
}

// Add makes an account. The password is to be changed at the first sign-in, since
// whoever made it knows it; nobody above knows of the person unless they know of the
// head. It returns Denied unless by is an active head's login or CommandLine; Invalid
// for what is not in order, a login that there is or was, and a first account that is no
// head's; Exhausted when there are too many.
func (p *People) Add(ctx context.Context, by string, person Person, password string) (Person, error) {
	person.MustChange, person.MadeBy, person.Confirmed = true, by, false
	return p.add(ctx, person, password, func(b *book, day string) (string, error) {
		lead, err := b.leader(by, day)
		switch {
		case err != nil:
			return "", err
		case len(b.accounts) == 0 && person.Role != Head:
			return "", fault.New(fault.Invalid, "the first account is a head's").WithHint("a head makes the others")
		}
		return lead.Login, nil
	})
}

func (p *People) add(ctx context.Context, person Person, password string, allow func(b *book, day string) (by string, err error)) (Person, error) {
	person.Login, person.Name = Normal(person.Login), strings.TrimSpace(person.Name)
	if person.Name == "" {
		person.Name = person.Login
	}
	person.MadeOn, person.Ended, person.Term, person.LockedFor = "", "", 1, 0
	for _, err := range []error{checkLogin(person.Login), checkName(person.Name), checkRole(person.Role), CheckPassword(person.Login, password)} {
		if err != nil {
			return Person{}, err
		}
	}
	if err := p.mayAdd(allow); err != nil { // before the price of a password is paid
		return Person{}, err
	}
	hidden, err := p.hide(ctx, password)
	if err != nil {
		return Person{}, err
	}
	return p.act(ctx, func(b *book, day string) (*book, deed, error) {
		by, err := allow(b, day)
		if err == nil {
			err = checkUntil(person.Until, day)
		}
		if err == nil {
			b, err = b.withRoomFor(person.Login)
		}
		if err != nil {
			return nil, deed{}, err
		}
		made := &account{person, hidden}
		made.MadeBy, made.MadeOn = by, day
		if lead := b.accounts[by]; lead != nil {
			made.Confirmed = lead.Confirmed
		}
		return b.with(made), deed{by: by, of: person.Login, did: "made: " + string(person.Role) + ", " + lastDay(person.Until)}, nil
	})
}

func (p *People) mayAdd(allow func(*book, string) (string, error)) error {
	b, err := p.read()
	if err != nil {
		return err
	}
	day, err := p.at.Day()
	if err == nil {
		_, err = allow(b, day)
	}
	return err
}

// hide makes the secret of a password, in its turn.
func (p *People) hide(ctx context.Context, password string) (secret, error) {
	end, err := p.turns.take(ctx)
	if err != nil {
		return secret{}, err
	}
	defer end()
	return secretOf(password, p.cost), nil
}

// Change is what becomes of an account; nil: it stays as it is.
type Change struct {
	Name     *string `json:"name,omitempty"`
	Role     *Role   `json:"role,omitempty"`
	Until    *string `json:"until,omitempty"`    // "": no last day
	Password *string `json:"password,omitempty"` // to be changed at the next sign-in; unlocks too
	Unlock   bool    `json:"unlock,omitempty"`   // forget the tries that failed
}

// Change changes an account. It returns Denied unless by is an active head's login or
// CommandLine, for an account that was ended, and for what would leave no head without a
// last day; NotFound when there is no such account, Invalid for what is not in order.
func (p *People) Change(ctx context.Context, by, login string, change Change) error {
	login = Normal(login)
	if change == (Change{}) {
		return fault.New(fault.Invalid, "nothing is to be changed").WithHint("give a name, a role, a last day or a password")
	}
	var hidden secret
	if change.Password != nil {
		if err := CheckPassword(login, *change.Password); err != nil {
			return err
		}
		if err := p.mayChange(by, login); err != nil {
			return err
		}
		var err error
		if hidden, err = p.hide(ctx, *change.Password); err != nil {
			return err
		}
	}
	_, err := p.act(ctx, func(b *book, day string) (*book, deed, error) {
		a, err := b.led(by, login, day)
		if err != nil {
			return nil, deed{}, err
		}
		next := *a
		did, err := change.apply(&next, hidden, day)
		if err != nil {
			return nil, deed{}, err
		}
		changed := b.with(&next)
		if change.Unlock || change.Password != nil {
			changed = changed.withTries(tries{Key: triesKey(login)})
		}
		return changed, deed{by: by, of: login, did: "changed: " + strings.Join(did, ", ")}, b.checkLed(changed)
	})
	return err
}

func (p *People) mayChange(by, login string) error {
	b, err := p.read()
	if err != nil {
		return err
	}
	day, err := p.at.Day()
	if err == nil {
		_, err = b.led(by, login, day)
	}
	return err
}

// apply changes an account and says what was changed.
func (c Change) apply(a *account, hidden secret, day string) (did []string, err error) {
	if c.Name != nil {
		a.Name = strings.TrimSpace(*c.Name)
		did, err = append(did, "name"), checkName(a.Name)
	}
	if c.Role != nil && err == nil {
		a.Role = *c.Role
		did, err = append(did, "role "+string(a.Role)), checkRole(a.Role)
	}
	if c.Until != nil && err == nil {
		a.Until = *c.Until
		did, err = append(did, lastDay(a.Until)), checkUntil(a.Until, day)
	}
	if c.Password != nil {
		a.Secret, a.MustChange, a.Term = hidden, true, a.Term+1
		did = append(did, "password")
	}
	if c.Unlock {
		did = append(did, "unlocked")
	}
	return did, err
}

func lastDay(until string) string {
	if until == "" {
		return "no last day"
	}
	return "until " + until
}

// End ends an account for good. It returns what Change does.
func (p *People) End(ctx context.Context, by, login string) error {
	login = Normal(login)
	_, err := p.act(ctx, func(b *book, day string) (*book, deed, error) {
		a, err := b.led(by, login, day)
		if err != nil {
			return nil, deed{}, err
		}
		next := *a
		next.Ended, next.Term = day, a.Term+1
		changed := b.with(&next).withTries(tries{Key: triesKey(login)})
		return changed, deed{by: by, of: login, did: "ended"}, b.checkLed(changed)
	})
	return err
}

// act does what work makes of the book: it is logged, and then on the disk. It returns
// the account that it was about.
func (p *People) act(ctx context.Context, work func(b *book, day string) (next *book, done deed, err error)) (Person, error) {
	end, err := p.begin(ctx)
	if err != nil {
		return Person{}, err
	}
	defer end()
	b, err := p.read()
	if err != nil {
		return Person{}, err
	}
	day, err := p.at.Day()
	if err != nil {
		return Person{}, err
	}
	next, done, err := work(b, day)
	if err != nil {
		return Person{}, err
	}
	if err := p.log(ctx, done); err != nil {
		return Person{}, err
	}
	if err := p.commit(ctx, b, next); err != nil {
		done.outcome = fault.Of(err)
		_ = p.log(context.WithoutCancel(ctx), done) // the caller hears of the first failure
		return Person{}, err
	}
	return p.shown(next, next.accounts[done.of]), nil
}

// leader returns the account of who leads; of the command line one that stands for it.
func (b *book) leader(by, day string) (*account, error) {
	if isCommandLine(by) {
		return &account{Person: Person{Login: by, Role: Head}}, nil
	}
	a := b.accounts[Normal(by)]
	if a == nil || a.IsOver(day) || !a.Role.May(Lead) {
		return nil, fault.New(fault.Denied, "only a head changes accounts").WithHint("ask a head of this workstation")
	}
	return a, nil
}

// led returns an account that was not ended, for somebody who leads.
func (b *book) led(by, login, day string) (*account, error) {
	if _, err := b.leader(by, day); err != nil {
		return nil, err
	}
	a := b.accounts[login]
	switch {
	case a == nil:
		return nil, noAccount()
	case a.Ended != "":
		return nil, fault.New(fault.Denied, "this account ended on %s", a.Ended).WithHint("a head can make another, or give it a later day")
	}
	return a, nil
}

// checkLed returns Denied when the next book leaves nobody who can lead from now on.
func (b *book) checkLed(next *book) error {
	if b.isLed() && !next.isLed() {
		return fault.New(fault.Denied, "this is the last head without a last day").WithHint("make somebody else a head first")
	}
	return nil
}

// withRoomFor is the book with room for an account of a new login.
func (b *book) withRoomFor(login string) (*book, error) {
	if a := b.accounts[login]; a != nil {
		if a.Ended != "" {
			return nil, fault.New(fault.Invalid, "this login was somebody's until %s", a.Ended).WithHint("choose another: what the other did stands under it")
		}
		return nil, fault.New(fault.Invalid, "there is an account of this login").WithHint("choose another, or change that")
	}
	if len(b.accounts) < MaxAccounts {
		return b, nil
	}
	var oldest *account
	for _, a := range b.accounts {
		if a.Ended != "" && (oldest == nil || a.Ended < oldest.Ended || a.Ended == oldest.Ended && a.Login < oldest.Login) {
			oldest = a
		}
	}
	if oldest == nil {
		return nil, fault.New(fault.Exhausted, "there are %d accounts, as many as there can be", MaxAccounts).WithHint("end those that nobody uses")
	}
	return b.without(oldest.Login), nil
}

func checkRole(r Role) error {
	if !slices.Contains([]Role{Operator, Head, Viewer}, r) {
		return fault.New(fault.Invalid, "a role is operator, head or viewer").WithHint("an operator writes, a head leads, a viewer looks")
	}
	return nil
}

// checkUntil returns Invalid for what is no last day from today on.
func checkUntil(until, day string) error {
	if until == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, until); err != nil || until < day {
		return fault.New(fault.Invalid, "the last day is a date from today on, YYYY-MM-DD").WithHint("to end an account today: tongbu account end")
	}
	return nil
}
