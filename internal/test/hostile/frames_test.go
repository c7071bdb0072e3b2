package hostile_test

import (
	"context"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/streams/streamstest"
	"tongbu/syncer/wire"
)

// maxDeeds is how many deeds one input is played for.
const maxDeeds = 64

// deeds are what an input may have done besides saying a single frame.
const (
	deedOpen     = messageKinds + iota // hello, and the truth about what it has
	deedChain                          // batches of one chain, in order
	deedAckAll                         // what the hub sent is on disk
	deedRaw                            // bytes that may be no frame
	deedBeat                           // time passes
	deedSilence                        // more than a link may be silent
	deedAgain                          // another link
	deedDeaf                           // it reads no more, or again
	deedRevoke                         // the city revokes it, or takes that back
	deedNeighbor                       // the honest device comes by
	deedWord                           // the hub says something that crosses the link
	numDeeds
)

// held is how a deed's byte says that the next one follows at once.
const held = 0x80

// play is one input on one hub.
type play struct {
	*hub
	*check
	t    *testing.T
	ctx  context.Context
	in   *input
	link *connected
	sent []syncer.Have // batches that the hub sent on the link
}

// FuzzFrames: whatever an admitted device says on its link, as a child or as a parent,
// and in whatever order, what check.go lists holds after each frame.
func FuzzFrames(f *testing.F) {
	cast := newCast(f)
	parts := cast.parts()
	var journals [][]byte
	for _, p := range parts {
		journals = append(journals, mustFill(f, cast, p))
	}
	for _, raw := range seeds() {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) == 0 || len(raw) > 4096 {
			return
		}
		n := int(raw[0]) % len(parts)
		synctest.Test(t, func(t *testing.T) {
			h := mustOpen(t, cast, parts[n], journals[n])
			ctx, cancel := context.WithCancel(t.Context())
			p := &play{hub: h, check: newCheck(h), t: t, ctx: ctx, in: &input{cast: cast, part: &parts[n], raw: raw[1:]}}
			p.run()
			cancel()
			h.links.Wait()
			if err := h.journal.Close(); err != nil {
				t.Errorf("the journal's end: %v", err)
			}
		})
		if got := heap(); got > maxHeap {
			t.Errorf("%d MiB of heap are in use", got>>20)
		}
	})
}

// maxHeap is what the process may hold after a run, in bytes.
const maxHeap = 512 << 20

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func (p *play) run() {
	p.again()
	for n := 0; n < maxDeeds && !p.in.over() && !p.t.Failed(); n++ {
		b := p.in.byte()
		p.deed(int(b&^held) % numDeeds)
		if b&held == 0 || n == maxDeeds-1 || p.in.over() {
			p.settled()
		}
	}
	p.settled()
	p.honestPeer()
	p.settled()
	if err := p.streams.Flush(p.ctx); err != nil {
		p.t.Errorf("write how far the parent is: %v", err)
	}
	p.end(p.t)
}

func (p *play) deed(kind int) {
	switch kind {
	case deedOpen:
		p.open()
	case deedChain:
		c := pickOf(p.in, p.chains)
		from := p.in.pick(len(c.batches))
		for _, b := range c.batches[from:] {
			p.say(syncer.Batch{Sealed: b.Bytes()})
		}
	case deedAckAll:
		if p.say(syncer.Ack{Have: p.sent}); p.in.pick(2) == 1 {
			p.sent = nil
		}
	case deedRaw:
		m := p.in.message(p.in.pick(messageKinds))
		if raw, err := wire.Marshal(m); err == nil {
			p.spoken(itemsOf(m), m)
			p.link.say(p.in.spoiled(raw))
		}
	case deedBeat, deedSilence:
		p.wait(kind)
	case deedAgain:
		p.settled()
		p.again()
	case deedDeaf:
		p.link.read(p.in.pick(2) == 1)
	case deedRevoke:
		p.revoke()
	case deedNeighbor:
		p.settled()
		p.honestPeer()
	case deedWord:
		p.word(p.child())
	default:
		p.say(p.in.message(kind))
	}
}

// say says one frame, as bytes.
func (p *play) say(m syncer.Message) {
	raw, err := wire.Marshal(m)
	if err != nil {
		p.t.Fatal(err)
	}
	p.spoken(itemsOf(m), m)
	p.link.say(raw)
}

// itemsOf is how many things a frame says, each of which may have an answer.
func itemsOf(m syncer.Message) int {
	switch x := m.(type) {
	case syncer.Marks:
		return 1 + len(x.Have)
	case syncer.Ack:
		return 1 + len(x.Have)
	}
	return 1
}

