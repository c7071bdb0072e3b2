package reconcile

import (
	"tongbu/internal/change"
	"tongbu/internal/records"
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
	holder  change.UnitID
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
		kind: said.Kind, record: said.Record, rule: said.Rule, holder: said.Holder}, nil
}

// writeVerdict brings what the city has said of a change up to its verdict. A
// refusal by a rule that looks at the change alone is never changed.
func (j *judging) writeVerdict(v verdict, before word) error {
	switch {
	case before.refused && before.rule != ruleCustodian:
		return nil
	case v.rule == "" && !before.refused:
		return nil
	case v.rule == ruleCustodian && before.refused && v.holder.unit == before.holder:
		return nil
	case v.rule == "":
		return j.voidRefusal(v)
	}
	return j.refuse(v, before)
}

// refuse writes the city's refusal of a change into its stream to the unit
// that made it.
func (j *judging) refuse(v verdict, before word) error {
	refusal := v.refusal()
	refusal.Voided = before.voided
	j.out.refused = append(j.out.refused, v)
	if before.holder != "" && refusal.Holder == "" {
		return j.writeWord(v, refusal.WithoutHolder())
	}
	return j.writeWord(v, refusal.Fields())
}

// voidRefusal voids the refusal of a change that stands after all. The void names
// the holder too: it may come back to a city that has lost all else about it.
func (j *judging) voidRefusal(v verdict) error {
	v.rule, v.message = ruleCustodian, ""
	refusal := v.refusal()
	refusal.Void = true
	return j.writeWord(v, refusal.Fields())
}

// writeWord writes a word about a change. Whoever reads it needs no other to know
// what it is about.
func (j *judging) writeWord(v verdict, fields map[string]change.Value) error {
	own, err := j.w.Own(v.at.author)
	if err != nil {
		return err
	}
	if v.rule == ruleCustodian {
		if err := j.listContested(&change.Change{Kind: v.kind, Record: v.record}, v.at.refusal()); err != nil {
			return err
		}
	}
	edit := records.Edit{Kind: system.RefusalKind, ID: v.at.refusal(), Fields: fields, Actor: "city", At: j.cfg.Now().UnixMilli()}
	j.written[own], err = j.cfg.Records.Put(j.w.Tx, own, j.cfg.Members.Unit().ID, edit)
	return err
}
