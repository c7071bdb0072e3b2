package system

import (
	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// ArrivedKind is the kind of the records in which the city says each night to a unit how
// far it has recorded one of the unit's streams. Only those count that the city's unit
// has made, as their ids say.
const ArrivedKind = "arrived"

// Arrived is how far a stream had come by the end of a day: a change was received on the
// first such day that covers it.
type Arrived struct {
	Stream change.Stream
	Seq    uint64
	On     string // day
}

// ID names the word of a stream and day.
func (a Arrived) ID(city change.UnitID) change.RecordID {
	return change.NumberedRecordID(city, ArrivedKind, a.Stream.String()+" "+a.On)
}

// Fields are those of the change that says it.
func (a Arrived) Fields() map[string]change.Value {
	return map[string]change.Value{"stream": change.Text(a.Stream.String()), "seq": change.Int(int64(a.Seq)), "on": change.Text(a.On)}
}

// ArrivedFrom reads what is said; false where the stream cannot be read.
func ArrivedFrom(r *merge.Record) (Arrived, bool) {
	in, err := change.ParseStream(r.Value("stream").Text())
	return Arrived{Stream: in, Seq: number(r.Value("seq")), On: r.Value("on").Text()}, err == nil
}
