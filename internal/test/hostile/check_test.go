package hostile_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// check is what must hold, whatever a hostile device says:
//
//   - what is acknowledged is on disk;
//   - what is held of others' streams is what they wrote, and nothing is held of
//     anybody who may not say it, or by a way it may not come;
//   - how far a stream and its receipt have come never falls, but where a parent
//     shows that the stream's own device has written another history;
//   - nothing is told to the peer that does not cross its link;
//   - what is said in answer is bounded by what was asked;
//   - of contacts nothing is believed that the peer cannot know, or that cannot be;
//   - a link ends with a kind of the closed list, and no defect.
type check struct {
	*hub
	marks    map[change.Stream]map[change.Mark]bool // on the histories of those whose keys no attacker has
	receipts map[string]bool                        // that the city signed
	start    map[change.Stream]syncer.Entry         // before anything was said
	before   map[change.Stream]syncer.Entry         // at the last look
	frozen   bool                                   // the hostile device was revoked at the last look
	own      [][]byte
	texts    int

	items, messages, size int // said on the hostile link, and heard
	brought               int // bytes of batches said on all of them
	beats                 int
	others                int // what an honest device made the hub say
}

func newCheck(h *hub) *check {
	c := &check{hub: h, marks: map[change.Stream]map[change.Mark]bool{}, receipts: map[string]bool{}, before: map[change.Stream]syncer.Entry{}}
	for _, ch := range h.chains {
		if h.has(ch.by.device()) && ch.by != h.self {
			continue
		}
		for _, b := range ch.batches {
			if c.genuine(b); ch.by == h.self {
				raws, err := b.Raw()
				if err != nil {
					panic(err)
				}
				c.own = append(c.own, raws...)
			}
		}
	}
	for _, r := range h.cast.receipts {
		c.receipts[string(r.Bytes())] = true
	}
	entries, _ := h.streams.Entries()
	for _, e := range entries {
		c.before[e.Stream] = e
	}
	c.start = maps.Clone(c.before)
	return c
}

func (c *check) genuine(b *change.Batch) {
	if c.marks[b.Stream] == nil {
		c.marks[b.Stream] = map[change.Mark]bool{}
	}
	c.marks[b.Stream][b.End()] = true
}

func (c *check) newText() string {
	c.texts++
	return fmt.Sprint("text ", c.texts)
}

func (c *check) wrote(raw []byte) {
	c.own = append(c.own, raw)
	c.others++
}

func (c *check) spoken(items int, m syncer.Message) {
	c.items += items
	if b, ok := m.(syncer.Batch); ok {
		c.brought += len(b.Sealed)
	}
}

func (c *check) newLink()               { c.items, c.messages, c.size, c.beats, c.others = 0, 0, 0, 0, 0 }
func (c *check) passed(d time.Duration) { c.beats += int(d/beat) + 1 }
func (c *check) honestSpoke()           { c.others += 4 }

// crosses reports whether a stream crosses the hostile link in any direction.
func (c *check) crosses(s change.Stream) bool {
	by := c.of(s.Device)
	return c.onLine(c.child(), s.Audience) || by != nil && c.below(c.child(), by.unit)
}

// after checks everything after a frame.
func (c *check) after(t *testing.T, link *connected, said []syncer.Message, size int) {
	t.Helper()
	c.messages, c.size = c.messages+len(said), size
	for _, m := range said {
		if err := c.heard(m); err != nil {
			t.Errorf("the hub says %T: %v", m, err)
		}
	}
	c.checkAmount(t)
	c.checkHeld(t)
	c.checkContacts(t)
	if kind := fault.Of(link.why); link.over && (kind == fault.Internal || !kind.Known()) {
		t.Errorf("the link has ended with %v: %v", kind, link.why)
	}
}

// What one thing said may have in answer: the answer to a search is the longest,
// and one mark may have a stream sent again.
const (
	messagesEach = 24
	bytesEach    = 32 << 10
)

