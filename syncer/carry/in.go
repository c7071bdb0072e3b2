package carry

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// Target is what a file is applied to; *streams.Streams is one.
type Target interface {
	Entry(of change.Stream) (syncer.Entry, bool)
	Append(ctx context.Context, from streams.Sender, sealed [][]byte) ([]syncer.Result, error)
	StoreReceipt(ctx context.Context, signed ...[]byte) error
	Learn(ctx context.Context, certificate []byte) error
}

var (
	_ Target = (*streams.Streams)(nil)
	_ Source = (*streams.Streams)(nil)
)

// Inward is the device that reads a file. All fields are needed.
type Inward struct {
	Network  string
	Self     syncer.Peer
	Key      ed25519.PrivateKey // of this device: what the file is encrypted to
	Tree     syncer.Tree
	Verifier func(certificate []byte) (identity.Member, ed25519.PublicKey, error)
	Banned   func(change.DeviceID) bool
	Target   Target
}

// maxStored is how many bytes of batches, compressed and not, and of receipts one
// transaction stores.
const maxStored = 4 << 20

// Taken is what was applied of a file.
type Taken struct {
	From    streams.Sender
	Header  Header
	Summary *Summary
	Have    []syncer.Have // what the writer has, for the file that goes back
}

// Inspect checks the head of a file, the first HeadSize bytes of it or all: whether
// this device may read it, and who wrote it, as In does. Nothing is to be stored of
// a file that it refuses.
func Inspect(head io.Reader, in Inward) error {
	r, err := open(head, in.Key)
	if err == nil {
		_, _, err = in.checkWriter(r)
	}
	return err
}

// In checks a whole file and then applies it. It returns Damaged for a file that is
// truncated, altered or not signed by its writer, Denied for one that is not
// encrypted to this device, of another network, of a revoked device or not for this
// unit, and what the target returns; what was applied before that stays, and the
// file may be applied again. Its memory does not grow with the file.
func In(ctx context.Context, file io.ReadSeeker, in Inward) (*Taken, error) {
	r, err := open(file, in.Key)
	if err != nil {
		return nil, err
	}
	from, key, err := in.checkWriter(r)
	if err != nil {
		return nil, err
	}
	if err := r.checkBody(key); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fault.Wrap("read the carried file", err)
	}
	if r, err = open(file, in.Key); err != nil {
		return nil, err
	}
	a := &applying{Inward: in, ctx: ctx, from: from, sum: newSummary()}
	a.sum.Clear = r.header.Format == clearFormat
	if err := r.each(a.apply); err != nil {
		return nil, err
	}
	return &Taken{From: from, Header: r.header, Summary: a.sum, Have: a.have}, a.flush()
}

// checkWriter checks who wrote the file, and the rights of the writer, as a link
// checks its peer.
func (in *Inward) checkWriter(r *reader) (streams.Sender, ed25519.PublicKey, error) {
	from, h := streams.Sender{}, r.header
	if h.Network != in.Network {
		return from, nil, fault.New(fault.Denied, "the file is of another network")
	}
	member, key, err := in.Verifier(h.Certificate)
	if err != nil {
		return from, nil, fault.As(fault.Denied, "the file's writer is not of this network", err)
	}
	if member.Unit != h.Unit || member.Device != h.Device {
		return from, nil, errNotSigned()
	}
	if err := r.checkHeader(key); err != nil {
		return from, nil, err
	}
	if err := checkReader(h, in.Self.Device); err != nil {
		return from, nil, err
	}
	from.Peer = syncer.Peer{Unit: h.Unit, Device: h.Device}
	writer := access.Party{Unit: h.Unit, Device: h.Device, Revoked: in.Banned(h.Device)}
	from.Parent, err = access.CarryFrom(in.Tree, in.Self.Unit, writer, h.For)
	return from, key, err
}

// applying is a file while it is applied.
type applying struct {
	Inward
	ctx     context.Context
	from    streams.Sender
	sum     *Summary
	have    []syncer.Have
	signed  [][]byte
	waiting [][]byte
	size    int
	last    change.Stream
}

