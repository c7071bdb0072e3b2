package query

import (
	"bytes"
	"encoding/json"

	"tongbu/internal/change"
)

// Answer is a page of rows with its coverage. Its JSON is a contract:
// {"rows":[...],"next_page_token"?,"coverage":{...}}.
type Answer struct {
	Columns       []string          `json:"-"` // in order, for tables
	Records       []change.RecordID `json:"-"` // of the rows that are records, for the audit log
	Rows          []Row             `json:"rows"`
	NextPageToken string            `json:"next_page_token,omitempty"`
	Coverage      Coverage          `json:"coverage"`
}

// Row is one record, or one count. Its JSON is an object in this order.
type Row []Cell

// Cell is a named value.
type Cell struct {
	Name  string
	Value change.Value
}

// Get returns the value of a column, Null when it is absent.
func (r Row) Get(name string) change.Value {
	for _, c := range r {
		if c.Name == name {
			return c.Value
		}
	}
	return change.Null
}

// MarshalJSON writes an object with the cells in order.
func (r Row) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, c := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		value, err := c.Value.MarshalJSON()
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
