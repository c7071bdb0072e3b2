package sim

import (
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
	"tongbu/syncer"
)

// Directory is what a device has on its disk: what package streams keeps, by
// the same rules, in memory. What a method has changed is durable; the disk
// decides when the methods that write are called, and a crash loses the calls
// that were still waiting.
type Directory struct {
	Installation
	w           *World
	streams     map[change.Stream]*history
	receipts    map[change.Stream]*change.SignedReceipt
	authors     map[change.DeviceID][]byte
	incarnation uint32
	log         []arrived            // sealed batches in the order of arrival
	evidence    map[change.Hash]bool // batches of histories that did not stand
	atParent    map[change.Stream]uint64
	alarms      int                    // forks and older copies noticed
	books       *Books                 // of a community; nil: not made yet
	city        *judge                 // of the root
	touched     func(of change.Stream) // told of each stream that changed
	over        func()                 // called when links must be opened again
}

// arrived is a batch in the order of arrival.
type arrived struct {
	author change.UnitID
	*reading
}

func newDirectory(w *World, d Installation) *Directory {
	s := &Directory{Installation: d, w: w, incarnation: 1, streams: map[change.Stream]*history{}, receipts: map[change.Stream]*change.SignedReceipt{},
		authors: map[change.DeviceID][]byte{d.Device: d.Certificate()}, evidence: map[change.Hash]bool{}, atParent: map[change.Stream]uint64{}}
	if s.Unit == w.root() {
		s.city = newJudge()
	}
	return s
}

// clone is a copy of the directory.
func (s *Directory) clone() *Directory {
	c := *s
	c.streams = make(map[change.Stream]*history, len(s.streams))
	for of, h := range s.streams {
		c.streams[of] = h.clone()
	}
	c.receipts, c.authors, c.evidence = maps.Clone(s.receipts), maps.Clone(s.authors), maps.Clone(s.evidence)
	c.log, c.books, c.atParent = slices.Clip(s.log), nil, maps.Clone(s.atParent)
	if s.city != nil {
		c.city = s.city.clone()
	}
	return &c
}

// streamNames lists the streams in their order, so that nothing depends on a
// map.
func (s *Directory) streamNames() []change.Stream {
	return slices.SortedFunc(maps.Keys(s.streams), change.Stream.Compare)
}

func (s *Directory) entries() []syncer.Entry {
	all := make([]syncer.Entry, 0, len(s.streams))
	for of := range s.streams {
		all = append(all, s.entry(of))
	}
	for of := range s.receipts {
		if s.streams[of] == nil {
			all = append(all, s.entry(of))
		}
	}
	slices.SortFunc(all, func(a, b syncer.Entry) int { return a.Stream.Compare(b.Stream) })
	return all
}

func (s *Directory) entry(of change.Stream) syncer.Entry {
	e := syncer.Entry{Stream: of}
	if h := s.streams[of]; h != nil {
		e.Author, e.Sealed, e.Head = h.author, h.sealed(), h.head()
	}
	if r := s.receipts[of]; r != nil {
		e.Receipt = syncer.ReceiptAt{Epoch: r.Epoch, Seq: r.Seq}
	}
	return e
}

func (s *Directory) streamFor(of change.Stream, author change.UnitID) *history {
	if s.streams[of] == nil {
		s.streams[of] = &history{author: author}
	}
	return s.streams[of]
}

// ownStream is the stream to the audience in the present incarnation.
func (s *Directory) ownStream(audience change.UnitID) change.Stream {
	return change.Stream{Device: s.Device, Incarnation: s.incarnation, Audience: audience}
}

// addToTail puts a change at the end of an own stream.
func (s *Directory) addToTail(of change.Stream, x written) {
	h := s.streamFor(of, s.Unit)
	h.tail = append(h.tail, x)
	if s.books != nil && x.c != nil {
		s.books.Apply(s.Unit, of, x.c)
	}
	s.touched(of)
}

