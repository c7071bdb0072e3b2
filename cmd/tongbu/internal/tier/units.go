package tier

import (
	"crypto/rand"
	"io"

	"tongbu/internal/change"
	"tongbu/internal/tree"
)

// Units reads the unit tree of a new network from CSV, with a new id for each
// unit: parents first, the root first of all. It returns Invalid with the
// number of the line at fault.
func Units(r io.Reader, root string) ([]tree.Unit, error) {
	rows, err := tree.ParseCSV(r, root)
	if err != nil {
		return nil, err
	}
	units := tree.Assign(rows, func() change.UnitID {
		var random [10]byte
		_, _ = rand.Read(random[:]) // never fails
		return change.NewUnitID(random)
	})
	_, err = tree.New(units)
	return units, err
}
