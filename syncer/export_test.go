package syncer

import (
	"errors"
	"fmt"
	"slices"

	"tongbu/internal/change"
)

// StateNames are the sending states of a stream, as StateOf names them.
var StateNames = map[flowState]string{idle: "idle", queued: "queued", loading: "loading", stopped: "stopped", withdrawn: "withdrawn"}

// StateOf is the sending state of a stream; empty: the session knows none.
func StateOf(s *Session, of change.Stream) string {
	if f := s.flows[of]; f != nil {
		return StateNames[f.state]
	}
	return ""
}

// Remembered counts the streams that a session remembers.
func Remembered(s *Session) int { return len(s.flows) }

// CheckInvariants checks, between two steps of a session, the invariants that
// are written on the fields of Session, flow, window and inflight.
func CheckInvariants(s *Session) error {
	var broken []error
	must := func(ok bool, format string, args ...any) {
		if !ok {
			broken = append(broken, fmt.Errorf(format, args...))
		}
	}
	loadingNow, used := 0, 0
	for of, f := range s.flows {
		places := 0
		for _, waits := range s.queue {
			if waits == of {
				places++
			}
		}
		want := 0
		if f.state == queued || f.state == withdrawn {
			want = 1
		}
		must(StateNames[f.state] != "", "%v is in state %d", of, f.state)
		must(places == want, "%v is %s and %d times in the queue", of, StateNames[f.state], places)
		must(f.theirs.Mark.Seq <= f.sent.Seq, "the peer has %v up to %d, and it was sent to %d", of, f.theirs.Mark.Seq, f.sent.Seq)
		must(len(f.unacked) == 0 || !f.halted(), "%v is %s with %d batches in flight", of, StateNames[f.state], len(f.unacked))
		must(slices.IsSortedFunc(f.unacked, func(a, b sentBatch) int {
			if a.end.Seq < b.end.Seq {
				return -1
			}
			return 1
		}), "the batches of %v in flight do not ascend: %v", of, f.unacked)
		for _, b := range f.unacked {
			must(b.end.Seq <= f.sent.Seq, "%v was sent to %d, and %d is in flight", of, f.sent.Seq, b.end.Seq)
			used += b.bytes
		}
		if f.state == loading {
			loadingNow++
		}
		must(s.marked || f.state != loading && len(f.unacked) == 0, "%v is read or sent before the peer said what it has", of)
	}
	must(s.named <= s.cfg.Named, "%d streams are remembered that the peer named, more than %d", s.named, s.cfg.Named)
	for _, of := range s.queue {
		must(s.local[of] != nil && s.flows[of] != nil, "%v is queued, and nothing is held of it", of)
	}
	must(s.window.used == used, "the window counts %d bytes, %d are in flight", s.window.used, used)
	must(s.reading == (loadingNow == 1) && loadingNow <= 1, "reading is %v and %d flows are loading", s.reading, loadingNow)
	return errors.Join(broken...)
}
