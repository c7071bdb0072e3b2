package pairs

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/syncer/streams"
)

// settle does what verdicts ask for, in one transaction. What the city has said meanwhile
// counts: the cases are read in it.
func (k *Keeper) settle(ctx context.Context, verdicts []verdict, dry bool, found *Found) error {
	day, err := k.cfg.Today()
	if err != nil {
		return err
	}
	if dry {
		b, err := k.read()
		if err != nil {
			return err
		}
		for _, v := range verdicts {
			b.judge(v, day, found)
		}
		return nil
	}
	var did Found
	err = k.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		b, err := k.readIn(w.Tx)
		if err != nil {
			return err
		}
		did = Found{}
		for _, v := range verdicts {
			b.judge(v, day, &did)
		}
		b.count()
		return k.write(w, b, "city")
	})
	if err == nil {
		found.Opened, found.Ended = found.Opened+did.Opened, found.Ended+did.Ended
	}
	return err
}

// Outcomes are what a case may be decided as, with the states of the list duplicate_state.
var Outcomes = map[string]string{"same": facts.DuplicateSame, "moved": facts.DuplicateMoved, "different": facts.DuplicateDifferent, "wrong_number": facts.DuplicateWrongNumber}

// Decision is what the city decides of a case.
type Decision struct {
	Outcome string          `json:"outcome"`          // a name of Outcomes
	Counts  change.RecordID `json:"counts,omitempty"` // of same: the record that goes on counting; "": the one that counts now
	To      string          `json:"to,omitempty"`     // of moved: the community that is to have the record, by code or id
	Wrong   change.RecordID `json:"wrong,omitempty"`  // of wrong_number: whose number is to be corrected
	Reason  string          `json:"reason,omitempty"`
	Actor   string          `json:"actor,omitempty"`
}

// maxReason bounds a reason, in characters: the field takes no more.
const maxReason = 200

// Decide decides an open case. It returns NotFound, and Invalid for a case that is decided
// or has ended, and for a decision that names none of its records or communities.
func (k *Keeper) Decide(ctx context.Context, name string, d Decision) (*Case, error) {
	state, known := Outcomes[d.Outcome]
	switch {
	case !known:
		return nil, fault.New(fault.Invalid, "no such outcome: %q", d.Outcome).WithHint("outcomes: same, moved, different, wrong_number")
	case len([]rune(d.Reason)) > maxReason:
		return nil, fault.New(fault.Invalid, "the reason has more than %d characters", maxReason)
	case d.Outcome != "same" && d.Counts != "", d.Outcome != "moved" && d.To != "", d.Outcome != "wrong_number" && d.Wrong != "":
		return nil, fault.New(fault.Invalid, "the outcome %s does not take that", d.Outcome).WithHint("same takes --counts, moved --to, wrong_number --wrong")
	}
	numbered, err := k.hasNumber(ctx, d.Wrong)
	if err != nil {
		return nil, err
	}
	return k.change(ctx, name, d.Actor, func(b book, c *Case, day string) error {
		switch {
		case c.State != facts.DuplicateOpen:
			return errNotOpen(c)
		case len(c.Sides) < 2:
			return fault.New(fault.Unavailable, "what was said of the other record has not come back here yet").WithHint("search again: tongbu duplicates search")
		}
		if err := b.agree(c, state); err != nil {
			return err
		}
		chosen := b.chosen()
		if err := k.apply(c, d, numbered); err != nil {
			return err
		}
		if !c.become(state) {
			return errNotOpen(c)
		}
		c.Decided, c.Reason = day, d.Reason
		return b.keep(append(chosen, c))
	})
}

// hasNumber reports whether a record has an ID number, which could be wrong.
func (k *Keeper) hasNumber(ctx context.Context, id change.RecordID) (bool, error) {
	if id == "" {
		return false, nil
	}
	l := look{Keeper: k, met: map[change.RecordID]*person{}}
	p, err := l.person(ctx, id)
	if err != nil {
		return false, fault.Wrap("look whose number is wrong", err)
	}
	return p.Number != "", nil
}

