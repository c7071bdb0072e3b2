package hostile_test

import (
	"bytes"
	"crypto/sha256"
	"math"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// input reads an attacker's choices from the fuzzer's bytes. Past the end every
// choice is the first one.
type input struct {
	cast *cast
	part *part
	raw  []byte
}

func (in *input) over() bool { return len(in.raw) == 0 }

func (in *input) byte() byte {
	if len(in.raw) == 0 {
		return 0
	}
	b := in.raw[0]
	in.raw = in.raw[1:]
	return b
}

// pick is a choice of n.
func (in *input) pick(n int) int { return int(in.byte()) % n }

func pickOf[T any](in *input, from []T) T { return from[in.pick(len(from))] }

// corners are the numbers at which something may turn over.
var corners = []uint64{0, 1, 2, 3, 5, 8, 9, 255, 256, 1000, syncer.MaxHead, syncer.MaxHead + 1, syncer.MaxIncarnation, syncer.MaxIncarnation + 1,
	math.MaxUint32 - 1, math.MaxUint32, syncer.MaxEpoch, syncer.MaxEpoch + 1, syncer.MaxSeq - 1, syncer.MaxSeq, syncer.MaxSeq + 1, syncer.MaxTime, syncer.MaxTime + 1,
	math.MaxInt64 - 1, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64 - 1, math.MaxUint64}

func (in *input) number() uint64 { return pickOf(in, corners) }

func (in *input) time() int64 { return int64(in.number()) * (1 - 2*int64(in.pick(2))) }

func (in *input) device() change.DeviceID {
	all := in.cast.all()
	if n := in.pick(len(all) + 1); n < len(all) {
		return all[n].device()
	}
	return change.DeviceOf([]byte{in.byte()})
}

// stream is one that exists, or beside one in a single part.
func (in *input) stream() change.Stream {
	s := pickOf(in, in.cast.chains).stream
	switch in.pick(8) {
	case 4:
		s.Incarnation = uint32(in.number())
	case 5:
		s.Audience = pickOf(in, in.cast.audiences)
	case 6:
		s.Device = in.device()
	case 7:
		s = change.Stream{Device: in.device(), Incarnation: 1 + uint32(in.byte()), Audience: pickOf(in, in.cast.audiences)}
	}
	return s
}

// mark is a place of a stream: one of its own, or what looks like one.
func (in *input) mark(of change.Stream) change.Mark {
	ends := []change.Mark{{}}
	if c := in.cast.chainOf(of); c != nil {
		ends = c.ends()
	}
	m := ends[in.pick(len(ends))]
	switch in.pick(6) {
	case 3:
		m.Hash = sha256.Sum256([]byte{in.byte()}) // another history
	case 4:
		m.Seq = in.number()
	case 5:
		m = change.Mark{Seq: in.number(), Hash: change.Hash{in.byte()}}
	}
	return m
}

func (in *input) have() syncer.Have {
	of := in.stream()
	h := syncer.Have{Stream: of, Mark: in.mark(of)}
	if in.pick(2) == 1 {
		h.Receipt = syncer.ReceiptAt{Epoch: in.number(), Seq: in.number()}
	}
	return h
}

// haves are a few, or a great many of streams that nobody has heard of.
func (in *input) haves() []syncer.Have {
	n := in.pick(8)
	if n == 7 {
		return in.invented()
	}
	have := make([]syncer.Have, n)
	for i := range have {
		have[i] = in.have()
	}
	return have
}

func (in *input) invented() []syncer.Have {
	have := make([]syncer.Have, 1+19*int(in.byte()))
	base, mark := in.stream(), in.mark(change.Stream{})
	seed, fresh := in.byte(), in.pick(2) == 1
	for i := range have {
		s := base
		s.Incarnation += uint32(i)
		if fresh {
			s.Device = change.DeviceOf([]byte{seed, byte(i), byte(i >> 8)})
		}
		have[i] = syncer.Have{Stream: s, Mark: mark}
	}
	return have
}

// batch is the sealed bytes of one that somebody wrote, of one that an attacker
// seals now, or of something else.
func (in *input) batch() []byte {
	switch in.pick(4) {
	case 0, 1:
		return pickOf(in, pickOf(in, in.cast.chains).batches).Bytes()
	case 2:
		return in.sealed()
	}
	raw := pickOf(in, pickOf(in, in.cast.chains).batches).Bytes()
	return in.spoiled(raw)
}

// sealed is a batch with a good signature: by an attacker's key, in any place.
func (in *input) sealed() []byte {
	by := pickOf(in, in.part.keys)
	s := change.Stream{Device: by.device(), Incarnation: 1, Audience: by.unit}
	if in.pick(3) == 0 {
		s.Incarnation = uint32(in.number())
	}
	if in.pick(3) == 0 {
		s.Audience = pickOf(in, in.cast.audiences)
	}
	b, err := change.Seal(change.BatchRows, by.key, s, in.mark(s), in.changes(), in.time())
	if err != nil {
		return nil
	}
	if in.pick(4) == 3 { // under another's name; names are of one length
		return bytes.ReplaceAll(b.Bytes(), []byte(s.Device), []byte(in.device()))
	}
	return b.Bytes()
}

// changes are what stands in a batch; a relay must not care.
func (in *input) changes() [][]byte {
	switch in.pick(6) {
	case 0:
		return [][]byte{nil}
	case 1:
		return [][]byte{[]byte("no change at all")}
	case 2:
		return slices.Repeat([][]byte{{0xa0}}, 1+3*int(in.byte()))
	case 3:
		return [][]byte{[]byte(strings.Repeat("x", 1<<18))}
	}
	c := &change.Change{Kind: "person", Record: "p-1", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(string(rune('a' + in.pick(26))))}), Actor: "clerk"}
	raw, err := c.Encode()
	if err != nil {
		return nil
	}
	return [][]byte{raw}
}

