package people

import (
	"context"
	"strings"

	"tongbu/internal/fault"
)

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
			changed = changed.unlocked(login)
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
		did, err = append(did, "name"), at("name", checkName(a.Name))
	}
	if c.Role != nil && err == nil {
		a.Role = *c.Role
		did, err = append(did, "role "+string(a.Role)), at("role", checkRole(a.Role))
	}
	if c.Until != nil && err == nil {
		a.Until = *c.Until
		did, err = append(did, lastDay(a.Until)), at("until", checkUntil(a.Until, day))
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
		changed := b.with(&next).unlocked(login)
		return changed, deed{by: by, of: login, did: "ended"}, b.checkLed(changed)
	})
	return err
}
