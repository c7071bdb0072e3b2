package hub

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"time"

	"tongbu/hub/api"
	"tongbu/hub/query"
	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/question"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/targets"
	"tongbu/internal/tree"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// programs answers programs from the hub's view.
type programs struct{ hub *Hub }

var _ api.Hub = programs{}

// ProgramOf implements api.Hub.
func (h programs) ProgramOf(token [32]byte) (system.Program, bool) {
	return h.hub.Replica.Members.ProgramOf(token)
}

// ProgramOfKey implements api.Hub.
func (h programs) ProgramOfKey(key [32]byte) (system.Program, bool) {
	return h.hub.Replica.Members.ProgramOfKey(key)
}

// Live implements api.Hub: by what the city has said last, so that a call which lasts
// may ask again. Access that was given again since is another one.
func (h programs) Live(p system.Program) error {
	now, known := h.hub.Replica.Members.Program(p.Name)
	if again := !bytes.Equal(now.Token, p.Token) || !bytes.Equal(now.Certificate, p.Certificate); !known || again {
		return fault.New(fault.Denied, "the access of program %s was revoked", p.Name).WithHint("ask the city for a new one")
	}
	day, err := h.hub.Replica.Day()
	if err != nil {
		return err
	}
	return access.ProgramActive(members.RightsOf(now), day)
}

// Kinds implements api.Hub.
func (h programs) Kinds(p system.Program) (seen []*schema.Kind) {
	for _, k := range h.Schema().Kinds() {
		if access.ProgramKind(members.RightsOf(p), k, k.Name) == nil {
			seen = append(seen, k)
		}
	}
	return seen
}

// kind is the kind of a name; nil: there is none.
func (h programs) kind(name string) *schema.Kind {
	k, _ := h.Schema().Kind(name)
	return k
}

// Kind implements api.Hub.
func (h programs) Kind(p system.Program, name string) (*schema.Kind, error) {
	k := h.kind(name)
	if err := access.ProgramKind(members.RightsOf(p), k, name); err != nil {
		return nil, err
	}
	return k, nil
}

