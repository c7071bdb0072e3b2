package people

import (
	"slices"
	"time"

	"tongbu/internal/fault"
)

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
			return nil, at("login", fault.New(fault.Invalid, "this login was somebody's until %s", a.Ended).WithHint("choose another: what the other did stands under it"))
		}
		return nil, at("login", fault.New(fault.Invalid, "there is an account of this login").WithHint("choose another, or change that"))
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
