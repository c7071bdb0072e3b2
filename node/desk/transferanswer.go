package desk

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// TransferReply is what a community answers to an offer, or says of a change that is held for
// it.
type TransferReply struct {
	Answer string `json:"answer"` // of the list transfer_answer
	Reason string `json:"reason,omitempty"`
}

// Answer answers an offer to this community, or takes or drops what is held for it: name is
// the transfer, or the word. The city acts on it. It returns NotFound, and Invalid for what
// is decided or answered.
func (t Transfers) Answer(ctx context.Context, name string, r TransferReply, by Asker) (written Written, err error) {
	d := t.desk
	if err := t.ready(); err != nil {
		return written, err
	}
	k, err := d.writableKind(schema.TransferAnswer)
	if err != nil {
		return written, err
	}
	field, err := t.answerable(ctx, name, r, by)
	if err != nil {
		return written, err
	}
	err = d.at.Streams.Write(ctx, func(w *streams.Writer) error {
		day, _, err := d.at.Today(w.Tx)
		if err != nil {
			return err
		}
		object := map[string]any{field: name, "on": day.Date, "answer": r.Answer, "reason": orNull(r.Reason)}
		written, err = d.writeNamed(w, k, change.NumberedRecordID(d.at.Members.Unit().ID, schema.TransferAnswer, name), object, Saving{Actor: by.Operator})
		return err
	})
	return written, fault.Wrap("answer a transfer", err)
}

// answerable finds what an answer is to, and says which field names it.
func (t Transfers) answerable(ctx context.Context, name string, r TransferReply, by Asker) (field string, err error) {
	switch r.Answer {
	case "take", "drop":
		held, err := t.Held(ctx, by)
		if err != nil {
			return "", err
		}
		at := slices.IndexFunc(held, func(h HeldChange) bool { return h.Word == name })
		switch {
		case at < 0:
			return "", fault.New(fault.NotFound, "nothing is held for this unit under that name").WithHint("tongbu transfer held lists what is")
		case held[at].Answer != "":
			return "", errAnsweredSo(held[at].Answer)
		}
		return "word", nil
	case "accept", "decline":
		return "transfer", t.answerableOffer(ctx, name, r, by)
	}
	return "", fault.New(fault.Invalid, "no such answer: %q", r.Answer).WithHint("answers: accept, decline, take, drop")
}

func (t Transfers) answerableOffer(ctx context.Context, name string, r TransferReply, by Asker) error {
	all, err := t.List(ctx, by)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(one Transfer) bool { return one.Transfer == name && one.Side == "to" })
	switch {
	case at < 0:
		return errNoTransfer
	case all[at].State != TransferOffered:
		return fault.New(fault.Invalid, "the transfer is decided already: %s", all[at].State)
	case all[at].Answer != "":
		return errAnsweredSo(all[at].Answer)
	case r.Answer == "decline" && r.Reason == "":
		return fault.New(fault.Invalid, "an offer is declined with a reason").WithHint("give --reason TEXT, for the community that offers")
	}
	return nil
}

func errAnsweredSo(answer string) error {
	return fault.New(fault.Invalid, "this unit has answered already: %s", answer).WithHint("the city acts on it when it hears it")
}
