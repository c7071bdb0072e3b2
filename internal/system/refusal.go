package system

import (
	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// RefusalKind is the kind of the city's refusals of changes.
const RefusalKind = "refusal"

// Names of a refusal's fields.
const (
	fieldStream  = "stream"
	fieldSeq     = "seq"
	fieldCount   = "count"
	fieldKind    = "kind"
	fieldRecord  = "record"
	fieldUnit    = "unit"
	fieldRule    = "rule"
	fieldMessage = "message"
	fieldHolder  = "holder"
	fieldSince   = "since"
)

// The values of merge.VoidField, as they are written.
const (
	isVoid = "0"
	isGood = "1"
)

// UnknownCode is the rule of a word on a change that names a code which the city does
// not know. Such a change is held: it has no effect until the word is voided, which the
// city does by itself once it knows the code.
const UnknownCode = "unknown_code"

// IsHeld reports whether words of a rule hold what they name, and do not refuse it.
func IsHeld(rule string) bool { return rule == UnknownCode || rule == MovedAway }

// MovedAway is the rule of a word on what a unit has written of a record after it had heard
// that it gave it to another: that one takes it or drops it.
const MovedAway = "moved_away"

// Refusal is what the city says of one change that it did not let stand, or
// of a batch that cannot be read.
type Refusal struct {
	Stream  change.Stream   // where the change stands; zero when the record names no stream
	Seq     uint64          // its sequence there; the batch's first, if the batch cannot be read
	Count   uint64          // with Stream it is the change's dot; 0: none is named
	Kind    string          // of the record the change is of; "": none is named
	Record  change.RecordID // its id
	Unit    change.UnitID   // unit whose device made the change
	Rule    string          // name of the rule that refused it
	Message string          // the rule in words; "" leaves what was said before
	Holder  change.UnitID   // unit that holds the record, where that was the reason; "": it was not
	Since   uint64          // epoch of the city in which the holder took the record
	Void    bool            // the city has taken the refusal back
	Voided  bool            // it was taken back at some time, whether it is now or not
}

// Refused names a change that has no effect.
type Refused struct {
	Kind   string
	Record change.RecordID
	Dot    change.Dot
}

// RefusalFrom reads a merged record. Of a record of another kind it makes the
// zero refusal, which names nothing.
func RefusalFrom(r *merge.Record) Refusal {
	if r.Kind() != RefusalKind {
		return Refusal{}
	}
	refusal := readRefusal(r.Value)
	refusal.Void = r.Void()
	return refusal
}

// RefusalIn reads what one change of a refusal says, whatever others say.
func RefusalIn(c *change.Change) Refusal {
	if c.Kind != RefusalKind {
		return Refusal{}
	}
	refusal := readRefusal(func(field string) change.Value { return c.Fields.Get(field) })
	refusal.Void = c.Fields.Get(merge.VoidField).Text() == isVoid
	return refusal
}

func readRefusal(value func(field string) change.Value) Refusal {
	in, err := change.ParseStream(value(fieldStream).Text())
	if err != nil {
		in = change.Stream{}
	}
	return Refusal{
		Stream: in, Seq: number(value(fieldSeq)), Count: number(value(fieldCount)),
		Kind: value(fieldKind).Text(), Record: change.RecordID(value(fieldRecord).Text()), Unit: change.UnitID(value(fieldUnit).Text()),
		Rule: value(fieldRule).Text(), Message: value(fieldMessage).Text(),
		Holder: change.UnitID(value(fieldHolder).Text()), Since: number(value(fieldSince)),
		Voided: !value(merge.VoidField).IsNull(),
	}
}

// number is 0 for what cannot count anything.
func number(v change.Value) uint64 { return uint64(max(v.Int(), 0)) }

// Names returns the change that the refusal takes the effect from. It is false
// when the refusal is void, when it names no change of a record (as that of a
// batch which cannot be read), and when it names a refusal: one is taken back
// by voiding it. This is the one rule of what has no effect, at every tier.
func (r Refusal) Names() (Refused, bool) {
	named := r.Stream != (change.Stream{}) && r.Count > 0 && r.Record.Validate() == nil &&
		r.Kind != "" && r.Kind != RefusalKind && len(r.Kind) <= change.MaxKind
	if r.Void || !named {
		return Refused{}, false
	}
	return Refused{Kind: r.Kind, Record: r.Record.Of(r.Kind, r.Unit), Dot: change.Dot{Stream: r.Stream, Count: r.Count}}, true
}

// Fields are those of the change that says all this. Whoever reads it needs no
// other change to know what it is about; a message, a holder and a validity
// that are not set are left out, and stay what they were.
func (r Refusal) Fields() map[string]change.Value {
	fields := map[string]change.Value{
		fieldStream: change.Text(r.Stream.String()), fieldSeq: change.Int(int64(r.Seq)), fieldCount: change.Int(int64(r.Count)),
		fieldKind: change.Text(r.Kind), fieldRecord: change.Text(string(r.Record)), fieldUnit: change.Text(string(r.Unit)),
		fieldRule: change.Text(r.Rule),
	}
	if r.Message != "" {
		fields[fieldMessage] = change.Text(r.Message)
	}
	if r.Holder != "" {
		fields[fieldHolder], fields[fieldSince] = change.Text(string(r.Holder)), change.Int(int64(r.Since))
	}
	switch {
	case r.Void:
		fields[merge.VoidField] = change.Text(isVoid)
	case r.Voided:
		fields[merge.VoidField] = change.Text(isGood)
	}
	return fields
}

// WithoutHolder is Fields for a refusal that no longer names the holder which
// an earlier change of it named.
func (r Refusal) WithoutHolder() map[string]change.Value {
	fields := r.Fields()
	fields[fieldHolder], fields[fieldSince] = change.Null, change.Null
	return fields
}
