// Package people is the accounts of the people at a workstation.
package people

import (
	"context"
	"time"

	"tongbu/internal/fault"
	"tongbu/node/replica"
)

type Role string

const (
	Operator Role = "operator"
	Head     Role = "head"
	Viewer   Role = "viewer"
)

type Act uint8

const (
	Read Act = iota
	Write
	Lead
)

func (r Role) May(act Act) bool { return r == Head || act == Read || act == Write && r == Operator }

type Person struct {
	Login, Name string
	Role        Role
	Until       string
	MadeBy      string
	MadeOn      string
	Ended       string
	Confirmed   bool
	MustChange  bool
	LockedFor   time.Duration
}

type Change struct{ Name, Password *string }

type People struct{ all map[string]Person }

const CommandLine = ""

func New(*replica.Replica) *People   { return &People{all: map[string]Person{}} }
func (p *People) Any() (bool, error) { return len(p.all) > 0, nil }
func (p *People) First(_ context.Context, who Person, _ string) (Person, error) {
	p.all[who.Login] = who
	return who, nil
}
func (p *People) SignIn(_ context.Context, login, _, _ string) (Person, error) {
	return p.Current(login)
}
func (p *People) SetOwn(context.Context, string, string, string) error { return nil }
func (p *People) Current(login string) (Person, error) {
	who, has := p.all[login]
	if !has {
		return who, fault.New(fault.Denied, "no such account")
	}
	return who, nil
}
