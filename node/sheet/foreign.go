package sheet

import (
	"bytes"
	"io"

	"tongbu/internal/fault"
)

var (
	zipMagic = []byte("PK\x03\x04")
	oleMagic = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
)

func isZip(begin []byte) bool { return bytes.HasPrefix(begin, zipMagic) }

// isForeign reports whether a file is what spreadsheets write and this program does
// not read.
func isForeign(begin []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(begin, oleMagic) || bytes.HasPrefix(text, []byte("<")) || bytes.HasPrefix(begin, []byte("%PDF"))
}

const saveAgain = "open it in Excel or WPS and save it as an Excel workbook (.xlsx)"

// refuseForeign says what to do with a file that is not read. A workbook with a
// password is in the container of the old format.
func refuseForeign(r io.ReaderAt, size int64, begin []byte) error {
	switch {
	case bytes.HasPrefix(begin, oleMagic) && isLocked(io.NewSectionReader(r, 0, min(size, 8<<20))):
		return fault.New(fault.Invalid, "the workbook is protected by a password").WithHint("open it, remove the password, and save it")
	case bytes.HasPrefix(begin, oleMagic):
		return fault.New(fault.Invalid, "this is a workbook in the old format (.xls)").WithHint(saveAgain)
	case size == 0:
		return fault.New(fault.Invalid, "the file is empty").WithHint("look whether it was saved or copied whole")
	}
	return fault.New(fault.Invalid, "this is no Excel workbook, whatever its name says").WithHint(saveAgain)
}

// isLocked looks for the name of the stream that holds an encrypted workbook.
func isLocked(r io.Reader) bool {
	var name []byte
	for _, c := range []byte("EncryptedPackage") {
		name = append(name, c, 0)
	}
	raw, err := io.ReadAll(r)
	return err == nil && bytes.Contains(raw, name)
}
