package reconcile

import (
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/system"
)

// placed is where a change stands, and the unit that made it.
type placed struct {
	change.Stream
	seq    uint64
	author change.UnitID
}

func (p placed) refusal() change.RecordID { return RefusalID(p.Stream, p.seq) }

// RefusalID names the refusal of the change at a place.
func RefusalID(in change.Stream, seq uint64) change.RecordID { return system.WordID(in, seq) }

// word is what the city has said of a change so far, in whatever order its
// changes of the refusal came back: they are merged like those of any record.
type word struct {
	refused bool // it was refused, and the refusal is not void
	voided  bool // the refusal was void once
	at      placed
	kind    string
	record  change.RecordID
	rule    string
	count   uint64 // with the stream it is the change\'s dot; of a range: 0
	holder  change.UnitID
	since   uint64 // of a range: epoch in which the holder took the records
	ranged  bool   // it was refused with others, by a word that names a range
}

// stands reports whether the word refuses for what it sees in the change alone:
// so it stands however often the change is judged.
func (w word) stands() bool {
	return w.refused && w.rule != ruleCustodian && w.rule != ruleContext && w.rule != ruleCode
}

// readWord reads what the city has said under the name of a refusal.
func (j *judging) readWord(id change.RecordID) (word, error) {
	state, err := j.cfg.Records.Get(j.w.Tx, system.RefusalKind, id)
	if err != nil || state == nil {
		return word{}, err
	}
	said := system.RefusalFrom(state)
	if said.Stream == (change.Stream{}) {
		return word{}, nil // it names nothing that could be judged again
	}
	return word{refused: !said.Void, voided: said.Voided,
		at:   placed{Stream: said.Stream, seq: said.Seq, author: said.Unit},
		kind: said.Kind, record: said.Record, rule: said.Rule, count: said.Count, holder: said.Holder}, nil
}

// wordAt reads what the city has said of the change at a place: of it alone, or of a
// range that holds it.
func (j *judging) wordAt(at placed) (word, error) {
	alone, err := j.hasWords(at.Stream)
	if err != nil {
		return word{}, err
	}
	if alone {
		said, err := j.readWord(at.refusal())
		if err != nil || said.at.seq > 0 {
			return said, err
		}
	}
	if ranged, err := j.hasRanges(at.Stream); err != nil || !ranged {
		return word{}, err
	}
	r, id, err := j.cfg.Records.RangeAt(j.w.Tx, at.Stream, at.seq)
	if err != nil || id == "" {
		return word{}, err
	}
	return j.readRange(at, id, r.Rule)
}

// hasWords reports whether some word is about one place of a stream; it is asked once
// a stream, since nearly always none is.
func (j *judging) hasWords(in change.Stream) (bool, error) {
	worded, known := j.worded[in]
	if known {
		return worded, nil
	}
	first := RefusalID(in, 1)
	ofStream := first[:len(first)-1]
	err := j.cfg.Records.EachState(j.w.Tx, system.RefusalKind, ofStream, func(id change.RecordID, _ []byte) error {
		worded = strings.HasPrefix(string(id), string(ofStream))
		return journal.ErrStop
	})
	j.worded[in] = worded
	return worded, err
}

// hasRanges reports whether some range of a stream is refused; it is asked once a
// stream, since nearly always none is.
func (j *judging) hasRanges(in change.Stream) (bool, error) {
	ranged, known := j.ranged[in]
	if known {
		return ranged, nil
	}
	ranged, err := j.cfg.Records.HasRanges(j.w.Tx, in)
	j.ranged[in] = ranged
	return ranged, err
}

// readRange is what a word that names a range says of the change at a place.
func (j *judging) readRange(at placed, id change.RecordID, rule string) (word, error) {
	state, err := j.cfg.Records.Get(j.w.Tx, system.RefusalKind, id)
	if err != nil || state == nil {
		return word{}, err
	}
	said, _ := system.RangeFrom(state)
	return word{refused: true, ranged: true, at: at, rule: rule, holder: said.Holder, since: said.Since}, nil
}

// writeVerdict brings what the city has said of a change up to its verdict. A
// refusal by a rule that looks at the change alone is never changed.
func (j *judging) writeVerdict(v verdict, before word) error {
	if v.rule == "" && !before.stands() {
		if err := j.follow(v); err != nil {
			return err
		}
	}
	switch {
	case before.stands():
		return nil
	case v.rule == "" && !before.refused:
		return nil
	case v.rule == ruleCustodian && before.refused && v.holder.unit == before.holder:
		return nil
	case (v.rule == ruleContext || v.rule == ruleCode) && before.refused && before.rule == v.rule:
		return nil
	case v.rule == "":
		v.rule = before.rule
		return j.voidRefusal(v)
	}
	return j.refuse(v, before)
}

// refuse has the city refuse a change that it has said nothing of, together with
// others where there are many; else by a word of its own.
func (j *judging) refuse(v verdict, before word) error {
	if before == (word{}) {
		together, err := j.gathers(v)
		if err != nil {
			return err
		}
		if together {
			j.gather(v)
			return nil
		}
	}
	return j.refuseAlone(v, before)
}

// refuseAlone writes the city's refusal of a change into its stream to the unit
// that made it.
func (j *judging) refuseAlone(v verdict, before word) error {
	refusal := v.refusal()
	refusal.Voided = before.voided
	j.out.refused = append(j.out.refused, v)
	fields := refusal.Fields()
	if before.holder != "" && refusal.Holder == "" {
		fields = refusal.WithoutHolder()
	}
	if err := j.writeWord(v, fields); err != nil || v.rule != ruleMoved {
		return err
	}
	return j.sayHeld(v)
}

// voidRefusal voids the refusal of a change that stands after all. The void names
// the holder too: it may come back to a city that has lost all else about it.
func (j *judging) voidRefusal(v verdict) error {
	v.message = ""
	refusal := v.refusal()
	refusal.Void = true
	return j.writeWord(v, refusal.Fields())
}

// writeWord writes a word about a change. Whoever reads it needs no other to know
// what it is about.
func (j *judging) writeWord(v verdict, fields map[string]change.Value) error {
	if v.rule == ruleCustodian || v.rule == ruleContext || v.rule == ruleCode {
		if err := j.listContested(&change.Change{Kind: v.kind, Record: v.record}, v.at.refusal()); err != nil {
			return err
		}
	}
	if v.rule == ruleCode {
		if err := j.w.Table(heldTable).Put([]byte(v.at.refusal()), nil); err != nil {
			return err
		}
	}
	j.worded[v.at.Stream] = true
	return j.putWord(v.at.author, v.at.refusal(), fields)
}