// Limits of a batch made here: those of the product, with room for the form.
const (
	sealChanges = change.MaxBatchChanges
	sealBytes   = change.MaxPayload - 16<<10
)

// sealTail closes the tail of an own stream, or as much as one batch holds.
func (s *Directory) sealTail(of change.Stream, now int64) {
	h := s.streams[of]
	if h == nil || len(h.tail) == 0 {
		return
	}
	var raws [][]byte
	for n, size := 0, 0; n < min(len(h.tail), sealChanges) && (n == 0 || size+len(h.tail[n].raw) < sealBytes); n++ {
		raws, size = append(raws, h.tail[n].raw), size+len(h.tail[n].raw)+8
	}
	b, err := change.Seal(change.BatchRows, s.Key, of, h.sealed(), raws, now)
	if err != nil {
		s.w.failWorld("a batch cannot be sealed: %v", err)
		return
	}
	x := s.w.read.addSealed(b)
	h.batches, h.tail = append(h.batches, x), h.tail[len(raws):]
	s.log = append(s.log, arrived{h.author, x})
	s.w.truth.wasSealed(x)
	s.touched(of)
}

func (s *Directory) loadBatches(l syncer.Load) syncer.Loaded {
	got := syncer.Loaded{Stream: l.Stream, Author: s.authors[l.Stream.Device]}
	h := s.streams[l.Stream]
	if h == nil {
		return got
	}
	if l.After.Seq < h.cut && (l.After.Seq == 0 || h.hasMark(l.After)) {
		got.Err = fault.New(fault.Unavailable, "what follows was cut off")
		return got
	}
	size := 0
	for _, b := range h.batches[h.firstAfter(l.After.Seq):] {
		if len(got.Batches) == 0 && !b.Follows(l.After) {
			got.Err = fault.New(fault.Forked, "another history")
			return got
		}
		if size += len(b.Bytes()); len(got.Batches) > 0 && size > l.Max {
			break
		}
		got.Batches = append(got.Batches, b.Batch)
	}
	return got
}

func (s *Directory) loadReceipt(of change.Stream) syncer.Event {
	r := s.receipts[of]
	if r == nil {
		return nil
	}
	return syncer.LoadedReceipt{Stream: of, Signed: r.Bytes(), City: r.City, Author: s.authors[r.City]}
}

// endsAtOnce is small, so that a search takes several rounds.
const endsAtOnce = 4

func (s *Directory) batchEnds(e syncer.Ends) syncer.Ended {
	got := syncer.Ended{Stream: e.Stream}
	h := s.streams[e.Stream]
	if h == nil {
		return got
	}
	for _, b := range slices.Backward(h.batches) {
		if (e.Before == 0 || b.Last() < e.Before) && len(got.Ends) < endsAtOnce {
			got.Ends = append(got.Ends, b.End())
		}
	}
	return got
}

func (s *Directory) matchEnds(q syncer.Match) syncer.Matched {
	got := syncer.Matched{Stream: q.Stream}
	h := s.streams[q.Stream]
	for _, end := range q.Ends {
		got.Lowest = end.Seq
		if h != nil && end.Seq > 0 && h.hasMark(end) {
			got.Mark, got.Found = end, true
			break
		}
	}
	return got
}

// recordedTo is how far the city has recorded a stream, as a screen shows it:
// only a receipt for the bytes held here counts.
func (s *Directory) recordedTo(of change.Stream) uint64 {
	r, h := s.receipts[of], s.streams[of]
	if r == nil || h == nil || !h.hasMark(r.Mark()) {
		return 0
	}
	return r.Seq
}

// loseNewest loses the newest batch of each own stream.
func (s *Directory) loseNewest() {
	for of, h := range s.streams {
		if of.Device == s.Device && len(h.batches) > 0 {
			h.batches, h.tail = slices.Clone(h.batches[:len(h.batches)-1]), nil
		}
	}
}

// isCommunity reports whether clerks work here.
func (s *Directory) isCommunity() bool {
	u, _ := s.w.town.Tree.Unit(s.Unit)
	return u.Level == tree.Community
}
