package reconcile

import (
	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// standing is what the city has said of a change so far, in whatever order its
// words came back: the refusal's record, merged like any other.
type standing struct {
	refused bool // it was refused, and that is not taken back
	voided  bool // it was taken back once
	at      placed
	kind    string
	record  change.RecordID
	rule    string
	holder  change.UnitID
}

// placed is where a change stands, and the unit that made it.
type placed struct {
	change.Stream
	seq    uint64
	author change.UnitID
}

func (p placed) refusal() change.RecordID { return RefusalID(p.Stream, p.seq) }

// said reads what the city has said under the name of a refusal.
func (s *sitting) said(id change.RecordID) (standing, error) {
	state, err := s.cfg.Records.Get(s.w.Tx, system.RefusalKind, id)
	if err != nil || state == nil {
		return standing{}, err
	}
	word := system.RefusalFrom(state)
	if word.Stream == (change.Stream{}) {
		return standing{}, nil // it names nothing that could be judged again
	}
	return standing{refused: !word.Void, voided: word.Voided,
		at:   placed{Stream: word.Stream, seq: word.Seq, author: word.Unit},
		kind: word.Kind, record: word.Record, rule: word.Rule, holder: word.Holder}, nil
}

// enforce makes what the city has said of a change what it says of it now. A
// rule that looks at the change alone has said the last word.
func (s *sitting) enforce(v verdict, before standing) error {
	switch {
	case before.refused && before.rule != ruleCustodian:
		return nil
	case v.rule == "" && !before.refused:
		return nil
	case v.rule == ruleCustodian && before.refused && v.holder.unit == before.holder:
		return nil
	case v.rule == "":
		return s.takeBack(v, before)
	}
	return s.refuse(v, before)
}

// refuse writes the city's refusal of a change into its stream to the unit
// that made it.
func (s *sitting) refuse(v verdict, before standing) error {
	word := v.refusal()
	word.Voided = before.voided
	s.out.refused = append(s.out.refused, v)
	if before.holder != "" && word.Holder == "" {
		return s.say(v, word.WithoutHolder())
	}
	return s.say(v, word.Fields())
}

// takeBack voids the refusal of a change that its unit may make after all. The
// void names the holder too: it may come back to a city that has lost it alone.
func (s *sitting) takeBack(v verdict, before standing) error {
	v.rule, v.message = ruleCustodian, ""
	word := v.refusal()
	word.Void = true
	return s.say(v, word.Fields())
}

// say writes a word about a change. Whoever reads it needs no other to know
// what it is about.
func (s *sitting) say(v verdict, fields map[string]change.Value) error {
	own, err := s.w.Own(v.at.author)
	if err != nil {
		return err
	}
	if v.rule == ruleCustodian {
		if err := s.contest(v); err != nil {
			return err
		}
	}
	edit := records.Edit{Kind: system.RefusalKind, ID: v.at.refusal(), Fields: fields, Actor: "city", At: s.cfg.Now().UnixMilli()}
	s.told[own], err = s.cfg.Records.Put(s.w.Tx, own, s.cfg.Members.Unit().ID, edit)
	return err
}
