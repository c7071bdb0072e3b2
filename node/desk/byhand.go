package desk

import (
	"context"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// notByHand refuses records of a kind of which each is written by a command of its own: that
// alone judges it beside what it is about. Put by itself, from a table or a form, such a record
// would say what nobody has looked at.
func notByHand(k *schema.Kind, how Saving) error {
	if how.procedure {
		return nil
	}
	refusal := fault.New(fault.Invalid, "%s records are not put by themselves", k.Name)
	switch k.Name {
	case schema.CorrectionRequest:
		return refusal.WithHint("tongbu correct ask writes it, beside the record that it is about; who asked may withdraw it")
	case schema.CorrectionAnswer:
		return refusal.WithHint("tongbu correct take and tongbu correct decline write it, with the edit")
	case schema.TransferOffer:
		return refusal.WithHint("tongbu transfer offer writes it, beside the record; tongbu transfer withdraw takes it back")
	case schema.TransferAnswer:
		return refusal.WithHint("tongbu transfer accept, decline, take and drop write it, beside what it answers")
	case facts.DuplicateAnswer:
		return refusal.WithHint("tongbu duplicates answer writes it, beside the case")
	}
	return nil
}

// judgeByHand is notByHand for what a draft makes of a record. Who has asked for a correction
// may withdraw that.
func (s *saver) judgeByHand(drawn *draft) error {
	if s.kind.Name == schema.CorrectionRequest && drawn.known != nil && withdraws(drawn) {
		return nil
	}
	return notByHand(s.kind, s.how)
}

// chosenByHand is notByHand for who settles values side by side, as when two devices have
// answered one case: one of the values is chosen, and no other written.
func chosenByHand(k *schema.Kind, choices []string) error {
	for _, text := range choices {
		if strings.Contains(text, "=") {
			return notByHand(k, Saving{})
		}
	}
	return nil
}

// withdraws reports whether a draft makes a record void and changes nothing else.
func withdraws(drawn *draft) bool {
	for name, value := range drawn.changedValues() {
		if name != schema.VoidReason && (name != merge.VoidField || value.Text() != "0") {
			return false
		}
	}
	return isVoid(drawn.whole)
}

// keepAnswered refuses to withdraw requests for corrections that were answered: an answer is
// final. It looks into the view, and so before anything is written; of an answer that is still
// on its way every tier says that it stands.
func (d *Desk) keepAnswered(ctx context.Context, k *schema.Kind, items []Item) error {
	if k.Name != schema.CorrectionRequest {
		return nil
	}
	for i := range items {
		t, err := items[i].decode()
		if err != nil || !t.id.Formed() {
			continue // what it says is judged where it is saved
		}
		if err := d.keepAnsweredOne(ctx, t.id); err != nil {
			return err
		}
	}
	return nil
}

// keepAnsweredForm is keepAnswered for the parts of a form.
func (d *Desk) keepAnsweredForm(ctx context.Context, f Form) error {
	for _, p := range f.Parts {
		if k, known := d.at.Schema.Kind(p.Kind); known {
			if err := d.keepAnswered(ctx, k, []Item{{JSON: p.Item}}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Desk) keepAnsweredOne(ctx context.Context, id change.RecordID) error {
	c, err := d.request(ctx, id)
	switch fault.Of(err) {
	case fault.OK:
	case fault.NotFound:
		return nil // the draft says so
	default:
		return err
	}
	if err := d.await(ctx, c); err != nil || c.answer == nil {
		return err
	}
	return errAnswered(c)
}

func errAnswered(c *Correction) error {
	return fault.New(fault.Invalid, "the request was answered on %s: %s", c.Answered, valueText(c.answer, "step")).
		WithHint("an answer is final; what else is wrong with the record is asked for again")
}
