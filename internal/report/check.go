package report

import (
	"encoding/json"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// parse reads what is signed. It returns Unsupported for the form of a later program,
// whatever else it says, and Invalid for what no program has written.
func parse(raw []byte) (*Report, error) {
	var form struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		return nil, errContent()
	}
	if form.Format > Format {
		return nil, fault.New(fault.Unsupported, "the report has form %d, and this program reads %d", form.Format, Format).WithHint("read it with a newer program")
	}
	var r Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, errContent()
	}
	if err := r.readStreams(); err != nil {
		return nil, err
	}
	return &r, r.checkPeriod()
}

// errContent says nothing of the types of this program, which mean nothing to others.
func errContent() error {
	return fault.New(fault.Invalid, "what is signed is no report").WithHint("give a file that tongbu report show --json has written")
}

// readStreams reads the names of the streams. Each is named once: what is counted twice
// is not what was signed.
func (r *Report) readStreams() error {
	for i := range r.Streams {
		p := &r.Streams[i]
		in, err := change.ParseStream(p.Name)
		if err != nil {
			return fault.Wrap("read a report", err)
		}
		p.Stream = in
	}
	inOrder := slices.SortedFunc(slices.Values(r.Streams), func(a, b Position) int { return a.Stream.Compare(b.Stream) })
	for i := 1; i < len(inOrder); i++ {
		if inOrder[i].Stream == inOrder[i-1].Stream {
			return fault.New(fault.Invalid, "the report names a stream twice")
		}
	}
	return nil
}

// checkPeriod checks that the days are those of the period.
func (r *Report) checkPeriod() error {
	p, err := ParsePeriod(r.Period)
	if err != nil {
		return fault.Wrap("read a report", err)
	}
	within := calendar.Valid(r.Day) && r.Day >= p.First && r.Day <= p.Last
	if r.Format < 1 || r.Kind != p.Kind || r.From != p.First || !within || r.Day < p.Last && !r.Partial {
		return fault.New(fault.Invalid, "the report's days are not those of its period")
	}
	return nil
}
