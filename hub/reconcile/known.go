package reconcile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// knownTable is kind 0 id -> known: the changes of a record that the city let
// stand, as far as judging needs them.
const knownTable = "reconcile.known"

// known is what the city has judged of a record: whether some change of it
// stands, and for each stream the highest count there that the next changes may
// build on, refused ones too, since their names are used up. A stream is named by
// eight bytes of its hash: most records have one.
type known struct {
	stands bool
	counts map[[8]byte]uint64
}

func streamKey(in change.Stream) (key [8]byte) {
	sum := sha256.Sum256([]byte(in.String()))
	copy(key[:], sum[:])
	return key
}

func (k known) encode() []byte {
	raw := append(make([]byte, 0, 1+16*len(k.counts)), 0)
	if k.stands {
		raw[0] = 1
	}
	for _, key := range slices.SortedFunc(maps.Keys(k.counts), func(a, b [8]byte) int { return bytes.Compare(a[:], b[:]) }) {
		raw = binary.AppendUvarint(append(raw, key[:]...), k.counts[key])
	}
	return raw
}

// parseKnown is the inverse of encode; no bytes are a record without changes.
func parseKnown(raw []byte) (known, error) {
	k := known{counts: map[[8]byte]uint64{}}
	if len(raw) == 0 {
		return k, nil
	}
	k.stands, raw = raw[0] == 1, raw[1:]
	for len(raw) > 0 {
		if len(raw) < 9 {
			return k, fault.New(fault.Damaged, "what is known of a record cannot be read")
		}
		count, size := binary.Uvarint(raw[8:])
		if size <= 0 {
			return k, fault.New(fault.Damaged, "what is known of a record cannot be read")
		}
		k.counts[[8]byte(raw)] = count
		raw = raw[8+size:]
	}
	return k, nil
}

// history is what judging a change needs of the changes of its record before it.
type history struct {
	known
	old bool // the record was here before this table, which may lack what stood then
}

// first reports whether no change of the record stands.
func (h history) first() bool { return !h.stands && !h.old }

func (j *judging) historyOf(of *change.Change, holder claim) (h history, err error) {
	raw, err := j.w.Table(knownTable).Get(ownerKey(of))
	if err != nil {
		return h, err
	}
	_, named := of.Record.Maker()
	h.old = raw == nil && !named && holder.unit != ""
	h.known, err = parseKnown(raw)
	return h, err
}

// lacks reports whether a context names a change of the record that is not among
// those that stand. Of its own device's streams, and of those of the city, a
// device may name what was lost: that takes from nobody else's. A count without
// end would take the record from all who come after.
func (h history) lacks(at placed, c *change.Change, city change.DeviceID) bool {
	if h.exceeds(c) {
		return true
	}
	for in, count := range c.Context {
		switch {
		case count <= h.counts[streamKey(in)]:
		case in.Device != at.Device && in.Device != city && !h.old:
			return true
		}
	}
	return false
}

// maxNamed bounds a count that is believed without the change that it names. The
// counts of changes that were judged go on from there, one by one.
const maxNamed = 1 << 32

// exceeds reports whether a context names a count that is above all that is believed.
// Such a change has no part in what is known of the record.
func (h history) exceeds(c *change.Change) bool {
	for in, count := range c.Context {
		if count > maxNamed && count > h.counts[streamKey(in)] {
			return true
		}
	}
	return false
}

// learn notes a change that was judged. It reports whether what is known of the record
// is more now: then what waited for it is weighed again.
func (j *judging) learn(at placed, c *change.Change, h history, stands bool) (news bool, err error) {
	if !stands && h.first() {
		return false, nil // whoever writes nothing right leaves nothing
	}
	key := streamKey(at.Stream)
	if h.counts[key] >= c.Count() && (h.stands || !stands) {
		return false, nil
	}
	if h.old {
		for in, count := range c.Context {
			h.counts[streamKey(in)] = count
		}
	}
	h.counts[key], h.stands = max(h.counts[key], c.Count()), h.stands || stands || h.old
	return true, j.w.Table(knownTable).Put(ownerKey(c), h.encode())
}

// rejudgeWaiting judges again what was refused for want of a change that is known now,
// of each record of which more is known. What stands by that may be what others wait
// for, so their record comes again, until nothing is news; what goes on waiting is none.
func (j *judging) rejudgeWaiting() error {
	for len(j.news) > 0 {
		key := j.news[0]
		j.news = j.news[1:]
		waiting, err := j.contestedOf(key)
		if err != nil {
			return err
		}
		for _, refusal := range waiting {
			before, err := j.readWord(refusal)
			if err == nil && before.refused && before.rule == ruleContext {
				err = j.rejudgeRefused(refusal)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// noteNews has the record's waiting changes weighed again, once.
func (j *judging) noteNews(of *change.Change) {
	key := ownerKey(of)
	if !slices.ContainsFunc(j.news, func(k []byte) bool { return bytes.Equal(k, key) }) {
		j.news = append(j.news, key)
	}
}
