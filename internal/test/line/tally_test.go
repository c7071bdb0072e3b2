package line

import (
	"encoding/binary"
	"testing"
)

func packet(seq uint32, flags byte, payload int) []byte {
	p := make([]byte, 40+payload)
	p[0], p[9] = 0x45, 6
	binary.BigEndian.PutUint32(p[24:], seq)
	p[32], p[33] = 5<<4, flags
	return p
}

// TestTally counts segments sent again, also across the wrap of the numbers.
func TestTally(t *testing.T) {
	var got Tally
	start := ^uint32(0) - 149 // after 150 bytes the numbers wrap around
	for _, p := range [][]byte{
		packet(start, 2, 0),
		packet(start+1, 16, 100),
		packet(start+101, 16, 100),
		packet(start+1, 16, 100),   // all of it again
		packet(start+151, 16, 100), // half of it new
		packet(start+251, 16, 0),   // an acknowledgement alone
		{0x60},                     // not IPv4
	} {
		got.countPacket(p)
	}
	if got.Packets != 7 || got.Payload != 400 || got.Twice != 150 {
		t.Errorf("got %d packets, %d bytes, %d twice; want 7, 400, 150", got.Packets, got.Payload, got.Twice)
	}
	if d := got.Less(Tally{Payload: 100, Twice: 50}); d.Payload != 300 || d.Twice != 100 {
		t.Errorf("less: got %+v", d)
	}
}