// Scope implements api.Hub.
func (h programs) Scope(p system.Program, code string) (change.UnitID, error) {
	t := h.Tree()
	if t == nil {
		return "", fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	own := access.ProgramScope(t, members.RightsOf(p), h.hub.Replica.Place.Unit)
	if own == "" {
		return "", access.Closed()
	}
	if code == "" {
		return own, nil
	}
	u, known := t.ByCode(code)
	if !known || !t.Below(own, u.ID) {
		return "", access.Closed()
	}
	return u.ID, nil
}

// Schema implements api.Hub: that of the view.
func (h programs) Schema() *schema.Schema { return h.hub.view.Schema() }

// Tree implements api.Hub.
func (h programs) Tree() *tree.Tree { return h.hub.Replica.Members.Tree() }

// may decides whether a program may ask a question: one about indicators where it may see
// the rows that they count, one about targets where it may see these too.
func (h programs) may(p system.Program, q question.Question) error {
	day, err := h.hub.Replica.Day()
	if err != nil {
		return err
	}
	kinds := []string{q.Kind}
	switch q.Kind {
	case question.Indicators:
		kinds = append([]string{facts.PersonFacts}, facts.CountedKinds(q.Select)...)
	case question.Ranking: // it has no method of the service for programs
		return access.NoKind(q.Kind)
	case question.Assessment:
		kinds = append([]string{facts.PackKind, facts.PersonFacts}, facts.CountedKinds(nil)...)
	case question.Targets:
		kinds = append([]string{targets.Kind, facts.PersonFacts}, facts.CountedKinds(nil)...)
	}
	return h.mayAll(p, day, kinds, q.Scope)
}

func (h programs) mayAll(p system.Program, day string, kinds []string, scope change.UnitID) error {
	for _, kind := range kinds {
		if err := access.Program(h.Tree(), members.RightsOf(p), h.hub.Replica.Place.Unit, day, h.kind(kind), kind, scope); err != nil {
			return err
		}
	}
	return nil
}

// asker is who asks for a program: it sees what lies in its scope.
func (h programs) asker(p system.Program) query.Asker {
	return query.Asker{Unit: access.ProgramScope(h.Tree(), members.RightsOf(p), h.hub.Replica.Place.Unit), Reveal: p.Full, Program: p.Name}
}

// origin is whose turn a question takes: the program's, whose calls take turns among
// themselves.
func (programs) origin(p system.Program, q question.Question) query.Origin {
	return query.Origin{Child: change.DeviceID("program " + p.Name), Device: cmp.Or(q.Device, "-"), Hub: true}
}

// log writes a question of a program about persons into the audit log.
func (h programs) log(ctx context.Context, p system.Program, q question.Question, a *question.Answer, outcome error) error {
	return h.hub.Desk.AuditQuestion(ctx, h.entry(p), q, a, outcome)
}

func (h programs) entry(p system.Program) audit.Entry {
	return audit.Entry{Device: h.hub.Replica.Keys.Device(), Unit: p.Unit, Program: p.Name}
}

// Ask implements api.Hub.
func (h programs) Ask(ctx context.Context, p system.Program, q question.Question) (a *question.Answer, err error) {
	start := time.Now()
	defer func() { h.hub.asked.Done(start, err) }()
	if err = h.may(p, q); err == nil {
		err = h.hub.turns.Do(ctx, h.origin(p, q), cmp.Or(h.hub.QuestionTime, query.DefaultTime), func(ctx context.Context) error {
			a, err = h.hub.queries.Query(ctx, h.asker(p), q)
			return err
		})
	}
	if err != nil {
		a = nil
	}
	if err = h.log(ctx, p, q, a, err); err != nil {
		return nil, err
	}
	return a, nil
}

// AskAll implements api.Hub. It ends when the program's access does.
func (h programs) AskAll(ctx context.Context, p system.Program, q question.Question, tell question.Tell) (err error) {
	start := time.Now()
	defer func() { h.hub.asked.Done(start, err) }()
	if err := h.may(p, q); err != nil {
		return h.log(ctx, p, q, nil, err)
	}
	log := &query.Logged{Write: func(ctx context.Context, a *question.Answer, outcome error) error {
		return h.log(ctx, p, q, a, outcome)
	},
		Tell: func(ctx context.Context, part question.Part) error {
			if err := h.Live(p); err != nil {
				return err
			}
			return tell(ctx, part)
		}}
	err = h.hub.streams.Do(ctx, h.origin(p, q), log.Part, func(ctx context.Context, tell question.Tell) error {
		return h.hub.queries.QueryAll(ctx, h.asker(p), q, tell)
	})
	return log.End(ctx, err)
}

// Past implements api.Hub.
func (h programs) Past(ctx context.Context, p system.Program, q api.Looked) ([]api.Past, error) {
	if q.Kind.Sort == schema.Derived {
		return nil, fault.New(fault.Invalid, "nobody writes %s, so it has no history", q.Kind.Name).WithHint("ask for that of the record or event that its id names")
	}
	held, err := h.holdFor(ctx, p, q)
	var all []api.Past
	if err == nil {
		err = h.hub.Replica.Journal.View(func(tx *journal.Tx) error {
			past, err := h.hub.Desk.HistoryHeld(tx, held)
			for _, c := range past {
				state := c.State
				if c.Refused {
					state = "refused"
				}
				all = append(all, api.Past{At: fmt.Sprintf("%s/%d", c.Device, c.Count), Actor: c.Actor, Entered: c.Entered, Unit: c.Unit, Device: c.Device, State: state, Fields: c.Fields})
			}
			return err
		})
	}
	if !q.Kind.Personal {
		return all, err
	}
	by := h.entry(p)
	by.Operator, by.Purpose, by.Act, by.Kind, by.Outcome = q.Operator, q.Purpose, audit.History, q.Kind.Name, fault.Of(err).String()
	up := replica.LookUp{Entry: by}
	if err == nil {
		up.Records, up.Count = []change.RecordID{q.ID}, 1
	}
	if err := h.hub.Replica.Lookups.Append(ctx, up); err != nil {
		return nil, err
	}
	return all, err
}

// holdFor reads a record of the view that the program may see. What it may not see is
// not here.
func (h programs) holdFor(ctx context.Context, p system.Program, q api.Looked) (desk.Held, error) {
	if err := h.Live(p); err != nil {
		return desk.Held{}, err
	}
	missing := fault.New(fault.NotFound, "no such %s here", q.Kind.Name).WithHint("give the id as an answer shows it")
	held, err := h.hub.hold(ctx, q.Kind, q.ID)
	if fault.Of(err) == fault.NotFound {
		return held, missing
	}
	if err != nil {
		return held, err
	}
	scope := access.ProgramScope(h.Tree(), members.RightsOf(p), h.hub.Replica.Place.Unit)
	if of := change.UnitID(records.ValueOf(held.Record, "unit").Text()); q.Kind.Personal && !h.Tree().Below(scope, of) {
		return held, missing
	}
	if seen, err := h.sees(ctx, p, q, scope); err != nil || !seen {
		return held, cmp.Or(err, error(missing))
	}
	held.Masked = !p.Full
	return held, nil
}

// sees reports whether a record of a kind without personal data is among those that an
// answer would have: who has said it to whom decides.
func (h programs) sees(ctx context.Context, p system.Program, q api.Looked, scope change.UnitID) (bool, error) {
	if q.Kind.Personal {
		return true, nil
	}
	a, err := h.hub.queries.Query(ctx, h.asker(p), question.Question{Kind: q.Kind.Name, Filter: filter.OneRecord(q.Kind, q.ID), Select: []string{view.ColID}, PageSize: 1, Scope: scope})
	return err == nil && len(a.Rows) > 0, err
}

// Coverage implements api.Hub.
func (h programs) Coverage(ctx context.Context, _ system.Program, scope change.UnitID) (question.Coverage, error) {
	return h.hub.queries.Coverage(ctx, scope)
}
