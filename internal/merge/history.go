package merge

import "tongbu/internal/change"

// Placed is a change and the stream it stands in.
type Placed struct {
	Stream change.Stream
	Change *change.Change
}

// Build makes the state of the changes without those the city refused. A Record
// keeps no list of refusals: it would be one more state that tiers must agree
// on. Whoever keeps the changes of a record rebuilds it when a refusal arrives,
// and leaves out a change that arrives after its refusal.
func Build(kind string, id change.RecordID, changes []Placed, refused map[change.Dot]bool) *Record {
	r := New(kind, id)
	for _, p := range changes {
		if !refused[p.Change.Dot(p.Stream)] {
			r.Apply(p.Stream, p.Change)
		}
	}
	return r
}

// Parallel reports whether neither of two changes of one record was made in
// knowledge of the other. A change is not parallel to itself.
func Parallel(a, b Placed) bool {
	if a.Change.Kind != b.Change.Kind || a.Change.Record != b.Change.Record {
		return false
	}
	from, to := newOrigin(a.Stream, a.Change), newOrigin(b.Stream, b.Change)
	if from.compare(to) == 0 {
		return !a.Change.Fields.Equal(b.Change.Fields)
	}
	return from.parallel(to)
}
