package reconcile

import (
	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/records"
)

// standing is what the city has said of a change so far, in whatever order its
// words came back: the refusal's record, merged like any other.
type standing struct {
	known   bool // something was said
	refused bool // and it is not taken back
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
	state, err := s.cfg.Records.Get(s.w.Tx, records.RefusalKind, id)
	if err != nil || state == nil {
		return standing{}, err
	}
	in, err := change.ParseStream(state.Value("stream").Text())
	if err != nil {
		return standing{known: true}, nil //nolint:nilerr // it names nothing that could be judged again
	}
	return standing{known: true, refused: !state.Void(), voided: !state.Value(merge.VoidField).IsNull(),
		at:   placed{Stream: in, seq: uint64(state.Value("seq").Int()), author: change.UnitID(state.Value("unit").Text())},
		kind: state.Value("kind").Text(), record: change.RecordID(state.Value("record").Text()),
		rule: state.Value("rule").Text(), holder: change.UnitID(state.Value("holder").Text())}, nil
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
	fields := v.fields()
	if before.voided {
		fields[merge.VoidField] = change.Text("1")
	}
	if before.holder != "" && v.rule != ruleCustodian {
		fields["holder"], fields["since"] = change.Null, change.Null
	}
	s.out.refused = append(s.out.refused, v)
	return s.say(v, fields)
}

// takeBack voids the refusal of a change that its unit may make after all. The
// void names the holder too: it may come back to a city that has lost it alone.
func (s *sitting) takeBack(v verdict, before standing) error {
	v.rule = ruleCustodian
	fields := v.fields()
	delete(fields, "message")
	fields[merge.VoidField] = change.Text("0")
	return s.say(v, fields)
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
	edit := records.Edit{Kind: records.RefusalKind, ID: v.at.refusal(), Fields: fields, Actor: "city", At: s.cfg.Now().UnixMilli()}
	s.told[own], err = s.cfg.Records.Put(s.w.Tx, own, s.cfg.Members.Unit().ID, edit)
	return err
}
