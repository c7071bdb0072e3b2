package syncer_test

import (
	"bytes"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// history is one stream in memory.
type history struct {
	author  change.UnitID
	batches []*change.Batch
	tail    [][]byte
}

func (h *history) sealed() change.Mark {
	if len(h.batches) == 0 {
		return change.Mark{}
	}
	return h.batches[len(h.batches)-1].End()
}

func (h *history) head() uint64 { return h.sealed().Seq + uint64(len(h.tail)) }

// changes lists the changes after a sequence.
func (h *history) changes(after uint64) [][]byte {
	var all [][]byte
	for _, b := range h.batches {
		if raw, err := b.Raw(); err == nil && b.First > after {
			all = append(all, raw...)
		}
	}
	return append(all, h.tail...)
}

// memory is what custody keeps, with custody's rules, in memory.
type memory struct {
	device
	tree        syncer.Tree
	streams     map[change.Stream]*history
	receipts    map[change.Stream]*change.SignedReceipt
	authors     map[change.DeviceID][]byte
	incarnation uint32
	epoch       uint64              // the city's own
	touched     func(change.Stream) // told of each stream that changed
	over        func()              // told when links must begin anew
}

func newMemory(d device, t syncer.Tree) *memory {
	return &memory{device: d, tree: t, incarnation: 1, epoch: 1, streams: map[change.Stream]*history{},
		receipts: map[change.Stream]*change.SignedReceipt{}, authors: map[change.DeviceID][]byte{d.Device: d.certificate()}}
}

// copied is the state as a copy of the directory would keep it.
func (m *memory) copied() *memory {
	c := *m
	c.streams = map[change.Stream]*history{}
	for s, h := range m.streams {
		c.streams[s] = &history{author: h.author, batches: slices.Clone(h.batches), tail: slices.Clone(h.tail)}
	}
	c.receipts, c.authors = maps.Clone(m.receipts), maps.Clone(m.authors)
	return &c
}

func (m *memory) entries() []syncer.Entry {
	var all []syncer.Entry
	for s := range m.streams {
		all = append(all, m.entry(s))
	}
	for s := range m.receipts {
		if m.streams[s] == nil {
			all = append(all, m.entry(s))
		}
	}
	slices.SortFunc(all, func(a, b syncer.Entry) int { return a.Stream.Compare(b.Stream) })
	return all
}

func (m *memory) entry(s change.Stream) syncer.Entry {
	e := syncer.Entry{Stream: s}
	if h := m.streams[s]; h != nil {
		e.Author, e.Sealed, e.Head = h.author, h.sealed(), h.head()
	}
	if r := m.receipts[s]; r != nil {
		e.Receipt = syncer.ReceiptAt{Epoch: r.Epoch, Seq: r.Seq}
	}
	return e
}

func (m *memory) stream(s change.Stream, author change.UnitID) *history {
	if m.streams[s] == nil {
		m.streams[s] = &history{author: author}
	}
	return m.streams[s]
}

// own is the stream to the audience in the present incarnation.
func (m *memory) own(audience change.UnitID) change.Stream {
	return change.Stream{Device: m.Device, Incarnation: m.incarnation, Audience: audience}
}

// write adds a change to the own stream to the audience.
func (m *memory) write(audience change.UnitID, raw []byte) {
	s := m.own(audience)
	h := m.stream(s, m.Unit)
	h.tail = append(h.tail, raw)
	m.touched(s)
}

func (m *memory) seal(s change.Stream) {
	if h := m.streams[s]; len(h.tail) > 0 {
		b, err := change.Seal(m.key, s, h.sealed(), h.tail, 7)
		if err != nil {
			panic(err)
		}
		h.batches, h.tail = append(h.batches, b), nil
	}
	m.touched(s)
}

func (m *memory) load(l syncer.Load) syncer.Loaded {
	got := syncer.Loaded{Stream: l.Stream, Author: m.authors[l.Stream.Device]}
	size := 0
	for _, b := range m.streams[l.Stream].batches {
		if b.Last() <= l.After.Seq {
			continue
		}
		if len(got.Batches) == 0 && !b.Follows(l.After) {
			got.Err = fault.New(fault.Forked, "another history")
			return got
		}
		if size += len(b.Bytes()); len(got.Batches) > 0 && size > l.Max {
			break
		}
		got.Batches = append(got.Batches, b)
	}
	return got
}

func (m *memory) loadReceipt(s change.Stream) syncer.LoadedReceipt {
	r := m.receipts[s]
	return syncer.LoadedReceipt{Stream: s, Signed: r.Bytes(), City: r.City, Author: m.authors[r.City]}
}

func (m *memory) learn(certificate []byte) {
	d, _, _ := readCertificate(certificate)
	m.authors[d] = certificate
}

func (m *memory) storeReceipt(signed []byte) {
	r, err := change.ParseReceipt(signed)
	if err != nil {
		panic(err)
	}
	old := m.receipts[r.Stream]
	switch news := old == nil || r.Newer(&old.Receipt); {
	case !news || m.Unit == city && r.Epoch < m.epoch:
	case m.Unit == city: // it has lost what it signed for
		m.reincarnate()
		m.raise(r.Epoch)
		m.over()
	default:
		m.receipts[r.Stream] = r
		m.touched(r.Stream)
	}
}

// record signs a receipt of the city's.
func (m *memory) record(of change.Stream, end change.Mark) {
	r, err := change.Receipt{City: m.Device, Stream: of, Seq: end.Seq, Hash: end.Hash, Epoch: m.epoch}.Sign(m.key)
	if err != nil {
		panic(err)
	}
	if old := m.receipts[of]; old == nil || r.Newer(&old.Receipt) {
		m.receipts[of] = r
		m.touched(of)
	}
}

// raise begins an epoch above and signs all anew.
func (m *memory) raise(above uint64) {
	m.epoch = max(m.epoch, above) + 1
	for of, r := range maps.Clone(m.receipts) {
		m.record(of, r.Mark())
	}
}

// ends lists two ends at a time, so that a search takes several rounds.
func (m *memory) ends(e syncer.Ends) syncer.Ended {
	got := syncer.Ended{Stream: e.Stream}
	for _, b := range slices.Backward(m.streams[e.Stream].batches) {
		if (e.Before == 0 || b.Last() < e.Before) && len(got.Ends) < 2 {
			got.Ends = append(got.Ends, b.End())
		}
	}
	return got
}

func (m *memory) match(q syncer.Match) syncer.Matched {
	got := syncer.Matched{Stream: q.Stream}
	h := m.streams[q.Stream]
	for _, end := range q.Ends {
		got.Lowest = end.Seq
		if h != nil && slices.ContainsFunc(h.batches, func(b *change.Batch) bool { return b.End() == end }) {
			got.Mark, got.Found = end, true
			break
		}
	}
	return got
}

// lost is what stood in a history that gave way.
type lost struct {
	of      change.Stream
	after   uint64
	changes [][]byte
}

func (m *memory) append(from syncer.Peer, parent bool, sealed [][]byte) []syncer.Result {
	var results []syncer.Result
	var gone []lost
	over := false
	for _, raw := range sealed {
		b, err := change.ParseBatch(raw)
		if err != nil {
			panic(err)
		}
		r := syncer.Result{Stream: b.Stream, End: b.End()}
		if m.genuine(from, parent, b) {
			var yielded bool
			r.Outcome, yielded = m.put(parent, b, &gone)
			over = over || yielded
			r.Mark = m.entry(b.Stream).Sealed
		} else {
			r.Outcome, r.Fault, r.Reason = syncer.Refused, fault.Denied, "not the peer's"
		}
		results = append(results, r)
		m.touched(b.Stream)
	}
	m.reissue(gone)
	if over {
		m.over()
	}
	return results
}

func (m *memory) genuine(from syncer.Peer, parent bool, b *change.Batch) bool {
	certificate := m.authors[b.Stream.Device]
	if certificate == nil {
		return false
	}
	_, unit, key := readCertificate(certificate)
	direction, child := syncer.Up, from.Unit
	if parent {
		direction, child = syncer.Down, m.Unit
	}
	if b.Verify(key) != nil {
		return false
	}
	return syncer.MaySay(m.tree, unit, b.Stream.Audience) &&
		syncer.Carries(m.tree, direction, child, unit, b.Stream.Audience)
}

func (m *memory) put(parent bool, b *change.Batch, gone *[]lost) (outcome syncer.Outcome, over bool) {
	_, unit, _ := readCertificate(m.authors[b.Stream.Device])
	h := m.streams[b.Stream]
	if h == nil {
		h = &history{author: unit}
	}
	same := func(o *change.Batch) bool { return o.First == b.First && o.End() == b.End() }
	switch end := h.sealed(); {
	case b.First > end.Seq+1:
		return syncer.Behind, false
	case b.Follows(end) && len(h.tail) == 0:
		m.streams[b.Stream] = h
		h.batches = append(h.batches, b)
		return syncer.Kept, m.overtaken(b.Stream)
	case slices.ContainsFunc(h.batches, same):
		return syncer.Kept, false
	case !parent:
		return syncer.Differs, false
	}
	return m.giveWay(h, b, gone)
}

func (m *memory) overtaken(s change.Stream) bool {
	if s.Device != m.Device || s.Incarnation < m.incarnation {
		return false
	}
	m.reincarnate()
	return true
}

func (m *memory) reincarnate() {
	for s := range m.streams {
		if s.Device == m.Device {
			m.incarnation = max(m.incarnation, s.Incarnation)
		}
	}
	m.incarnation++
}

func (m *memory) giveWay(h *history, b *change.Batch, gone *[]lost) (syncer.Outcome, bool) {
	at := slices.IndexFunc(h.batches, func(o *change.Batch) bool { return b.Follows(o.End()) }) + 1
	if at == 0 && b.First != 1 {
		return syncer.Differs, false
	}
	if b.Stream.Device == m.Device {
		*gone = append(*gone, lost{of: b.Stream, after: b.First - 1, changes: h.changes(b.First - 1)})
	}
	h.batches, h.tail = append(slices.Clone(h.batches[:at]), b), nil
	return syncer.Kept, true
}

// reissue writes again what is not in the history that stands now.
func (m *memory) reissue(gone []lost) {
	for _, l := range gone {
		m.reincarnate()
		now := m.streams[l.of].changes(l.after)
		for i, raw := range l.changes {
			if i >= len(now) || !bytes.Equal(now[i], raw) {
				m.write(l.of.Audience, raw)
			}
		}
	}
}