// spoiled are bytes in which something is changed, cut off or added.
func (in *input) spoiled(raw []byte) []byte {
	raw = slices.Clone(raw)
	if len(raw) == 0 {
		return raw
	}
	at := (int(in.byte())<<8 | int(in.byte())) % len(raw)
	switch in.pick(4) {
	case 0:
		raw[at] ^= 1 << in.pick(8)
	case 1:
		raw = raw[:at]
	case 2:
		raw = append(raw, in.byte())
	case 3:
		raw[at] = in.byte()
	}
	return raw
}

// receipt is one of the city's, an old one, one that is signed by somebody else,
// or something else.
func (in *input) receipt() []byte {
	switch in.pick(4) {
	case 0, 1:
		return pickOf(in, in.cast.receipts).Bytes()
	case 2:
		by := pickOf(in, in.part.keys)
		of := in.stream()
		m := in.mark(of)
		r := change.Receipt{City: by.device(), Stream: of, Seq: m.Seq, Hash: m.Hash, Epoch: in.number(), At: in.time()}
		if in.pick(2) == 1 {
			r.Spoken = change.Spoken{Stream: in.stream(), Seq: in.number()}
		}
		if signed, err := r.Sign(by.key); err == nil {
			return signed.Bytes()
		}
		return nil
	}
	return in.spoiled(pickOf(in, in.cast.receipts).Bytes())
}

func (in *input) author() []byte {
	der := pickOf(in, in.cast.all()).keys.Proof()
	if in.pick(4) == 3 {
		return in.spoiled(der)
	}
	return der
}

func (in *input) traced() syncer.Traced {
	of := in.stream()
	t := syncer.Traced{Stream: of}
	for range in.pick(6) {
		t.Ends = append(t.Ends, in.mark(of))
	}
	if in.pick(8) == 7 {
		t.Ends = slices.Repeat([]change.Mark{in.mark(of)}, 1000)
	}
	return t
}

func (in *input) reach() syncer.Reach {
	r := syncer.Reach{Now: in.time()}
	for range in.pick(4) {
		r.Devices = append(r.Devices, in.reachOf())
	}
	if in.pick(8) == 7 {
		one := in.reachOf()
		for i := range 20 * int(in.byte()) {
			one.Peer.Device = change.DeviceOf([]byte{in.byte(), byte(i), byte(i >> 8)})
			r.Devices = append(r.Devices, one)
		}
	}
	return r
}

func (in *input) reachOf() syncer.DeviceReach {
	d := syncer.DeviceReach{Peer: syncer.Peer{Device: in.device()}, Connected: in.pick(2) == 1, Heard: in.time()}
	if one := in.cast.of(d.Peer.Device); one != nil {
		d.Peer.Unit = one.unit
	}
	if d.Peer.Unit == "" || in.pick(4) == 3 {
		d.Peer.Unit = pickOf(in, in.cast.audiences)
	}
	for range in.pick(4) {
		d.Heads = append(d.Heads, syncer.Head{Stream: in.stream(), Seq: in.number()})
	}
	if in.pick(8) == 7 {
		s := in.stream()
		for i := range 20 * int(in.byte()) {
			s.Incarnation = uint32(1 + i)
			d.Heads = append(d.Heads, syncer.Head{Stream: s, Seq: in.number()})
		}
	}
	return d
}

func (in *input) hello() syncer.Hello {
	h := syncer.Hello{Version: syncer.Version, Network: network, Peer: syncer.Peer{Unit: in.part.hostile.unit, Device: in.part.hostile.device()}}
	switch in.pick(8) {
	case 3:
		h.Version = uint32(in.number())
	case 4:
		h.Network = "another"
	case 5:
		h.Peer.Device = in.device()
	case 6:
		h.Peer.Unit = pickOf(in, in.cast.audiences)
	case 7:
		h.Now = in.time()
	}
	return h
}

// kinds of messages that an input may have sent.
const messageKinds = 12

func (in *input) message(kind int) syncer.Message {
	switch kind {
	case 0:
		return in.hello()
	case 1:
		return syncer.Marks{Have: in.haves(), Last: in.pick(2) == 1}
	case 2:
		return syncer.Ack{Have: in.haves()}
	case 3:
		return syncer.Ack{Have: in.haves(), Behind: true}
	case 4:
		return syncer.Author{Certificate: in.author()}
	case 5, 11:
		return syncer.Batch{Sealed: in.batch()}
	case 6:
		return syncer.Receipt{Signed: in.receipt()}
	case 7:
		return syncer.Fork{Have: in.have()}
	case 8:
		return syncer.Trace{Stream: in.stream(), Before: in.number()}
	case 9:
		return in.traced()
	}
	if in.pick(2) == 1 {
		return syncer.Refuse{Stream: in.stream(), Kind: fault.Kind(1 + in.pick(255)), Reason: strings.Repeat("why\x1b", in.pick(100))}
	}
	return in.reach()
}
