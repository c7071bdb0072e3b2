// Package people keeps the accounts of those who work at a workstation and sign in on
// its pages: who they are, what they may do, and how they prove it.
//
// Accounts and failed tries are two values of a table of the journal, encrypted as
// everything there. What they are at a moment is a book in memory, which is replaced
// after a commit and never changed: whoever asks reads it without a lock and without
// the disk. Acts are done one after the other, and so are checks of passwords, which
// take 19 MiB each.
//
// A login that nobody has is treated as one that somebody has, so that the answers, the
// time they take and the locks say nothing of who has an account.
package people

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tongbu/internal/fault"
	"tongbu/node/replica"
)

// Role is what a person is at the workstation.
type Role string

// The roles.
const (
	Operator Role = "operator" // reads and writes records
	Head     Role = "head"     // leads: accounts, the year's end, what is to be confirmed
	Viewer   Role = "viewer"   // reads
)

// Act is a sort of what is done on the pages.
type Act uint8

// The acts.
const (
	Read  Act = iota + 1 // look at records and lists
	Write                // put, change and void records
	Lead                 // change accounts, close a ledger's year, confirm
)

// May reports whether a role may act; an unknown one may nothing.
func (r Role) May(act Act) bool {
	switch r {
	case Head:
		return act == Read || act == Write || act == Lead
	case Operator:
		return act == Read || act == Write
	case Viewer:
		return act == Read
	}
	return false
}

// CommandLine is who acts as a head without an account: whoever may use the command
// line on the directory. It is no login.
const CommandLine = "command line"

// AtCommandLine is CommandLine with the name that somebody has on this computer.
func AtCommandLine(user string) string { return CommandLine + ": " + user }

func isCommandLine(by string) bool {
	return by == CommandLine || strings.HasPrefix(by, CommandLine+": ")
}

// Person is somebody's account.
type Person struct {
	Login      string `json:"login"` // as Normal has it
	Name       string `json:"name"`  // for people
	Role       Role   `json:"role"`
	Until      string `json:"until,omitempty"`       // last day, YYYY-MM-DD; "": none
	MadeBy     string `json:"made_by"`               // login, or CommandLine; of the first account its own
	MadeOn     string `json:"made_on"`               // YYYY-MM-DD
	Ended      string `json:"ended,omitempty"`       // the day on which it was ended; "": it was not
	Confirmed  bool   `json:"confirmed,omitempty"`   // somebody above knows of it, or of the head who made it
	MustChange bool   `json:"must_change,omitempty"` // somebody else knows the password: it is to be changed first

	// Term rises with each new password and with the end: what was begun under an
	// earlier one, such as a session of the pages, is over.
	Term uint64 `json:"term"`

	LockedFor time.Duration `json:"locked_for_ns,omitempty"` // until the next try; 0: not locked. Never stored
}

// IsOver reports whether a person may not sign in any more, on a day.
func (p *Person) IsOver(day string) bool { return p.Ended != "" || p.Until != "" && p.Until < day }

// MaxAccounts is how many accounts there are at most. Where there are as many, the one
// that ended first makes room for a new one.
const MaxAccounts = 100

// People are the accounts of a directory. They are safe for concurrent use.
type People struct {
	at    *replica.Replica
	cost  cost   // of new passwords
	turns *turns // for checks of passwords
	days  days

	acting chan struct{} // holds one while accounts or tries are changed

	loading   sync.Mutex // held while the book is read
	book      atomic.Pointer[book]
	addresses addresses
}

// New makes the accounts of an open directory, of which there are one. It reads
// nothing yet.
func New(at *replica.Replica) *People {
	p := &People{at: at, cost: costNow, turns: newTurns(), days: days{at: at}, acting: make(chan struct{}, 1)}
	at.SayAccounts(saidIn)
	return p
}

// Any reports whether there is an account. It returns Damaged when the accounts cannot
// be read, as all methods do.
func (p *People) Any() (bool, error) {
	b, err := p.read()
	return err == nil && len(b.accounts) > 0, err
}

// List lists all accounts by login, those that have ended too.
func (p *People) List() ([]Person, error) {
	b, err := p.read()
	if err != nil {
		return nil, err
	}
	all := []Person{}
	for _, login := range slices.Sorted(maps.Keys(b.accounts)) {
		all = append(all, p.shown(b, b.accounts[login]))
	}
	return all, nil
}

// Current is the account of a login now: NotFound when there is none, Denied when it
// is over. It is asked with every request and takes nothing from the disk.
func (p *People) Current(login string) (Person, error) {
	b, err := p.read()
	if err != nil {
		return Person{}, err
	}
	a := b.accounts[Normal(login)]
	if a == nil {
		return Person{}, noAccount()
	}
	if err := p.checkOver(a); err != nil {
		return Person{}, err
	}
	return p.shown(b, a), nil
}

func noAccount() error {
	return fault.New(fault.NotFound, "there is no such account").WithHint("tongbu account list names them")
}

// checkOver returns Denied for an account that is over.
func (p *People) checkOver(a *account) error {
	if a.Ended == "" && a.Until == "" {
		return nil
	}
	day, err := p.days.today()
	if err != nil {
		return err
	}
	if a.IsOver(day) {
		return fault.New(fault.Denied, "this account ended on %s", cmp.Or(a.Ended, a.Until)).WithHint("a head can make another, or give it a later day")
	}
	return nil
}

// shown is the account as it is handed out.
func (p *People) shown(b *book, a *account) Person {
	person := a.Person
	for _, key := range triesKeys(a.Login) {
		person.LockedFor = max(person.LockedFor, b.tries[key].wait(p.at.Now(), ofAccount))
	}
	return person
}

// begin waits until no other act is under way; end lets the next one begin.
func (p *People) begin(ctx context.Context) (end func(), err error) {
	select {
	case p.acting <- struct{}{}:
		return func() { <-p.acting }, nil
	case <-ctx.Done():
		return nil, fault.Wrap("wait for other acts on accounts", ctx.Err())
	}
}
