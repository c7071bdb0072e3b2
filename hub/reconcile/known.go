package reconcile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
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
	counts []counted // by stream
}

// counted is the highest count of a stream.
type counted struct {
	in    streamKey
	count uint64
}

type streamKey [8]byte

// keyOf names a stream; most changes of a transaction name few of them.
func (j *judging) keyOf(in change.Stream) streamKey {
	key, known := j.keys[in]
	if !known {
		sum := sha256.Sum256([]byte(in.String()))
		if key = streamKey(sum[:8]); len(j.keys) < maxKeys {
			j.keys[in] = key
		}
	}
	return key
}

// maxKeys bounds the names kept: contexts may name as many streams as they like.
const maxKeys = 4096

func (k *known) search(in streamKey) (int, bool) {
	return slices.BinarySearchFunc(k.counts, in, func(c counted, in streamKey) int { return bytes.Compare(c.in[:], in[:]) })
}

// count is the highest count of the stream, 0 for one of which nothing is known.
func (k *known) count(in streamKey) uint64 {
	if i, ok := k.search(in); ok {
		return k.counts[i].count
	}
	return 0
}

func (k *known) setCount(in streamKey, count uint64) {
	i, ok := k.search(in)
	if !ok {
		k.counts = slices.Insert(k.counts, i, counted{in: in})
	}
	k.counts[i].count = count
}

// encode writes into the bytes given, whose content goes.
func (k *known) encode(raw []byte) []byte {
	raw = append(raw[:0], 0)
	if k.stands {
		raw[0] = 1
	}
	for i := range k.counts {
		raw = binary.AppendUvarint(append(raw, k.counts[i].in[:]...), k.counts[i].count)
	}
	return raw
}

// parseKnown is the inverse of encode; no bytes are a record without changes.
func parseKnown(raw []byte) (k known, err error) {
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
		k.setCount(streamKey(raw[:8]), count)
		raw = raw[8+size:]
	}
	return k, nil
}

// history is what judging a change needs of the changes of its record before it.
type history struct {
	known
	key []byte // of the record, as ownerKey makes it
	old bool   // the record was here before this table, which may lack what stood then
}

// first reports whether no change of the record stands.
func (h history) first() bool { return !h.stands && !h.old }

func (j *judging) historyOf(of *change.Change, holder claim) (h history, err error) {
	h.key = ownerKey(of)
	raw, err := j.known.Get(h.key)
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
func (j *judging) lacks(h history, at placed, c *change.Change) bool {
	if j.exceeds(h, c) {
		return true
	}
	for in, count := range c.Context {
		switch {
		case count <= h.count(j.keyOf(in)):
		case in.Device != at.Device && in.Device != j.cfg.Device && !h.old:
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
func (j *judging) exceeds(h history, c *change.Change) bool {
	for in, count := range c.Context {
		if count > maxNamed && count > h.count(j.keyOf(in)) {
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
	key := j.keyOf(at.Stream)
	if h.count(key) >= c.Count() && (h.stands || !stands) {
		return false, nil
	}
	if h.old {
		for in, count := range c.Context {
			h.setCount(j.keyOf(in), count)
		}
	}
	h.setCount(key, max(h.count(key), c.Count()))
	h.stands = h.stands || stands || h.old
	j.scratch = h.encode(j.scratch)
	return true, j.known.Put(h.key, j.scratch)
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

// noteNews has the waiting changes of the record of the key weighed again, once.
func (j *judging) noteNews(key []byte) {
	if !slices.ContainsFunc(j.news, func(k []byte) bool { return bytes.Equal(k, key) }) {
		j.news = append(j.news, key)
	}
}