func (c *check) checkAmount(t *testing.T) {
	t.Helper()
	asked := 8 + c.items + c.beats + c.others
	if c.messages > messagesEach*asked {
		t.Errorf("%d messages are the answer to %d things", c.messages, asked)
	}
	if c.size > (bytesEach+c.brought)*asked {
		t.Errorf("%d bytes are the answer to %d things", c.size, asked)
	}
}

// heard checks one message of the hub to the hostile device.
func (c *check) heard(m syncer.Message) error {
	switch x := m.(type) {
	case syncer.Marks:
		return c.told(x.Have)
	case syncer.Ack:
		if !x.Behind {
			for _, h := range x.Have {
				if err := c.onDisk(h); err != nil {
					return err
				}
			}
		}
		return c.told(x.Have)
	case syncer.Fork:
		return c.told([]syncer.Have{x.Have})
	case syncer.Batch:
		b, err := change.ParseBatch(x.Sealed)
		if err != nil {
			return err
		}
		return c.told([]syncer.Have{{Stream: b.Stream, Mark: b.End()}})
	case syncer.Receipt:
		r, err := change.ParseReceipt(x.Signed)
		if err != nil {
			return err
		}
		if err := c.signed(r); err != nil {
			return err
		}
		return c.told([]syncer.Have{{Stream: r.Stream, Mark: change.Mark{Seq: r.Seq}}})
	case syncer.Author:
		return c.introduced(x.Certificate)
	case syncer.Traced:
		if len(x.Ends) > 0 {
			return c.told([]syncer.Have{{Stream: x.Stream, Mark: x.Ends[0]}})
		}
	case syncer.Refuse:
		if !x.Kind.Known() || x.Kind == fault.Internal || x.Kind == fault.OK {
			return fmt.Errorf("a refusal is %v: %s", x.Kind, x.Reason)
		}
	case syncer.Reach:
		for _, d := range x.Devices {
			if c.parent || !c.below(c.self.unit, d.Peer.Unit) {
				return fmt.Errorf("it tells of device %s", d.Peer.Device)
			}
		}
	}
	return nil
}

// told checks that what the hub tells of streams crosses the link. That it has
// nothing of a stream says nothing.
func (c *check) told(have []syncer.Have) error {
	for _, h := range have {
		if !c.crosses(h.Stream) && (h.Mark != change.Mark{} || h.Receipt != syncer.ReceiptAt{}) {
			return fmt.Errorf("stream %s at %d, which does not cross the link", h.Stream, h.Mark.Seq)
		}
	}
	return nil
}

// introduced checks that a certificate is of one whose words cross the link.
func (c *check) introduced(der []byte) error {
	for _, ch := range c.chains {
		if bytes.Equal(ch.by.keys.Proof(), der) && (c.crosses(ch.stream) || ch.by == c.root) {
			return nil
		}
	}
	return fmt.Errorf("it tells who somebody is whose words do not cross the link")
}

func (c *check) onDisk(h syncer.Have) error {
	if h.Mark.Seq == 0 {
		return fmt.Errorf("nothing of %s is acknowledged", h.Stream)
	}
	ends, err := c.streams.Ends(h.Stream, h.Mark.Seq+1)
	if err != nil {
		return err
	}
	if !slices.Contains(ends, h.Mark) && !c.mayGiveWay(h.Stream) {
		return fmt.Errorf("%s is acknowledged to %d, and on disk to %v", h.Stream, h.Mark.Seq, ends)
	}
	return nil
}

// mayGiveWay reports whether a history of the stream may be replaced: by a parent
// that has the key of the stream's device.
func (c *check) mayGiveWay(s change.Stream) bool { return !c.parent && c.has(s.Device) }

