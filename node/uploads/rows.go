package uploads

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// Row is a row of a file of which something is to be said.
type Row struct {
	Line    int             `json:"line"`  // its name in the run
	Title   string          `json:"title"` // what people call it
	Kind    string          `json:"kind"`  //
	Unit    string          `json:"unit,omitempty"`
	ID      change.RecordID `json:"id,omitempty"` // of the record, when it is in
	In      bool            `json:"in"`           // it is taken in; else it is rejected
	Mended  bool            `json:"mended,omitempty"`
	Item    json.RawMessage `json:"item,omitempty"`
	Unread  []string        `json:"unread,omitempty"` // fields whose cells cannot be read
	Wrong   []Wrong         `json:"wrong"`
	Closed  bool            `json:"closed,omitempty"` // it cannot be mended here, but in the file alone
	Twin    bool            `json:"twin,omitempty"`   // another row is of the same record
	Dropped bool            `json:"dropped,omitempty"`
}

// Wrong is one thing to be said of a row.
type Wrong struct {
	Field string `json:"field,omitempty"` // "": of the row
	Given string `json:"given,omitempty"` // what the file, or somebody, says there
	Rule  string `json:"rule,omitempty"`
	Text  string `json:"text"` // in English, as the catalogue of words has it
	Zh    string `json:"zh,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// Say is it in a language, where Zh is known.
func (w Wrong) Say(lang string) string { return schema.Label{Zh: w.Zh, En: w.Text}.In(lang) }

// Taken is a record that a row of a file was taken for.
type Taken struct {
	ID   change.RecordID
	Line int
}

// PutRows keeps rows of a file, and which records its rows were taken for.
func (u *Uploads) PutRows(ctx context.Context, f File, rows []Row, taken []Taken) error {
	raws := make([][]byte, len(rows))
	for i, row := range rows {
		raw, err := json.Marshal(row)
		if err != nil {
			return fault.As(fault.Internal, "keep a row", err)
		}
		raws[i] = raw
	}
	err := u.at.Journal.Update(ctx, func(tx *journal.Tx) error {
		for i, row := range rows {
			if err := tx.Table(rowTable).Put(key(f.ID, uint32(row.Line)), raws[i]); err != nil { //nolint:gosec // a sheet has 1<<20 rows
				return err
			}
		}
		for _, one := range taken {
			line := binary.BigEndian.AppendUint32(nil, uint32(one.Line)) //nolint:gosec // likewise
			if err := tx.Table(takenTable).Put(takenKey(f, one.ID), line); err != nil {
				return err
			}
		}
		return nil
	})
	return fault.Wrap("keep the rows", err)
}

// takenKey has the hash of the record's id: keys are not encrypted.
func takenKey(f File, id change.RecordID) []byte {
	sum := sha256.Sum256([]byte(f.ID + "\x00" + string(id)))
	return append(prefix(f.ID), sum[:16]...)
}

// TakenBy is the line of the row of a file that was taken for a record; 0: none.
func (u *Uploads) TakenBy(f File, id change.RecordID) (line int, err error) {
	err = u.at.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(takenTable).Get(takenKey(f, id))
		if err == nil && len(raw) == 4 {
			line = int(binary.BigEndian.Uint32(raw))
		}
		return err
	})
	return line, err
}

// EachRow calls fn for the rows of a file from a line on, in order, until it returns
// journal.ErrStop. fn does no I/O.
func (u *Uploads) EachRow(f File, from int, fn func(Row) error) error {
	return u.at.Journal.View(func(tx *journal.Tx) error {
		return tx.Table(rowTable).Ascend(key(f.ID, uint32(max(from, 0))), prefix(f.ID), func(_, raw []byte) error { //nolint:gosec // a sheet has 1<<20 rows
			var row Row
			if err := parse(raw, &row); err != nil {
				return err
			}
			return fn(row)
		})
	})
}

// Row returns a row; NotFound where none is kept.
func (u *Uploads) Row(f File, line int) (row Row, err error) {
	err = u.at.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(rowTable).Get(key(f.ID, uint32(line))) //nolint:gosec // what is no line is not there
		if err == nil && raw == nil {
			err = errNone
		}
		if err != nil {
			return err
		}
		return parse(raw, &row)
	})
	return row, err
}

// ForgetRows removes the rows of a file, to be said again.
func (u *Uploads) ForgetRows(ctx context.Context, f File) error {
	if err := u.eraseFrom(ctx, rowTable, f.ID); err != nil {
		return err
	}
	return u.eraseFrom(ctx, takenTable, f.ID)
}
