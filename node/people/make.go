package people

import (
	"context"
	"strings"

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
	for _, err := range []error{at("login", checkLogin(person.Login)), at("name", checkName(person.Name)), at("role", checkRole(person.Role)), at("password", CheckPassword(person.Login, password))} {
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
			err = at("until", checkUntil(person.Until, day))
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