// apply has the record be chosen, or be corrected, that a decision names.
func (k *Keeper) apply(c *Case, d Decision, numbered bool) error {
	named := func(id change.RecordID, flag string) (*Side, error) {
		at := slices.IndexFunc(c.Sides, func(s Side) bool { return s.Person == id })
		if at < 0 {
			return nil, fault.New(fault.Invalid, "%s names none of the two records of the case", flag).WithHint("it takes one of the ids that tongbu duplicates show has under PERSON: %s or %s", c.Sides[0].Person, c.Sides[1].Person)
		}
		return &c.Sides[at], nil
	}
	switch d.Outcome {
	case "same":
		if d.Counts == "" {
			return nil
		}
		s, err := named(d.Counts, "--counts")
		if err != nil {
			return err
		}
		s.Chosen = true
	case "moved":
		if d.To == "" {
			return fault.New(fault.Invalid, "of who has moved it is said which community is to have the record").WithHint("name it with --to CODE: %s or %s", k.codeOf(c.Sides[0].Unit), k.codeOf(c.Sides[1].Unit))
		}
		at := slices.IndexFunc(c.Sides, func(s Side) bool { return string(s.Unit) == d.To || k.codeOf(s.Unit) == d.To })
		if at < 0 {
			return fault.New(fault.Invalid, "the record can move to one of the two communities of the case alone").WithHint("name it with --to CODE: %s or %s", k.codeOf(c.Sides[0].Unit), k.codeOf(c.Sides[1].Unit))
		}
		c.To, c.Sides[at].Chosen = c.Sides[at].Unit, true
	case "wrong_number":
		if d.Wrong == "" {
			return fault.New(fault.Invalid, "of a wrong number it is said whose it is").WithHint("name the record with --wrong ID: %s or %s", c.Sides[0].Person, c.Sides[1].Person)
		}
		s, err := named(d.Wrong, "--wrong")
		switch {
		case err != nil:
			return err
		case !numbered:
			return fault.New(fault.Invalid, "the record has no ID number that could be wrong").WithHint("name the other record, or decide that they are different persons: different")
		}
		s.Correct = true
	}
	return nil
}

// Undo takes a decision back: the case is open again. It returns NotFound, and Invalid for a
// case that is not decided.
func (k *Keeper) Undo(ctx context.Context, name, reason, actor string) (*Case, error) {
	switch {
	case reason == "":
		return nil, fault.New(fault.Invalid, "to take a decision back needs a reason").WithHint("say it with --reason")
	case len([]rune(reason)) > maxReason:
		return nil, fault.New(fault.Invalid, "the reason has more than %d characters", maxReason)
	}
	return k.change(ctx, name, actor, func(_ book, c *Case, day string) error {
		if !slices.Contains(follows[c.State], facts.DuplicateOpen) || c.State == facts.DuplicateEnded {
			return fault.New(fault.Invalid, "nothing is decided of the case").WithHint("see tongbu duplicates show")
		}
		c.reopen(day)
		c.Reason = reason
		return nil
	})
}

// change changes a case as it stands in the transaction that writes it, so of two at once the
// second finds what the first has done; and what counts by all cases together.
func (k *Keeper) change(ctx context.Context, name, actor string, how func(b book, c *Case, day string) error) (c *Case, err error) {
	day, err := k.cfg.Today()
	if err != nil {
		return nil, err
	}
	err = k.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		b, err := k.readIn(w.Tx)
		if err != nil {
			return err
		}
		if c = b[name]; c == nil {
			return errNoCase
		}
		if err := how(b, c, day); err != nil {
			return err
		}
		b.count()
		return k.write(w, b, actor)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

var errNoCase = fault.New(fault.NotFound, "no such duplicate case").WithHint("list them: tongbu duplicates list")
