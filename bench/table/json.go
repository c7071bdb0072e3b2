package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Results is what one run of the harness found.
type Results struct {
	Machine  string  `json:"machine"`
	Commit   string  `json:"commit"`
	Date     string  `json:"date"`
	Sizes    string  `json:"sizes"` // full, quick or scale
	Seconds  float64 `json:"seconds"`
	Measures []Entry `json:"measures"`
}

// Save writes the results as JSON, one entry a line, and the pictures beside
// them.
func (r *Results) Save(path string) error {
	head := *r
	head.Measures = nil
	raw, err := json.Marshal(head)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.Write(bytes.TrimSuffix(raw, []byte("null}")))
	b.WriteString("[\n")
	for i, e := range r.Measures {
		line, err := plain(e)
		if err != nil {
			return err
		}
		b.Write(line)
		if i < len(r.Measures)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("]}\n")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// plain is JSON that shows < and > as they are.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	err := to.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// Load reads what Save wrote; none yet is no failure.
func Load(path string) (*Results, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Results{}, nil
	}
	if err != nil {
		return nil, err
	}
	var r Results
	return &r, json.Unmarshal(raw, &r)
}

// Put replaces the entries of a row, in the order of the rows.
func (r *Results) Put(row string, entries []Entry, order []string) {
	r.Measures = slices.DeleteFunc(r.Measures, func(e Entry) bool { return e.Row == row || !slices.Contains(order, e.Row) })
	for _, e := range entries {
		e.Row, e.Sizes, e.Commit = row, r.Sizes, r.Commit
		r.Measures = append(r.Measures, e)
	}
	slices.SortStableFunc(r.Measures, func(a, b Entry) int { return slices.Index(order, a.Row) - slices.Index(order, b.Row) })
}
