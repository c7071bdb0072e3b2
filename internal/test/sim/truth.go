package sim

import (
	"fmt"
	"slices"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// truth is what the harness knows and no device does: what was written and
// acknowledged as saved, what was honestly sealed and signed, and what each disk
// has promised. The checks compare the devices with it.
type truth struct {
	w          *World
	deeds      []*deed // by number, from 1
	sealed     map[change.Hash]*reading
	signed     map[receipt]bool
	signers    map[uint64]*Directory // who signed in an epoch
	promises   map[*Directory]*promises
	rough      map[change.DeviceID]bool // restored or cloned: a change may be written again
	onlyAside  map[uint64]bool          // deeds that stand in evidence only
	excused    map[uint64]string        // why a deed need not be at the city
	contested  map[change.RecordID]bool // records that two units write
	offsets    map[change.DeviceID]time.Duration
	refusals   int // by the city
	disks      int // lost, restored or replaced by an older copy
	forks      int // devices that noticed a fork or an older copy
	violations []Violation
	drains     []time.Duration
}

// receipt is what the city signed.
type receipt struct {
	of    change.Stream
	mark  change.Mark
	epoch uint64
}

// promises of one disk. Another disk, an older copy too, has made none.
type promises struct {
	saved    map[change.Stream]uint64 // head that was told as saved
	told     map[change.Stream]uint64 // highest mark told to a peer
	judged   map[change.Stream]uint64 // last change judged
	verdicts map[change.Stream]uint64 // verdicts given
	setAside []*reading               // what gave way here
	yielded  []change.Stream          // own streams that gave way
}

// Violation is an invariant that does not hold.
type Violation struct {
	ID   string // of the invariant
	What string
	At   time.Duration
	Tail string // of the trace
}

func (v Violation) String() string {
	return fmt.Sprintf("%s: %s (%s)\n%s", v.ID, v.What, formatTime(v.At), v.Tail)
}

func newTruth(w *World) *truth {
	return &truth{w: w, sealed: map[change.Hash]*reading{}, signed: map[receipt]bool{},
		signers: map[uint64]*Directory{}, promises: map[*Directory]*promises{}, rough: map[change.DeviceID]bool{}, excused: map[uint64]string{}, onlyAside: map[uint64]bool{}, contested: map[change.RecordID]bool{},
		offsets: map[change.DeviceID]time.Duration{}}
}

const maxViolations = 20

// violated notes that an invariant does not hold. The first few have the end
// of the trace with them.
func (w *World) violated(id, format string, args ...any) {
	t := w.truth
	if len(t.violations) >= maxViolations {
		return
	}
	v := Violation{ID: id, What: fmt.Sprintf(format, args...), At: w.now}
	if len(t.violations) == 0 {
		v.Tail = w.Tail()
	}
	t.violations = append(t.violations, v)
}

// failWorld reports an error of the simulation itself.
func (w *World) failWorld(format string, args ...any) { w.violated("simulation", format, args...) }

// Violations are the invariants that did not hold so far.
func (w *World) Violations() []Violation { return w.truth.violations }

func (t *truth) promisesOf(s *Directory) *promises {
	p := t.promises[s]
	if p == nil {
		p = &promises{saved: map[change.Stream]uint64{}, told: map[change.Stream]uint64{}, judged: map[change.Stream]uint64{}, verdicts: map[change.Stream]uint64{}}
		t.promises[s] = p
		if s.city != nil {
			for _, a := range s.log[:s.city.cursor] {
				p.judged[a.Stream], p.verdicts[a.Stream] = a.Last(), a.Last()
			}
		}
	}
	return p
}

func (t *truth) recordSaved(s *Directory, d *deed) {
	if d.of == (change.Stream{}) { // said before it was so
		d.of = s.ownStream(d.audience)
		d.seq = s.entry(d.of).Head + 1
	}
	d.saved = true
	p := t.promisesOf(s)
	p.saved[d.of] = max(p.saved[d.of], d.seq)
}

// checkRestarted compares a disk after a crash with what was acknowledged as
// saved (I1).
func (t *truth) checkRestarted(s *Directory) {
	for of, head := range t.promisesOf(s).saved {
		if have := s.entry(of).Head; have < head {
			t.w.violated("I1", "%s lost what it told as saved: %s to %d, there is %d", t.w.nameOf(s), t.w.streamName(of), head, have)
		}
	}
}

func (t *truth) wasSealed(b *reading) { t.sealed[b.Hash()] = b }

// wasSigned notes a receipt; the city must have what it signs for (I9).
func (t *truth) wasSigned(s *Directory, r *change.SignedReceipt) {
	if h := s.streams[r.Stream]; h == nil || !h.hasMark(r.Mark()) {
		t.w.violated("I9", "the city signs for what it does not have: %s %d", t.w.streamName(r.Stream), r.Seq)
	}
	if other := t.signers[r.Epoch]; other != nil && other != s {
		t.w.violated("I9", "the city was restored and signs in the old epoch %d", r.Epoch)
	}
	t.signers[r.Epoch] = s
	t.signed[receipt{r.Stream, r.Mark(), r.Epoch}] = true
}

// recordPromise notes what a disk was said to have; it never goes back (I9).
func (t *truth) recordPromise(s *Directory, h syncer.Have) {
	p := t.promisesOf(s)
	if h.Mark.Seq < p.told[h.Stream] {
		t.w.violated("I9", "%s had %s to %d and now has %d", t.w.nameOf(s), t.w.streamName(h.Stream), p.told[h.Stream], h.Mark.Seq)
	}
	p.told[h.Stream] = h.Mark.Seq
}

// recordYielded records that a history gave way: nothing that was promised of it
// counts any more.
func (t *truth) recordYielded(s *Directory, of change.Stream) {
	t.forks++
	p := t.promisesOf(s)
	if of.Device == s.Device {
		p.yielded = append(p.yielded, of)
	}
	delete(p.saved, of)
	delete(p.told, of)
}

func (t *truth) cutAway(s *Directory, b *reading) {
	t.promisesOf(s).setAside = append(t.promisesOf(s).setAside, b)
}

// wasCutAway reports whether a mark names a batch that a directory has set
// aside.
func (t *truth) wasCutAway(s *Directory, h syncer.Have) bool {
	return slices.ContainsFunc(t.promisesOf(s).setAside, func(b *reading) bool { return b.Stream == h.Stream && b.End() == h.Mark })
}

// recordJudged checks that the city judges each stream in order and skips
// nothing (I7).
func (t *truth) recordJudged(s *Directory, b *reading) {
	p := t.promisesOf(s)
	if b.First != p.judged[b.Stream]+1 {
		t.w.violated("I7", "the city judges %s from %d after %d", t.w.streamName(b.Stream), b.First, p.judged[b.Stream])
	}
	p.judged[b.Stream] = b.Last()
}

func (t *truth) countVerdicts(s *Directory, of change.Stream, n uint64) {
	t.promisesOf(s).verdicts[of] += n
}

func (t *truth) recordOffset(e *end, h syncer.Hello) {
	if e.parent {
		t.offsets[h.Peer.Device] = time.Duration(h.Now-e.node.now()) * time.Millisecond
	}
}

// linkFailed: sessions do not fail unless somebody is not honest.
func (t *truth) linkFailed(e *end, err error) {
	if !t.w.isLiar(e.node) && !t.w.isLiar(e.peer.node) {
		t.w.violated("I3", "the link of %s to %s failed as %s: %v", e.node.Name, e.peer.node.Name, fault.Of(err), err)
	}
}

func (t *truth) recordRefusal(e *end, r syncer.Refuse) {
	t.w.trace("%s refuses %s: %s", e.peer.node.Name, t.w.streamName(r.Stream), r.Kind)
	if !t.w.isLiar(e.node) && !t.w.isLiar(e.peer.node) && !t.w.liars.of[r.Stream.Device] {
		t.w.violated("I3", "%s refuses %s: %s", e.peer.node.Name, t.w.streamName(r.Stream), r.Reason)
	}
}
