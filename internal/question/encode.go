package question

import (
	"encoding/json"
	"strconv"
	"time"

	"tongbu/internal/fault"
)

// MarshalJSON writes the form the package describes. It returns Internal for
// an answer that is not one: a row of another width than the columns, or a
// value that is none. An answer that came over a line is written as it came.
func (a Answer) MarshalJSON() ([]byte, error) {
	if a.AsReceived != nil {
		return a.AsReceived, nil
	}
	b := []byte(`{"rows":[`)
	keys, err := a.keys()
	for i := 0; err == nil && i < len(a.Rows); i++ {
		if i > 0 {
			b = append(b, ',')
		}
		b, err = a.Rows[i].appendTo(b, keys)
	}
	if err != nil {
		return nil, fault.As(fault.Internal, "write an answer", err)
	}
	b = append(b, ']')
	if a.NextPageToken != "" {
		token, err := json.Marshal(a.NextPageToken)
		if err != nil {
			return nil, fault.As(fault.Internal, "write an answer", err)
		}
		b = append(append(b, `,"next_page_token":`...), token...)
	}
	coverage, err := a.Coverage.MarshalJSON()
	if err != nil {
		return nil, err
	}
	b = append(append(b, `,"coverage":`...), coverage...)
	if a.Total != nil {
		b = strconv.AppendInt(append(b, `,"total":`...), *a.Total, 10)
	}
	if a.Moved {
		b = append(b, `,"moved":true`...)
	}
	if a.Kept {
		b = append(b, `,"kept":true`...)
	}
	return append(b, '}'), nil
}

// keys are the columns' names as each row writes them.
func (a *Answer) keys() ([][]byte, error) {
	keys := make([][]byte, len(a.Columns))
	for i, c := range a.Columns {
		key, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		keys[i] = append(key, ':')
	}
	return keys, nil
}

func (r Row) appendTo(b []byte, keys [][]byte) ([]byte, error) {
	if len(r) != len(keys) {
		return nil, fault.New(fault.Internal, "a row has %d values for %d columns", len(r), len(keys))
	}
	b = append(b, '{')
	first := true
	for i, v := range r {
		if v == Absent {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		value, err := v.MarshalJSON()
		if err != nil {
			return nil, err
		}
		b = append(append(b, keys[i]...), value...)
	}
	return append(b, '}'), nil
}

// MarshalJSON writes whole seconds and an empty list as []. It returns
// Internal for a time that JSON has no form for.
func (c Coverage) MarshalJSON() ([]byte, error) {
	b, err := appendTime([]byte(`{"as_of":`), c.AsOf)
	b = strconv.AppendInt(append(b, `,"units":`...), int64(c.Units), 10)
	b = append(b, `,"silent":[`...)
	for i := 0; err == nil && i < len(c.Silent); i++ {
		if i > 0 {
			b = append(b, ',')
		}
		b, err = c.Silent[i].appendTo(b)
	}
	if err != nil {
		return nil, fault.As(fault.Internal, "write the coverage of an answer", err)
	}
	b = strconv.AppendUint(append(b, `],"pending":`...), c.Pending, 10)
	b = strconv.AppendInt(append(b, `,"absent":`...), int64(c.Absent), 10)
	if c.Conflicts != nil {
		b = strconv.AppendInt(append(b, `,"conflicts":`...), *c.Conflicts, 10)
	}
	if c.Today != "" {
		today, err := json.Marshal(c.Today)
		if err != nil {
			return nil, fault.As(fault.Internal, "write the coverage of an answer", err)
		}
		b = append(append(b, `,"today":`...), today...)
	}
	return append(b, '}'), nil
}

func (s Silent) appendTo(b []byte) ([]byte, error) {
	unit, err := json.Marshal(s.Unit)
	if err != nil {
		return nil, err
	}
	b = append(append(b, `{"unit":`...), unit...)
	b, err = appendTime(append(b, `,"since":`...), s.Since)
	return append(b, '}'), err
}

func appendTime(b []byte, t time.Time) ([]byte, error) {
	text, err := t.UTC().Truncate(time.Second).MarshalJSON()
	return append(b, text...), err
}
