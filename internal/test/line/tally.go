package line

import "encoding/binary"

// Tally counts what one direction of an emulator was given by its sender.
type Tally struct {
	Packets int64
	Bytes   int64 // of whole packets
	Lost    int64 // packets that were lost, by chance or because the buffer was full
	Payload int64 // bytes of TCP streams
	Twice   int64 // of these, what had been sent before
	flows   map[uint32]uint32
}

// countPacket counts a packet of IPv4.
func (t *Tally) countPacket(packet []byte) {
	t.Packets++
	t.Bytes += int64(len(packet))
	if len(packet) < 20 || packet[0]>>4 != 4 || packet[9] != 6 {
		return
	}
	segment := packet[4*int(packet[0]&15):]
	if len(segment) < 20 {
		return
	}
	t.countSegment(segment)
}

// countSegment compares a segment with how far its stream has been sent.
func (t *Tally) countSegment(s []byte) {
	const syn = 2
	ports, seq := binary.BigEndian.Uint32(s), binary.BigEndian.Uint32(s[4:])
	size := uint32(len(s) - 4*int(s[12]>>4))
	if s[13]&syn != 0 {
		if t.flows == nil {
			t.flows = map[uint32]uint32{}
		}
		t.flows[ports] = seq + 1
		return
	}
	sent, known := t.flows[ports]
	if !known || size == 0 {
		return
	}
	t.Payload += int64(size)
	again := int32(sent - seq) // sequence numbers wrap around
	if again > 0 {
		t.Twice += min(int64(again), int64(size))
	}
	if int32(seq+size-sent) > 0 {
		t.flows[ports] = seq + size
	}
}

// Less is what was counted since an earlier tally.
func (t Tally) Less(earlier Tally) Tally {
	return Tally{Packets: t.Packets - earlier.Packets, Bytes: t.Bytes - earlier.Bytes, Lost: t.Lost - earlier.Lost,
		Payload: t.Payload - earlier.Payload, Twice: t.Twice - earlier.Twice}
}