func (a *applying) apply(m syncer.Message) error {
	if err := a.sum.count(m); err != nil {
		return err
	}
	switch x := m.(type) {
	case syncer.Marks:
		if a.have = append(a.have, x.Have...); len(a.have) > maxMarks {
			return unreadable(fmt.Errorf("it has more than %d marks", maxMarks))
		}
	case syncer.Author:
		if err := a.Target.Learn(a.ctx, x.Certificate); err != nil && fault.Of(err) != fault.Denied {
			return err // one of another network is not stored; what needs it is refused
		}
	case syncer.Receipt:
		return a.receipt(x)
	case syncer.Batch:
		return a.batch(x)
	}
	return nil
}

// child is the unit at the lower end.
func (a *applying) child() change.UnitID {
	if a.from.Parent {
		return a.Self.Unit
	}
	return a.from.Unit
}

func (a *applying) receipt(m syncer.Receipt) error {
	r, err := change.ParseReceipt(m.Signed)
	if err != nil {
		return err
	}
	if !access.Bring(a.Tree, access.Down, a.child(), "", r.Stream.Audience) {
		return nil
	}
	a.signed, a.size = append(a.signed, m.Signed), a.size+len(m.Signed)
	if a.size > maxStored {
		return a.flush()
	}
	return nil
}

// batch collects batches for one transaction. The scope of what follows a
// broadcast is checked by the tree in it, so the broadcast is stored first.
func (a *applying) batch(m syncer.Batch) error {
	b, err := change.ParseBatch(m.Sealed)
	if of, ok := later(m.Sealed, err); ok {
		a.sum.Refused++
		a.sum.problem(of, "%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	if len(a.signed) > 0 || a.size > maxStored || b.Stream != a.last && Broadcast(a.Tree, a.child(), a.last) {
		if err := a.flush(); err != nil {
			return err
		}
	}
	a.last = b.Stream
	e, _ := a.Target.Entry(b.Stream)
	author := access.Party{Device: b.Stream.Device, Revoked: a.Banned(b.Stream.Device)}
	if err := access.Active(author); err != nil && e.Sealed.Seq < b.Last() {
		a.sum.Refused++
		a.sum.problem(b.Stream, "%v", err)
		return nil
	}
	a.waiting, a.size = append(a.waiting, m.Sealed), a.size+len(m.Sealed)+int(b.Size)
	return nil
}

// later is the stream of a batch that only a later program reads: it stops its own
// stream, no other.
func later(sealed []byte, why error) (change.Stream, bool) {
	if fault.Of(why) != fault.Unsupported {
		return change.Stream{}, false
	}
	return change.StreamOf(sealed)
}

// flush stores what was collected: receipts first, since to a city that was
// restored from an older copy they show what it has lost.
func (a *applying) flush() error {
	if len(a.signed) > 0 {
		signed := a.signed
		a.signed = nil
		if err := a.Target.StoreReceipt(a.ctx, signed...); err != nil {
			return err
		}
	}
	sealed := a.waiting
	a.waiting, a.size = nil, 0
	if len(sealed) == 0 {
		return nil
	}
	before := map[change.Stream]uint64{}
	for _, raw := range sealed {
		if b, err := change.ParseBatch(raw); err == nil {
			e, _ := a.Target.Entry(b.Stream)
			before[b.Stream] = e.Sealed.Seq
		}
	}
	results, err := a.Target.Append(a.ctx, a.from, sealed)
	if err != nil {
		return err
	}
	for _, r := range results {
		a.countResult(r, before[r.Stream])
	}
	return nil
}

// countResult adds what became of a batch; before is how far its stream was here.
func (a *applying) countResult(r syncer.Result, before uint64) {
	switch r.Outcome {
	case syncer.Kept:
		if r.End.Seq <= before {
			a.sum.Known++
		}
	case syncer.Behind:
		a.sum.Missing++
		a.sum.problem(r.Stream, "changes before it are not here, after %d", r.Mark.Seq)
	case syncer.Differs:
		a.sum.Forked++
		a.sum.problem(r.Stream, "another history is here")
	case syncer.Refused:
		a.sum.Refused++
		a.sum.problem(r.Stream, "%s", r.Reason)
	}
}
