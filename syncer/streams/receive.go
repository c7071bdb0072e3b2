package streams

import (
	"context"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// Sender is the peer that batches come from.
type Sender struct {
	syncer.Peer
	Parent bool      // it is above this device
	Until  time.Time // when the certificate it connected with expires; zero: it has shown none
}

// incoming is a received batch until it is stored or refused.
type incoming struct {
	batch    *change.Batch // nil: of a version that is not read here
	stream   change.Stream
	author   change.UnitID
	result   syncer.Result
	checked  bool
	yielded  bool          // the history held here was replaced, or the device was overtaken
	lost     []lostChange  // what this device had written in the history that was replaced
	reissued change.Stream // the stream it was written to again; zero: none
	excess   error         // the device has too many streams
}

func (a *incoming) refuse(why error) {
	a.result.Outcome, a.result.Fault, a.result.Reason = syncer.Refused, fault.Of(why), why.Error()
}

// Append checks batches and stores the genuine ones in one transaction, together
// with the records derived from them. It returns one result a batch, after the
// fsync; an error means that nothing is known to be stored.
func (c *Streams) Append(ctx context.Context, from Sender, sealed [][]byte) ([]syncer.Result, error) {
	all := make([]*incoming, len(sealed))
	for i, raw := range sealed {
		var err error
		if all[i], err = c.check(from, raw); err != nil {
			return nil, err
		}
	}
	failpoint.Reach("custody.append.before")
	err := c.update(ctx, func(tx *journal.Tx) error {
		for _, a := range all {
			if err := c.append(tx, from, a); err != nil {
				return err
			}
		}
		return c.reissue(tx, all)
	})
	if err != nil {
		return nil, fault.Wrap("store batches", err)
	}
	failpoint.Reach("custody.append.after")
	return c.results(from, all)
}

// check parses a batch and checks signature and rights. A batch that cannot be
// parsed fails the link, since its stream is not known; any other defect, and a
// version that this build does not read, refuses only that batch.
func (c *Streams) check(from Sender, raw []byte) (*incoming, error) {
	b, err := change.ParseBatch(raw)
	if fault.Of(err) == fault.Unsupported {
		if in, ok := change.StreamOf(raw); ok {
			a := &incoming{stream: in, result: syncer.Result{Stream: in}}
			a.refuse(err)
			c.cfg.Refused(from, in, err)
			return a, nil
		}
	}
	if err != nil {
		return nil, err
	}
	a := &incoming{batch: b, stream: b.Stream, result: syncer.Result{Stream: b.Stream, End: b.End()}}
	if err := c.checkRights(from, a); err != nil {
		a.refuse(err)
		c.cfg.Refused(from, b.Stream, err)
		return a, nil
	}
	a.checked = true
	return a, nil
}

// checkRights checks the sender, then the signature, then the scope, by what is
// known now: certificates, revocations and the tree may change while a link is
// open. A batch of a revoked author is accepted from others: it may have been
// written before the revocation and have been on its way through them since.
func (c *Streams) checkRights(from Sender, a *incoming) error {
	t := c.cfg.Tree()
	if err := c.checkSender(t, from); err != nil {
		return err
	}
	who, err := c.author(a.batch.Stream.Device)
	if err != nil {
		return err
	}
	if err := a.batch.Verify(who.key); err != nil {
		return err
	}
	a.author = who.unit
	in := a.batch.Stream
	if in.Incarnation > syncer.MaxIncarnation || a.batch.Last() > syncer.MaxSeq || !syncer.IsTime(a.batch.Sealed) {
		return fault.New(fault.Invalid, "stream %s cannot have got as far as %d, at %d ms", in, a.batch.Last(), a.batch.Sealed)
	}
	if err := access.Say(t, who.unit, in); err != nil {
		return err
	}
	if err := access.Forward(who.unit, c.cfg.Root, a.batch.Forwarded > 0); err != nil {
		return err
	}
	direction, child := access.Down, c.cfg.Self.Unit
	if !from.Parent {
		direction, child = access.Up, from.Unit
	}
	if !access.Bring(t, direction, child, who.unit, in.Audience) {
		return fault.New(fault.Denied, "stream %s does not belong on this link", in)
	}
	return nil
}

// checkSender checks whether the sender may bring anything.
func (c *Streams) checkSender(t syncer.Tree, from Sender) error {
	sender := access.Party{Unit: from.Unit, Device: from.Device, Revoked: c.cfg.Banned(from.Device),
		Expired: !from.Until.IsZero() && c.cfg.Now().After(from.Until)}
	return access.Linked(t, c.cfg.Self.Unit, sender, from.Parent)
}

func (c *Streams) append(tx *journal.Tx, from Sender, a *incoming) error {
	a.yielded, a.lost, a.reissued, a.excess = false, nil, change.Stream{}, nil
	if !a.checked {
		return nil
	}
	var err error
	if a.excess, err = c.checkAmount(tx, a); err != nil || a.excess != nil {
		return err
	}
	outcome, err := tx.Append(a.author, a.batch)
	if err != nil {
		return err
	}
	if outcome == journal.Fork && from.Parent {
		if outcome, err = c.giveWay(tx, a); err != nil {
			return err
		}
	}
	a.result.Outcome = outcomes[outcome]
	if outcome != journal.Stored || a.yielded {
		return nil
	}
	if err := c.cfg.Records.Apply(tx, a.author, a.batch); err != nil {
		return err
	}
	return c.checkOvertaken(tx, a)
}

// checkAmount returns why a device may begin no further stream. The city's may, and
// this device's own come back to it in any number.
func (c *Streams) checkAmount(tx *journal.Tx, a *incoming) (excess, err error) {
	in := a.batch.Stream
	if a.batch.First > 1 || a.author == c.cfg.Root || in.Device == c.cfg.Self.Device {
		return nil, nil
	}
	if _, known, err := tx.Stream(in); err != nil || known {
		return nil, err
	}
	most := syncer.MaxStreams(c.cfg.Units(a.author))
	if n, err := tx.CountStreams(in.Device, most); err != nil || n < most {
		return nil, err
	}
	return fault.New(fault.Exhausted, "device %s has %d streams and may begin no other", in.Device, most).
		WithHint("revoke it at the city and join from a new directory"), nil
}

var outcomes = map[journal.Outcome]syncer.Outcome{
	journal.Stored: syncer.Kept, journal.Known: syncer.Kept, journal.Gap: syncer.Behind, journal.Fork: syncer.Differs,
}

// tellSigned tells the latest time of the city's batches that were stored.
func (c *Streams) tellSigned(all []*incoming) {
	latest := int64(0)
	for _, a := range all {
		if a.author == c.cfg.Root && a.result.Outcome == syncer.Kept {
			latest = max(latest, a.batch.Sealed)
		}
	}
	if latest > 0 {
		c.cfg.Signed(time.UnixMilli(latest))
	}
}

func (c *Streams) results(from Sender, all []*incoming) ([]syncer.Result, error) {
	results := make([]syncer.Result, len(all))
	streams := make([]change.Stream, 0, len(all))
	restart := false
	for _, a := range all {
		streams = append(streams, a.stream)
		if a.reissued != (change.Stream{}) {
			streams = append(streams, a.reissued)
		}
		restart = restart || a.yielded
	}
	if err := c.refresh(streams); err != nil {
		return nil, err
	}
	if err := c.cfg.After(); err != nil {
		return nil, err
	}
	c.tellSigned(all)
	failpoint.Reach("custody.append.answer")
	for i, a := range all {
		e, _ := c.index.get(a.stream)
		if a.excess != nil {
			a.refuse(a.excess)
			c.cfg.Refused(from, a.batch.Stream, a.excess)
		}
		results[i] = a.result
		results[i].Mark = e.Sealed
	}
	if restart {
		c.Restart()
	}
	return results, nil
}
