package sqlite

import (
	"tongbu/hub/view"
	"tongbu/internal/schema"
)

// Beside implements view.Tx.
func (x *tx) Beside(k *schema.Kind, field string, value view.Cell) (held []view.Held, err error) {
	err = x.each(besideText(x.kinds[k.Name], field), []any{value.Arg()}, func(row *statement) error {
		id, ok := view.IDOf(row.bytes(1))
		if !ok {
			return errKey()
		}
		held = append(held, row.held(0, id, x.kinds[k.Name].columns))
		return nil
	})
	return held, err
}

func besideText(of *kindTexts, field string) string {
	return of.held + " WHERE r." + fieldColumn(field) + " = ? ORDER BY r.id"
}

// SetFindings implements view.Tx. Rows that say the same already are not written.
func (x *tx) SetFindings(k *schema.Kind, verdicts []view.Verdict) error {
	for _, v := range verdicts {
		a, b := v.Findings.Arg(), v.Explained.Arg()
		if err := x.exec(x.kinds[k.Name].findings, a, b, view.IDKey(v.ID), a, b); err != nil {
			return err
		}
	}
	return nil
}
