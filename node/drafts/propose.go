package drafts

import (
	"context"
	"slices"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// closed is why a draft that is not open is not typed on.
func (d *Draft) closed() error {
	if d.State == Proposed {
		return errWaits
	}
	return fault.New(fault.Invalid, "the draft is confirmed and not typed on").WithHint("drop it, and open the record again")
}

// Propose hands a draft to the head of the station, who decides whether it is saved: of
// an operator a correction or a void waits so. It returns NotFound for a draft that is
// not there, and Invalid without a reason and for one that is not open.
func (d *Drafts) Propose(ctx context.Context, owner, id, why string) error {
	if why = said(why); why == "" {
		return fault.New(fault.Invalid, "say why: the head decides by that")
	}
	now := d.at.Now()
	return d.change(ctx, "propose a draft", owner, id, func(found *Draft) error {
		if !found.IsOpen() {
			return found.closed()
		}
		found.State, found.Proposal = Proposed, &Proposal{Why: why, At: now}
		return nil
	})
}

// TakeBack makes a draft that waits for the head one that its owner types on.
func (d *Drafts) TakeBack(ctx context.Context, owner, id string) error {
	return d.change(ctx, "take a draft back", owner, id, func(found *Draft) error {
		if found.State != Proposed {
			return errSettled
		}
		found.State, found.Proposal = Open, nil
		return nil
	})
}

func (d *Drafts) change(ctx context.Context, what, owner, id string, do func(*Draft) error) error {
	err := d.at.Journal.Update(ctx, func(tx *journal.Tx) error {
		s := shelf{tx}
		found, err := s.get(owner, id)
		if err != nil {
			return err
		}
		if err := do(&found); err != nil {
			return err
		}
		return s.putHead(&found)
	})
	return fault.Wrap(what, err)
}

// Proposals are the drafts of all owners that wait for the head, without their values,
// those that wait longest first.
func (d *Drafts) Proposals() (waiting []Draft, err error) {
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		waiting, err = shelf{tx}.waiting()
		return err
	})
	return waiting, fault.Wrap("list the drafts", err)
}

// Proposal is a draft that waits for the head, with its values; NotFound where none does.
func (d *Drafts) Proposal(id string) (found Draft, err error) {
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		found, err = shelf{tx}.waitingFor(id)
		return err
	})
	return found, fault.Wrap("get a draft", err)
}

// Settle says what the head has decided of a draft that waits: it is taken (and saved
// before, under its id as the name of the form, so that this may be repeated), or goes
// back to its owner with a word why. Whichever head comes first decides; a second one
// gets Invalid. It returns NotFound for a draft that never waited, Denied for one's own,
// and Invalid for one that goes back without a word.
func (d *Drafts) Settle(ctx context.Context, head, id string, taken bool, word string) error {
	if word = said(word); word == "" && !taken {
		return fault.New(fault.Invalid, "say why it goes back")
	}
	if head == "" || !isName(head, maxName) {
		return fault.New(fault.Invalid, "a draft is settled by a head with a login")
	}
	now := d.at.Now()
	err := d.at.Journal.Update(ctx, func(tx *journal.Tx) error {
		s := shelf{tx}
		found, err := s.any(id)
		switch {
		case err != nil:
			return err
		case found.Owner == head:
			return errOwn
		case found.State != Proposed:
			return errSettled
		}
		settled := *found.Proposal
		settled.Head, settled.Word, settled.SettledAt = head, word, now
		found.Proposal, found.State = &settled, Returned
		if taken {
			found.State = Taken
		}
		return s.putHead(&found)
	})
	return fault.Wrap("settle a draft", err)
}

func (s shelf) waiting() (waiting []Draft, err error) {
	all, err := s.list("")
	for _, d := range all {
		if d.State == Proposed && d.Proposal != nil {
			waiting = append(waiting, d)
		}
	}
	slices.SortStableFunc(waiting, func(a, b Draft) int { return a.Proposal.At.Compare(b.Proposal.At) })
	return waiting, err
}

func (s shelf) waitingFor(id string) (Draft, error) {
	found, err := s.any(id)
	if err == nil && found.State != Proposed {
		err = errNone
	}
	return found, err
}

// any is a draft that was proposed, whoever owns it, with its values.
func (s shelf) any(id string) (Draft, error) {
	all, err := s.list("")
	if err != nil {
		return Draft{}, err
	}
	for _, d := range all {
		if d.ID == id && d.Proposal != nil {
			return s.get(d.Owner, d.ID)
		}
	}
	return Draft{}, errNone
}
