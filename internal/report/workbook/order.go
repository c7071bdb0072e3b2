package workbook

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"slices"

	"tongbu/internal/fault"
)

// inOrder writes the parts of a workbook in the order of their names: the library writes
// its sheets in another one each time, and the same report is to make the same bytes.
func inOrder(w io.Writer, made *bytes.Buffer) error {
	parts, err := zip.NewReader(bytes.NewReader(made.Bytes()), int64(made.Len()))
	if err != nil {
		return fault.As(fault.Internal, "write a workbook", err)
	}
	slices.SortFunc(parts.File, func(a, b *zip.File) int { return cmp.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, part := range parts.File {
		if err := out.Copy(part); err != nil {
			return fault.Wrap("write a workbook", err)
		}
	}
	return fault.Wrap("write a workbook", out.Close())
}
