package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// ParseAnswer reads an answer's JSON back, columns in their order, for the
// writers of tables. It returns Damaged for anything else.
func ParseAnswer(raw []byte) (*Answer, error) {
	var form struct {
		Rows          []json.RawMessage `json:"rows"`
		NextPageToken string            `json:"next_page_token"`
		Coverage      Coverage          `json:"coverage"`
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		return nil, fault.As(fault.Damaged, "read an answer", err)
	}
	a := &Answer{Rows: []Row{}, NextPageToken: form.NextPageToken, Coverage: form.Coverage}
	for _, r := range form.Rows {
		row, err := parseRow(r)
		if err != nil {
			return nil, fault.As(fault.Damaged, "read a row of an answer", err)
		}
		a.Columns = weave(a.Columns, row)
		a.Rows = append(a.Rows, row)
	}
	return a, nil
}

// weave adds the columns a row has and the others had not, each behind the
// one it follows in its row: rows leave out what is empty.
func weave(columns []string, row Row) []string {
	at := 0
	for _, c := range row {
		if i := slices.Index(columns, c.Name); i >= 0 {
			at = i + 1
			continue
		}
		columns = slices.Insert(columns, at, c.Name)
		at++
	}
	return columns
}

func parseRow(raw []byte) (Row, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var row Row
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var item any
		if err := d.Decode(&item); err != nil {
			return nil, err
		}
		value, err := valueOf(item)
		if err != nil {
			return nil, err
		}
		text, _ := name.(string)
		row = append(row, Cell{Name: text, Value: value})
	}
	return row, nil
}

func valueOf(item any) (change.Value, error) {
	switch x := item.(type) {
	case nil:
		return change.Null, nil
	case bool:
		return change.Bool(x), nil
	case string:
		return change.Text(x), nil
	case json.Number:
		n, err := x.Int64()
		return change.Int(n), err
	case []any:
		items := make([]string, len(x))
		for i, part := range x {
			items[i], _ = part.(string)
		}
		return change.Set(items), nil
	}
	return change.Null, errors.New("a value no field has")
}
