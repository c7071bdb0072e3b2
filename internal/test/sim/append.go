package sim

import (
	"bytes"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// learnAuthor keeps the certificate of a device that the city has enrolled.
func (s *Directory) learnAuthor(certificate []byte) {
	who, _ := ReadCertificate(certificate)
	if s.w.enrolled[who.Device] == who.Unit || s.w.flaw(TrustCertificates, s) {
		s.authors[who.Device] = certificate
	}
}

// storeReceipt keeps what the city signed; it returns Denied or Damaged for
// anything else.
func (s *Directory) storeReceipt(signed []byte) error {
	r, err := s.w.signed.parse(signed)
	if err != nil {
		return err
	}
	if !s.w.flaw(TrustReceipts, s) {
		who, key := ReadCertificate(s.authors[r.City])
		if err := r.verify(key); err != nil {
			return err
		}
		if who.Unit != s.w.root() {
			return fault.New(fault.Denied, "a receipt was signed by device %s, which is not the city's", r.City)
		}
	}
	if old := s.receipts[r.Stream]; old == nil || r.Newer(&old.Receipt) {
		s.receipts[r.Stream] = r.SignedReceipt
	}
	s.touched(r.Stream)
	return nil
}

// recordDelivered notes that the parent has an own or other stream up to there.
func (s *Directory) recordDelivered(have syncer.Have) {
	s.atParent[have.Stream] = have.Mark.Seq
	if h := s.streams[have.Stream]; h != nil && s.w.flaw(DropDelivered, s) {
		h.batches = slices.Clone(h.batches[max(0, h.firstAfter(have.Mark.Seq)-1):])
	}
}

// lost is what stood in a history that gave way.
type lost struct {
	of      change.Stream
	after   uint64
	changes []written
}

// appendBatches checks batches from a peer and keeps the genuine ones. A batch
// without form fails the link.
func (s *Directory) appendBatches(from syncer.Peer, parent bool, sealed [][]byte) ([]syncer.Result, error) {
	var batches []*reading
	for _, raw := range sealed {
		b, err := s.w.read.parse(raw)
		if err != nil {
			return nil, err
		}
		batches = append(batches, b)
	}
	var results []syncer.Result
	var gone []lost
	over := false
	for _, b := range batches {
		r := syncer.Result{Stream: b.Stream, End: b.End()}
		if err := s.checkAdmissible(from, parent, b); err != nil {
			r.Outcome, r.Fault, r.Reason = syncer.Refused, fault.Of(err), err.Error()
		} else {
			var yielded bool
			r.Outcome, yielded = s.placeBatch(parent, b, &gone)
			over = over || yielded
		}
		results = append(results, r)
	}
	s.reissue(gone)
	for i := range results {
		results[i].Mark = s.entry(results[i].Stream).Sealed
		s.touched(results[i].Stream)
	}
	if over {
		s.over()
	}
	return results, nil
}

func (s *Directory) checkAdmissible(from syncer.Peer, parent bool, b *reading) error {
	certificate := s.authors[b.Stream.Device]
	if certificate == nil {
		return fault.New(fault.NotFound, "certificate of device %s is not here", b.Stream.Device)
	}
	who, key := ReadCertificate(certificate)
	if err := b.verify(key); err != nil && !s.w.flaw(TrustBatches, s) {
		return err
	}
	direction, child := access.Up, from.Unit
	if parent {
		direction, child = access.Down, s.Unit
	}
	if !s.w.flaw(AnyScope, s) && (access.Say(s.w.town.Tree, who.Unit, b.Stream) != nil ||
		!access.Bring(s.w.town.Tree, direction, child, who.Unit, b.Stream.Audience)) {
		return fault.New(fault.Denied, "stream %s does not belong on this link", b.Stream)
	}
	return nil
}

func (s *Directory) placeBatch(parent bool, b *reading, gone *[]lost) (outcome syncer.Outcome, over bool) {
	who, _ := ReadCertificate(s.authors[b.Stream.Device])
	h := s.streams[b.Stream]
	if h == nil {
		h = &history{author: who.Unit}
	}
	switch end := h.sealed(); {
	case b.First > end.Seq+1 && !s.w.flaw(SkipHoles, s):
		return syncer.Behind, false
	case b.Follows(end) && len(h.tail) == 0, b.First > end.Seq+1:
		s.streams[b.Stream] = h
		s.keepBatch(h, b)
		return syncer.Kept, s.checkOvertaken(b.Stream)
	case h.hasBatch(b):
		return syncer.Kept, false
	case !parent:
		s.evidence[b.Hash()] = true
		s.alarms++
		return syncer.Differs, false
	}
	return s.giveWay(h, b, gone)
}

func (s *Directory) keepBatch(h *history, b *reading) {
	h.batches = append(h.batches, b)
	s.log = append(s.log, arrived{h.author, b})
	if s.books != nil {
		s.books.applyBatch(h.author, b)
	}
}

// checkOvertaken begins a new incarnation when others know more of the present
// one than the device itself did: its directory is an older copy.
func (s *Directory) checkOvertaken(of change.Stream) bool {
	if of.Device != s.Device || of.Incarnation != s.incarnation {
		return false
	}
	s.reincarnate()
	return true
}

func (s *Directory) reincarnate() {
	for of := range s.streams {
		if of.Device == s.Device {
			s.incarnation = max(s.incarnation, of.Incarnation)
		}
	}
	s.incarnation++
	s.alarms++
	s.w.trace("%s begins incarnation %d", s.w.nameOf(s), s.incarnation)
}

// giveWay takes the parent's history in place of ours.
func (s *Directory) giveWay(h *history, b *reading, gone *[]lost) (syncer.Outcome, bool) {
	at := 0
	if b.First > 1 {
		if at = h.firstAfter(b.First-2) + 1; at > len(h.batches) || !b.Follows(h.batches[at-1].End()) {
			return syncer.Differs, false
		}
	}
	if b.Stream.Device == s.Device {
		*gone = append(*gone, lost{of: b.Stream, after: b.First - 1, changes: h.changesAfter(b.First - 1)})
	}
	s.setAside(h.batches[at:])
	h.batches, h.tail = slices.Clone(h.batches[:at]), nil
	h.cut = min(h.cut, b.First-1)
	s.books = nil
	s.keepBatch(h, b)
	s.w.truth.recordYielded(s, b.Stream)
	s.w.trace("%s gives way in %s at %d", s.w.nameOf(s), s.w.streamName(b.Stream), b.First)
	return syncer.Kept, true
}

// setAside keeps as evidence what leaves the history.
func (s *Directory) setAside(cut []*reading) {
	away := map[*reading]bool{}
	for _, b := range cut {
		away[b] = true
		s.w.truth.cutAway(s, b)
		if !s.w.flaw(DropEvidence, s) {
			s.evidence[b.Hash()] = true
		}
	}
	s.log = slices.DeleteFunc(slices.Clone(s.log), func(a arrived) bool { return away[a.reading] })
}

// reissue writes again what is not in the history that stands now.
func (s *Directory) reissue(gone []lost) {
	for _, l := range gone {
		if !s.w.flaw(SameIncarnation, s) {
			s.reincarnate()
		}
		now := s.streams[l.of].changesAfter(l.after)
		for i, x := range l.changes {
			if i >= len(now) || !bytes.Equal(now[i].raw, x.raw) {
				s.rewrite(s.ownStream(l.of.Audience), x)
			}
		}
	}
}

// rewrite writes a change of a history that gave way: the same fields, on what
// is known of the record now.
func (s *Directory) rewrite(of change.Stream, x written) {
	if x.c == nil {
		s.addToTail(of, x)
		return
	}
	c := *x.c
	s.writeChange(of, &c)
}

// writeChange encodes a change on what is known of its record, and adds it.
func (s *Directory) writeChange(of change.Stream, c *change.Change) {
	if s.isCommunity() {
		key, _ := s.Books().recordOf(s.Unit, c)
		c.Context = s.Books().Context(s.Device, key)
	}
	raw, err := c.Encode()
	if err != nil {
		s.w.failWorld("a change cannot be encoded: %v", err)
		return
	}
	s.addToTail(of, written{raw: raw, c: c})
}