// checkHeld checks what the hub holds, against what it held before.
func (c *check) checkHeld(t *testing.T) {
	t.Helper()
	entries, _ := c.streams.Entries()
	for _, e := range entries {
		was := c.before[e.Stream]
		if was == e {
			continue
		}
		if err := c.checkEntry(was, e); err != nil {
			t.Errorf("stream %s: %v", e.Stream, err)
		}
		c.before[e.Stream] = e
	}
	if len(entries) < len(c.before) {
		t.Errorf("%d streams are held, %d were", len(entries), len(c.before))
	}
	c.frozen = c.banned.Load()
}

func (c *check) checkEntry(was, now syncer.Entry) error {
	if now.Sealed.Seq < was.Sealed.Seq && !c.mayGiveWay(now.Stream) {
		return fmt.Errorf("it has gone back from %d to %d", was.Sealed.Seq, now.Sealed.Seq)
	}
	if was.Receipt.Newer(now.Receipt) {
		return fmt.Errorf("its receipt has gone back from %v to %v", was.Receipt, now.Receipt)
	}
	if now.Receipt != was.Receipt {
		if err := c.checkReceipt(now); err != nil {
			return err
		}
	}
	if now.Sealed == was.Sealed {
		return nil
	}
	by := c.of(now.Stream.Device)
	switch {
	case by == nil, by == c.enemy:
		return fmt.Errorf("nobody knows its device")
	case by.unit != now.Author:
		return fmt.Errorf("it is held as one of unit %s", now.Author)
	case !c.below(by.unit, now.Stream.Audience):
		return fmt.Errorf("%s may not speak to %s", by.name, now.Stream.Audience)
	case by == c.self:
		return nil // what it says is looked at in the end
	case !c.has(by.device()) && !c.marks[now.Stream][now.Sealed]:
		return fmt.Errorf("%s has not written what is held at %d", by.name, now.Sealed.Seq)
	case by != c.honest && !c.crosses(now.Stream):
		return fmt.Errorf("it does not cross the link that it came by")
	case by != c.honest && c.frozen && c.banned.Load():
		return fmt.Errorf("it has grown by the word of a revoked device")
	case now.Sealed.Seq > syncer.MaxSeq || now.Stream.Incarnation > syncer.MaxIncarnation:
		return fmt.Errorf("it is beyond what a stream can be")
	}
	return nil
}

func (c *check) checkReceipt(now syncer.Entry) error {
	held, _, err := c.streams.LoadReceipt(now.Stream)
	if err != nil {
		return err
	}
	if held.Epoch > syncer.MaxEpoch || held.Seq > syncer.MaxSeq {
		return fmt.Errorf("a receipt is beyond what can be: %+v", held.Receipt)
	}
	return c.signed(held)
}

// signed checks that a receipt is one of those that the city has signed. A city
// that is shown a receipt of its own which it has lost signs all again, for what
// it holds.
func (c *check) signed(r *change.SignedReceipt) error {
	if c.receipts[string(r.Bytes())] {
		return nil
	}
	if c.self != c.root {
		return fmt.Errorf("the city has not signed %+v", r.Receipt)
	}
	if err := r.Verify(c.root.key.Public().(ed25519.PublicKey)); err != nil {
		return err
	}
	ends, err := c.streams.Ends(r.Stream, r.Seq+1)
	if err != nil {
		return err
	}
	if !slices.Contains(ends, change.Mark{Seq: r.Seq, Hash: r.Hash}) {
		return fmt.Errorf("the city signs %+v, and holds %v", r.Receipt, ends)
	}
	c.receipts[string(r.Bytes())] = true
	return nil
}

