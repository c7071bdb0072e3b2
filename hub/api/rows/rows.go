// Package rows is the form of rows and coverage in the contract for programs: answers of
// package question as messages, and back.
package rows

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	pb "tongbu/proto/tongbu/query/v1"
)

// Lengths of what is not there: of a column that was asked for by name, and of another.
const (
	null   = -1
	absent = -2
)

var types = map[question.Type]pb.Type{
	question.Text: pb.Type_TYPE_TEXT, question.Integer: pb.Type_TYPE_INTEGER, question.Boolean: pb.Type_TYPE_BOOLEAN, question.Set: pb.Type_TYPE_SET,
}

// Columns are the columns of an answer with the labels of their fields.
func Columns(columns []question.Column, k *schema.Kind) []*pb.Column {
	all := make([]*pb.Column, len(columns))
	for i, c := range columns {
		all[i] = &pb.Column{Name: c.Name, Type: types[c.Type]}
		if f, ok := k.Field(c.Name); ok {
			all[i].Zh, all[i].En = f.Label.Zh, f.Label.En
		}
	}
	return all
}

// Of are rows of an answer. It returns Internal for a value that is none.
func Of(all []question.Row) ([]*pb.Row, error) {
	made, room := make([]*pb.Row, len(all)), make([]pb.Row, len(all))
	for i, row := range all {
		size := 0
		for _, v := range row {
			size += len(v)
		}
		made[i] = &room[i]
		made[i].Lengths, made[i].Values = make([]int64, len(row)), make([]byte, 0, size)
		for j, v := range row {
			n, err := appendValue(made[i], v)
			if err != nil {
				return nil, fault.As(fault.Internal, "write a row", err)
			}
			made[i].Lengths[j] = n
		}
	}
	return made, nil
}

// appendValue appends a value and returns its length.
func appendValue(to *pb.Row, v change.Value) (int64, error) {
	switch v {
	case question.Absent:
		return absent, nil
	case change.Null:
		return null, nil
	}
	before := len(to.GetValues())
	if text, ok := v.AsText(); ok { // the most are: without a copy
		to.Values = append(to.Values, text...)
		return int64(len(text)), nil
	}
	got, err := v.Get()
	switch got := got.(type) {
	case int64:
		to.Values = strconv.AppendInt(to.Values, got, 10)
	case bool:
		to.Values = strconv.AppendBool(to.Values, got)
	case []string:
		var raw []byte
		if raw, err = json.Marshal(got); err == nil {
			to.Values = append(to.Values, raw...)
		}
	}
	return int64(len(to.GetValues()) - before), err
}

// Names are the columns of messages.
func Names(columns []*pb.Column) []question.Column {
	all := make([]question.Column, len(columns))
	for i, c := range columns {
		all[i] = question.Column{Name: c.GetName()}
		for ours, theirs := range types {
			if theirs == c.GetType() {
				all[i].Type = ours
			}
		}
	}
	return all
}

// Read reads rows of messages back. It returns Damaged for what does not fit the
// columns.
func Read(columns []question.Column, messages []*pb.Row) ([]question.Row, error) {
	all := make([]question.Row, len(messages))
	for i, m := range messages {
		lengths, rest := m.GetLengths(), m.GetValues()
		if len(lengths) != len(columns) {
			return nil, damaged()
		}
		all[i] = make(question.Row, len(columns))
		for j, n := range lengths {
			if n < absent || n > int64(len(rest)) {
				return nil, damaged()
			}
			v, err := read(columns[j].Type, n, rest)
			if err != nil {
				return nil, err
			}
			all[i][j], rest = v, rest[max(n, 0):]
		}
		if len(rest) > 0 {
			return nil, damaged()
		}
	}
	return all, nil
}

func read(t question.Type, n int64, from []byte) (change.Value, error) {
	switch n {
	case absent:
		return question.Absent, nil
	case null:
		return change.Null, nil
	}
	text := string(from[:n])
	switch t {
	case question.Integer:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return change.Int(n), nil
		}
		return "", damaged()
	case question.Boolean:
		if b, err := strconv.ParseBool(text); err == nil {
			return change.Bool(b), nil
		}
		return "", damaged()
	case question.Set:
		var items []string
		if json.Unmarshal([]byte(text), &items) != nil {
			return "", damaged()
		}
		return change.Set(items), nil
	}
	if !utf8.ValidString(text) {
		return "", damaged()
	}
	return change.Text(text), nil
}

func damaged() error {
	return fault.New(fault.Damaged, "the answer has a row that does not fit its columns")
}

// CoverageOf is the coverage of an answer as a message.
func CoverageOf(c question.Coverage) *pb.Completeness {
	m := &pb.Completeness{AsOf: stamp(c.AsOf), Units: int64(c.Units), Pending: c.Pending, Absent: int64(c.Absent), Conflicts: c.Conflicts, Today: c.Today}
	for _, s := range c.Silent {
		m.Silent = append(m.Silent, &pb.Silent{Unit: s.Unit, Since: stamp(s.Since)})
	}
	return m
}

// ReadCoverage reads the coverage of a message back.
func ReadCoverage(m *pb.Completeness) question.Coverage {
	c := question.Coverage{AsOf: when(m.GetAsOf()), Units: int(m.GetUnits()), Pending: m.GetPending(), Absent: int(m.GetAbsent()),
		Today: m.GetToday(), Silent: []question.Silent{}}
	if m != nil { // a message of another build may lack it
		c.Conflicts = m.Conflicts
	}
	for _, s := range m.GetSilent() {
		c.Silent = append(c.Silent, question.Silent{Unit: s.GetUnit(), Since: when(s.GetSince())})
	}
	return c
}

// stamp is a time in whole seconds, as answers have it.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

func when(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text) // what is none is the zero time, as what is not there
	return t.UTC()
}