// open says hello, and truly what the hub and the device both have.
func (p *play) open() {
	p.say(syncer.Hello{Version: syncer.Version, Network: network, Peer: syncer.Peer{Unit: p.part.hostile.unit, Device: p.part.hostile.device()}})
	m := syncer.Marks{Last: true}
	entries, _ := p.streams.Entries()
	lacks := int(p.in.byte()) // each so-manieth of them; 0: none
	for i, e := range entries {
		if p.crosses(e.Stream) && (lacks == 0 || i%lacks != 0) {
			m.Have = append(m.Have, e.Have())
		}
	}
	p.say(m)
}

// again opens another link; one that is still open is left as it is for the hub to
// end, which is not asked of one to a parent: there is one of those at a time.
func (p *play) again() {
	if p.link != nil && !p.link.over && !p.parent {
		p.link.Close(nil)
		p.settled()
	}
	if p.link != nil {
		p.link.read(true)
	}
	p.link, p.sent = p.connect(p.ctx, p.part.hostile), nil
	p.newLink()
	p.settled()
}

func (p *play) wait(kind int) {
	d := beat + time.Second
	if kind == deedSilence {
		d = 8 * beat
	}
	<-time.After(d)
	p.passed(d)
}

func (p *play) revoke() {
	p.settled()
	p.banned.Store(p.in.pick(4) != 3)
	p.relay.Recheck()
	p.contact.Review()
	p.settled()
	if p.banned.Load() && p.parent && !p.link.over {
		p.t.Errorf("the link of a revoked device is open")
	}
}

// word has the hub say something new to a unit.
func (p *play) word(to change.UnitID) change.Stream {
	raw := streamstest.Edit(p.t, p.newText())
	own, err := p.write(p.ctx, to, raw)
	if err != nil {
		p.t.Errorf("the hub cannot write: %v", err)
	}
	p.wrote(raw)
	return own
}

// settled lets everything happen, and checks what is then.
func (p *play) settled() {
	p.link.settle()
	said, size := p.link.heard()
	for _, m := range said {
		if b, ok := m.(syncer.Batch); ok {
			if parsed, err := change.ParseBatch(b.Sealed); err == nil {
				p.sent = append(p.sent, syncer.Have{Stream: parsed.Stream, Mark: parsed.End()})
			}
		}
	}
	p.after(p.t, p.link, said, size)
}

// honestPeer has another device of the hub link, say something new and hear
// something new: whatever the hostile one has done.
func (p *play) honestPeer() {
	who := p.honest
	c := p.connect(p.ctx, who)
	defer func() {
		c.Close(nil)
		c.settle()
		p.honestSpoke()
	}()
	tell := func(m syncer.Message) {
		raw, err := wire.Marshal(m)
		if err != nil {
			p.t.Fatal(err)
		}
		c.say(raw)
		c.settle()
	}
	tell(syncer.Hello{Version: syncer.Version, Network: network, Peer: syncer.Peer{Unit: who.unit, Device: who.device()}})
	own := change.Stream{Device: who.device(), Incarnation: 1, Audience: who.unit}
	have := syncer.Marks{Last: true}
	var end change.Mark
	entries, _ := p.streams.Entries()
	for _, e := range entries {
		if e.Stream == own {
			end = e.Sealed
		}
		if p.onLine(who.unit, e.Stream.Audience) {
			have.Have = append(have.Have, e.Have())
		}
	}
	tell(have)
	next := streamstest.MustBatch(p.t, who.key, own, end, p.newText())
	p.genuine(next)
	tell(syncer.Author{Certificate: who.keys.Proof()})
	tell(syncer.Batch{Sealed: next.Bytes()})
	said := p.word(who.unit)
	c.settle()
	messages, _ := c.heard()
	if c.over {
		p.t.Errorf("the link of an honest device is over: %v", c.why)
	} else if !acknowledges(messages, own, next.End()) {
		p.t.Errorf("an honest device's batch is not acknowledged: %v", messages)
	} else if !brings(messages, said) {
		p.t.Errorf("an honest device does not hear %v: %v", said, messages)
	}
}

func acknowledges(messages []syncer.Message, of change.Stream, end change.Mark) bool {
	for _, m := range messages {
		if a, ok := m.(syncer.Ack); ok && !a.Behind {
			for _, h := range a.Have {
				if h.Stream == of && h.Mark == end {
					return true
				}
			}
		}
	}
	return false
}

func brings(messages []syncer.Message, of change.Stream) bool {
	for _, m := range messages {
		if b, ok := m.(syncer.Batch); ok {
			if parsed, err := change.ParseBatch(b.Sealed); err == nil && parsed.Stream == of {
				return true
			}
		}
	}
	return false
}
