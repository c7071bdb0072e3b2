// Package own answers questions about a workstation's own unit from its own file: at
// once, with the line down too, by the rules of hub/query and in its form. To that
// package the file is one more view, which holds one unit.
package own

import (
	"context"
	"crypto/rand"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// pageTime bounds a page, and the wait for its turn.
const pageTime = time.Minute

// limits are of questions that run at once: each reads the whole file, at worst.
var limits = query.Limits{Places: 2, Share: 2, Each: 2, Waiting: 8}

// Config is what the answers are made of.
type Config struct {
	At      *replica.Replica
	Desk    *desk.Desk
	Operate *operate.Operate
}

// Answers answers questions about the unit of a directory. It is safe for concurrent
// use.
type Answers struct {
	at      *replica.Replica
	desk    *desk.Desk
	options query.Options
	changes changes
	turns   *query.Turns
	streams *query.Streams
}

// New makes the answers of a workstation. Tokens of pages are those of this run.
func New(c Config) (*Answers, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fault.As(fault.Internal, "make a key", err)
	}
	heard := coverage{Config: c}
	return &Answers{at: c.At, desk: c.Desk, options: query.Options{Tree: c.At.Members.Tree, TreeOn: c.At.Members.TreeOn, Heard: heard, Now: c.At.Now, Today: c.At.Day, Key: key},
		turns: query.NewTurns(limits), streams: query.NewStreams(limits)}, nil
}

// Knows reports whether the answer is in the file: of kinds about persons, whose records
// a unit makes itself and holds all. What else is asked about, units above may have said
// something of that has not come here yet, so the answer is theirs to give.
func (a *Answers) Knows(q question.Question) bool {
	k, ok := a.at.Schema.Kind(q.Kind)
	return (ok && k.Personal || question.IsComputed(q.Kind) && q.Kind != question.Ranking) && a.at.Members.Tree() != nil && (q.Scope == "" || a.desk.IsHere(string(q.Scope)))
}

// Query answers a question, whose look-ups are in the audit log then. It returns what
// query.Service does, and Exhausted where the answer takes more memory than a
// workstation has for it.
func (a *Answers) Query(ctx context.Context, q question.Question) (answer *question.Answer, err error) {
	err = a.turns.Do(ctx, a.origin(), pageTime, func(ctx context.Context) error {
		service, err := a.service()
		if err == nil {
			answer, err = service.Query(ctx, a.asker(), q)
		}
		return err
	})
	if err != nil {
		answer = nil
	}
	if err := a.audit(ctx, q, answer, err); err != nil {
		return nil, err
	}
	return answer, nil
}

// QueryAll is Query for all rows, in parts.
func (a *Answers) QueryAll(ctx context.Context, q question.Question, tell question.Tell) error {
	log := &query.Logged{Tell: tell, Write: func(ctx context.Context, part *question.Answer, outcome error) error {
		return a.audit(ctx, q, part, outcome)
	}}
	err := a.streams.Do(ctx, a.origin(), log.Part, func(ctx context.Context, tell question.Tell) error {
		service, err := a.service()
		if err != nil {
			return err
		}
		return service.QueryAll(ctx, a.asker(), q, tell)
	})
	return log.End(ctx, err)
}

// service answers one question: what it has made of the file serves all that the
// question takes.
func (a *Answers) service() (*query.Service, error) {
	return query.New(&rows{of: a}, a.options)
}

func (a *Answers) asker() query.Asker { return query.Asker{Unit: a.at.Members.Unit().ID} }

func (a *Answers) origin() query.Origin {
	self := a.at.Self().Device
	return query.Origin{Child: self, Device: self}
}

func (a *Answers) audit(ctx context.Context, q question.Question, answer *question.Answer, outcome error) error {
	self := a.at.Self()
	return a.desk.AuditQuestion(ctx, audit.Entry{Device: self.Device, Unit: self.Unit}, q, answer, outcome)
}

// coverage says how far this unit is heard here.
type coverage struct{ Config }

// Communities implements query.Communities. What this device has written is here as it
// is written; what another device of the unit has comes down the line.
func (c coverage) Communities(context.Context, change.UnitID) ([]query.Community, error) {
	sent, _, _, err := c.Operate.Progress()
	unit := c.At.Members.Unit()
	heard := query.Community{Code: unit.Code, Enrolled: true, Connected: true, Head: sent.Sent, Applied: sent.Covered}
	if c.hasOthers(unit.ID) {
		line := c.At.Uplink.Line()
		heard.Connected, heard.LastHeard = line.Connected, line.LastSync
	}
	return []query.Community{heard}, err
}

// hasOthers reports whether another device writes for the unit.
func (c coverage) hasOthers(unit change.UnitID) bool {
	for _, d := range c.At.Members.Devices() {
		if d.Unit == unit && d.ID != c.At.Keys.Device() && !c.At.Members.Banned(d.ID) {
			return true
		}
	}
	return false
}
