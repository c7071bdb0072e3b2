package carry

import (
	"cmp"
	"crypto/ed25519"
	"io"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// Source is what a file is written from; *streams.Streams is one.
type Source interface {
	Entries() ([]syncer.Entry, uint64)
	Load(of change.Stream, after change.Mark, limit int) ([]*change.Batch, []byte, error)
	LoadReceipt(of change.Stream) (*change.SignedReceipt, []byte, error)
	Base(of change.Stream) (change.Mark, error)
}

// Outward is a file to write. All fields are needed but Known.
type Outward struct {
	Header  Header
	Key     ed25519.PrivateKey // of the writer
	Tree    syncer.Tree
	Child   change.UnitID // the unit at the lower end
	Down    bool          // the file goes down to the child; else up from it
	Source  Source
	Readers []Reader                      // the devices that may read it, at most MaxReaders
	Known   map[change.Stream]syncer.Have // what the other end is known to have
}

// How much is read, and listed in one message, at a time.
const (
	chunk       = 1 << 20 // bytes of batches
	marksAtOnce = 2000
)

// maxMarks is how many marks a file holds: they are kept in memory, 150 bytes
// each, until it is applied. What is beyond them is only sent again.
const maxMarks = 20_000

// Out writes the file: what crosses a link to the child in this direction and
// the other end is not known to have, and counts it. Broadcasts go first, since the
// reader checks the scope of everything else by the tree in them. It returns
// NotFound when nobody could read the file, and Invalid for too many readers.
func Out(out io.Writer, o Outward) (*Summary, error) {
	readers, err := recipientsOf(o.Readers)
	if err != nil {
		return nil, err
	}
	o.Header.Format, o.Header.Readers = Format, nil
	for _, r := range readers {
		o.Header.Readers = append(o.Header.Readers, r.device)
	}
	w, err := newWriter(out, o.Header, o.Key, readers)
	if err != nil {
		return nil, err
	}
	s := newSummary()
	s.Readers, s.LeftOut = len(readers), len(o.Readers)-len(readers)
	outgoing := &outgoing{Outward: o, w: w, sum: s, introduced: map[change.DeviceID]bool{}}
	return s, outgoing.write()
}

func (o *outgoing) write() error {
	if err := o.marks(); err != nil {
		return err
	}
	entries := o.entries(o.direction())
	for _, e := range entries {
		if err := o.receipt(e); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if err := o.batches(e); err != nil {
			return err
		}
	}
	return o.w.close(o.Key)
}

func (o *Outward) direction() access.Direction {
	if o.Down {
		return access.Down
	}
	return access.Up
}

type outgoing struct {
	Outward
	w          *writer
	sum        *Summary
	introduced map[change.DeviceID]bool
}

// entries lists what crosses in the directions, those for units above the
// child first.
func (o *outgoing) entries(directions ...access.Direction) []syncer.Entry {
	held, _ := o.Source.Entries()
	all := slices.DeleteFunc(slices.Clone(held), func(e syncer.Entry) bool {
		return !slices.ContainsFunc(directions, func(d access.Direction) bool {
			return access.Bring(o.Tree, d, o.Child, e.Author, e.Stream.Audience)
		})
	})
	slices.SortStableFunc(all, func(a, b syncer.Entry) int { return cmp.Compare(o.rank(a), o.rank(b)) })
	return all
}

func (o *outgoing) rank(e syncer.Entry) int {
	if Broadcast(o.Tree, o.Child, e.Stream) {
		return 0
	}
	return 1
}

// Broadcast reports whether the audience of a stream is above the child.
func Broadcast(t syncer.Tree, child change.UnitID, of change.Stream) bool {
	return of.Audience != child && t.Below(of.Audience, child)
}

// marks writes how far every stream is here, so that the file that comes back
// holds only what is missing.
func (o *outgoing) marks() error {
	var have []syncer.Have
	for _, e := range o.entries(access.Up, access.Down) {
		have = append(have, e.Have())
	}
	for part := range slices.Chunk(have[:min(len(have), maxMarks)], marksAtOnce) {
		if err := o.writeMessage(syncer.Marks{Have: part}); err != nil {
			return err
		}
	}
	return nil
}

func (o *outgoing) receipt(e syncer.Entry) error {
	if !e.Receipt.Newer(o.Known[e.Stream].Receipt) {
		return nil
	}
	r, certificate, err := o.Source.LoadReceipt(e.Stream)
	if err != nil || r == nil {
		return err
	}
	if err := o.introduce(r.City, certificate); err != nil {
		return err
	}
	return o.writeMessage(syncer.Receipt{Signed: r.Bytes()})
}

func (o *outgoing) writeMessage(m syncer.Message) error {
	if err := o.sum.count(m); err != nil {
		return err
	}
	return o.w.writeMessage(m)
}

func (o *outgoing) introduce(d change.DeviceID, certificate []byte) error {
	if o.introduced[d] || len(certificate) == 0 {
		return nil
	}
	o.introduced[d] = true
	return o.writeMessage(syncer.Author{Certificate: certificate})
}

// batches writes what follows the other end's mark; everything, if the mark is
// not on the history held here, and what there is, if what follows was cut off.
func (o *outgoing) batches(e syncer.Entry) error {
	at := o.Known[e.Stream].Mark
	for at.Seq < e.Sealed.Seq {
		batches, certificate, err := o.Source.Load(e.Stream, at, chunk)
		if fault.Of(err) == fault.Forked && at.Seq > 0 {
			at = change.Mark{}
			continue
		}
		if fault.Of(err) == fault.Unavailable {
			o.sum.Cut++
			if at, err = o.Source.Base(e.Stream); err == nil {
				continue
			}
		}
		if err != nil || len(batches) == 0 {
			return err
		}
		if err := o.introduce(e.Stream.Device, certificate); err != nil {
			return err
		}
		for _, b := range batches {
			if err := o.writeMessage(syncer.Batch{Sealed: b.Bytes()}); err != nil {
				return err
			}
			at = b.End()
		}
	}
	return nil
}
