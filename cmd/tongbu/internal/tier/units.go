package tier

import (
	"bytes"
	"crypto/rand"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/tree"
)

// Units reads the unit tree of a new network from CSV, with a new id for each
// unit: parents first, the root first of all. The file is in UTF-8 or GB 18030. It
// returns Invalid with the number of the line at fault.
func Units(r io.Reader, root string) ([]tree.Unit, error) {
	rows, err := Rows(r, root)
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

// Rows reads the units of a file as they stand there.
func Rows(r io.Reader, root string) ([]tree.Row, error) {
	text, err := Text(r)
	if err != nil {
		return nil, err
	}
	return tree.ParseCSV(bytes.NewReader(text), root)
}

// Text reads a file of text, at most as much as a file of units may have and one
// byte more. What is not UTF-8 is taken for GB 18030, which spreadsheets save.
func Text(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, tree.MaxFile+1))
	if err != nil {
		return nil, fault.Wrap("read the file of units", err)
	}
	text, in := plain.File(raw)
	switch in {
	case plain.UTF8:
		return text, nil
	case plain.Other:
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
		if err == nil && !bytes.ContainsRune(decoded, utf8.RuneError) {
			return decoded, nil
		}
	}
	return nil, fault.New(fault.Invalid, "the file of units is written neither in UTF-8 nor in GB 18030").
		WithHint("save it again as CSV UTF-8")
}