// checkContacts checks what the hub believes of who is there.
func (c *check) checkContacts(t *testing.T) {
	t.Helper()
	now := time.Now().UnixMilli()
	for _, d := range c.contact.All() {
		by := c.of(d.Peer.Device)
		if by == nil || by.unit != d.Peer.Unit || !c.mayBeHeardOf(by) || d.Heard < 0 || d.Heard > now {
			t.Errorf("it believes in device %s of unit %s, heard at %d", d.Peer.Device, d.Peer.Unit, d.Heard)
			continue
		}
		if most := syncer.MaxStreams(c.Size(by.unit)); len(d.Heads) > most {
			t.Errorf("it believes that device %s has %d streams", by.name, len(d.Heads))
		}
		for _, h := range d.Heads {
			if h.Stream.Device != d.Peer.Device || h.Seq > syncer.MaxHead || h.Stream.Incarnation > syncer.MaxIncarnation || !c.below(by.unit, h.Stream.Audience) {
				t.Errorf("it believes that %s has written %s to %d", by.name, h.Stream, h.Seq)
			}
		}
		if by == c.honest && len(d.Heads) > 0 {
			t.Errorf("it believes what was said of the honest device: %v", d.Heads)
		}
	}
}

// mayBeHeardOf reports whether the hub may have heard of a device at all: by its own
// link, or from a hub above it.
func (c *check) mayBeHeardOf(by *installation) bool {
	switch {
	case by == c.self, by == c.honest, c.parent && by == c.hostile:
		return true
	}
	return c.parent && by != c.enemy && by.unit != c.hostile.unit && c.below(c.hostile.unit, by.unit)
}

// end checks what is too dear to be looked at after each frame: whole chains, and
// that all is there that the hub has ever written.
func (c *check) end(t *testing.T) {
	t.Helper()
	said := map[string]bool{}
	entries, _ := c.streams.Entries()
	for _, e := range entries {
		if e.Sealed != c.start[e.Stream].Sealed {
			if err := c.checkChain(e); err != nil {
				t.Errorf("stream %s: %v", e.Stream, err)
			}
		}
		if e.Stream.Device == c.self.device() {
			if err := c.collect(e, said); err != nil {
				t.Errorf("stream %s: %v", e.Stream, err)
			}
		}
	}
	for _, raw := range c.own {
		if !said[string(raw)] {
			t.Errorf("what the hub had written is gone: %q", raw)
		}
	}
}

func (c *check) checkChain(e syncer.Entry) error {
	if e.Sealed.Seq == 0 {
		return nil // a receipt of a stream that is not here
	}
	batches, der, err := c.streams.Load(e.Stream, change.Mark{}, 1<<30)
	if err != nil {
		return err
	}
	by := c.of(e.Stream.Device)
	if len(der) == 0 || by == nil {
		return fmt.Errorf("its author is not known")
	}
	_, key, err := c.self.keys.Verifier().Author(der)
	if err != nil {
		return err
	}
	var end change.Mark
	for _, b := range batches {
		if !b.Follows(end) {
			return fmt.Errorf("it has a hole after %d", end.Seq)
		}
		if err := b.Verify(key); err != nil {
			return err
		}
		end = b.End()
	}
	if end != e.Sealed {
		return fmt.Errorf("it ends at %d, and is told to end at %d", end.Seq, e.Sealed.Seq)
	}
	return nil
}

// collect adds what the hub has said in a stream of its own, and checks what people
// are shown of how far that has come.
func (c *check) collect(e syncer.Entry, said map[string]bool) error {
	return c.streams.View(func(tx *journal.Tx) error {
		r, err := c.streams.Reached(tx, e.Stream)
		if err != nil {
			return err
		}
		if r.Head != e.Head || r.Parent > r.Head || r.City > r.Parent || r.City > e.Receipt.Seq {
			return fmt.Errorf("it is shown as %+v, and has %d changes and a receipt for %d", r, e.Head, e.Receipt.Seq)
		}
		for seq := uint64(1); seq <= e.Head; seq++ {
			raw, err := tx.Change(e.Stream, seq)
			if fault.Of(err) == fault.Damaged {
				continue // sealed with the hub's own key, and no changes
			}
			if err != nil {
				return err
			}
			said[string(raw)] = true
		}
		return nil
	})
}
