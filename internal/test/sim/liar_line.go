package sim

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// utterLie says something on a liar's line beside what its session says.
func (w *World) utterLie(e *end) {
	m := w.drawMessage(e)
	w.liars.spoke++
	w.trace("%s lies: %T", e.node.Name, m)
	if e.lost = e.lost || e.line.upCut; e.lost {
		return
	}
	w.after(e.line.transferTime(w, true, sizeOf(m)), func() { e.peer.receive(m) })
}

// drawMessage is a message that says what is not so.
func (w *World) drawMessage(e *end) syncer.Message {
	r, s := w.liars.r, e.node.dir
	have := syncer.Have{Stream: w.drawStream(s), Mark: w.drawMark(s), Receipt: syncer.ReceiptAt{Epoch: r.Uint64N(9), Seq: r.Uint64N(99)}}
	switch r.IntN(11) {
	case 0:
		return syncer.Marks{Have: []syncer.Have{have, have}, Last: r.IntN(2) == 0}
	case 1:
		return syncer.Ack{Have: []syncer.Have{have}, Behind: r.IntN(3) == 0}
	case 2:
		return syncer.Fork{Have: have}
	case 3:
		return syncer.Trace{Stream: have.Stream, Before: r.Uint64N(99)}
	case 4:
		return syncer.Traced{Stream: have.Stream, Ends: []change.Mark{have.Mark, w.drawMark(s)}}
	case 5:
		return syncer.Refuse{Stream: have.Stream, Kind: fault.Kind(r.IntN(20)), Reason: "a lie"}
	case 6:
		return syncer.Author{Certificate: w.drawCertificate(s)}
	case 7:
		return syncer.Receipt{Signed: w.drawReceipt(s)}
	case 8:
		return syncer.Hello{Version: 1, Network: "n", Peer: syncer.Peer{Unit: w.root(), Device: w.City().dir.Device}}
	}
	return syncer.Batch{Sealed: w.drawBatch(s)}
}

// drawStream is one that the liar has, or that it knows the name of.
func (w *World) drawStream(s *Directory) change.Stream {
	r := w.liars.r
	from := s
	if r.IntN(3) == 0 {
		from = w.nodes[r.IntN(len(w.nodes))].dir
	}
	names := from.streamNames()
	if len(names) == 0 {
		return s.ownStream(s.Unit)
	}
	of := names[r.IntN(len(names))]
	if r.IntN(6) == 0 {
		of.Incarnation += uint32(r.IntN(1 << 20))
	}
	return of
}

// drawMark is the end of something that is there, or of nothing.
func (w *World) drawMark(s *Directory) change.Mark {
	r := w.liars.r
	m := s.entry(w.drawStream(s)).Sealed
	if r.IntN(2) == 0 {
		m.Seq += r.Uint64N(1 << 20)
	}
	if r.IntN(2) == 0 {
		m.Hash[r.IntN(len(m.Hash))] ^= 1
	}
	return m
}

func (w *World) drawCertificate(s *Directory) []byte {
	d := NewInstallation(1_000_100+w.liars.r.IntN(100), s.Unit)
	switch w.liars.r.IntN(3) {
	case 0: // itself, of the city
		return Installation{Peer: syncer.Peer{Unit: w.root(), Device: s.Device}, Key: s.Key}.Certificate()
	case 1:
		return []byte("nonsense")
	}
	return d.Certificate()
}

func (w *World) drawReceipt(s *Directory) []byte {
	of := w.drawStream(s)
	m := s.entry(of).Sealed
	r, err := change.Receipt{City: s.Device, Stream: of, Seq: m.Seq + 1, Hash: m.Hash, Epoch: 99, At: 1}.Sign(s.Key)
	if err != nil || w.liars.r.IntN(4) == 0 {
		return []byte("nonsense")
	}
	return slices.Clone(r.Bytes())
}

// drawBatch is a batch of the liar's own key in whatever stream, or one of somebody
// else with another byte.
func (w *World) drawBatch(s *Directory) []byte {
	r := w.liars.r
	of := w.drawStream(s)
	if h := s.streams[of]; h != nil && len(h.batches) > 0 && r.IntN(3) == 0 {
		raw := slices.Clone(h.batches[r.IntN(len(h.batches))].Bytes())
		if r.IntN(2) == 0 {
			raw[r.IntN(len(raw))] ^= 1
		}
		return raw
	}
	switch r.IntN(4) {
	case 0: // in its own name, to whom it may not speak
		of = s.ownStream(w.someUnit(func(u change.UnitID) bool { return !w.town.isUnder(s.Unit, u) }))
	case 1: // of its own, another history
		of = s.ownStream(s.Unit)
	}
	c := change.Change{Kind: formKind, Record: change.NewRecordID(s.Unit, [16]byte{9, 79}), Fields: change.FieldsOf(map[string]change.Value{poisonField: change.Text("x")})}
	raw, err := c.Encode()
	if err != nil {
		return nil
	}
	after := s.entry(of).Sealed
	if r.IntN(3) == 0 {
		after = w.drawMark(s)
	}
	b, err := change.Seal(change.BatchRows, s.Key, of, after, [][]byte{raw}, int64(r.Uint64N(1<<50)))
	if err != nil {
		return []byte("nonsense")
	}
	if of.Device == s.Device {
		if x, err := w.read.parse(b.Bytes()); err == nil {
			w.truth.wasSealed(x)
		}
	}
	return b.Bytes()
}
