package sqlite

import (
	lib "modernc.org/sqlite/lib"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// Beside implements view.Tx.
func (x *tx) Beside(k *schema.Kind, field string, value view.Cell) (held []view.Held, err error) {
	text := "SELECT r.id, r.no, s.stored FROM " + tableOf(k) + " AS r JOIN " + storedOf(k) + " AS s ON s.no = r.no WHERE r." + fieldColumn(field) + " = ? ORDER BY r.id"
	err = x.each(text, []any{value.Arg()}, func(row *statement) error {
		held = append(held, view.Held{ID: change.RecordID(row.bytes(0)), No: lib.Xsqlite3_column_int64(x.tls, row.stmt, 1), Stored: append([]byte{}, row.bytes(2)...)})
		return nil
	})
	return held, err
}

// SetFindings implements view.Tx. Rows that say the same already are not written.
func (x *tx) SetFindings(k *schema.Kind, verdicts []view.Verdict) error {
	for _, v := range verdicts {
		a, b := v.Findings.Arg(), v.Explained.Arg()
		if err := x.exec(x.kinds[k.Name].findings, a, b, string(v.ID), a, b); err != nil {
			return err
		}
	}
	return nil
}
