package uploads

import (
	"context"
	"encoding/binary"
	"io"
	"path"
	"strings"
	"unicode"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

func key(id string, no uint32) []byte { return binary.BigEndian.AppendUint32(prefix(id), no) }

// Reader reads a file at any place, piece by piece: one piece is in memory. It is for
// one reader at a time.
type Reader struct {
	of   *Uploads
	file File
	no   int64 // of the piece that is held, from 1; 0: none
	held []byte
}

// Read returns a reader of a file.
func (u *Uploads) Read(f File) *Reader { return &Reader{of: u, file: f} }

// ReadAt implements io.ReaderAt.
func (r *Reader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fault.New(fault.Invalid, "a place before the beginning of a file")
	}
	for n < len(p) && off < r.file.Size {
		if err := r.hold(off / piece); err != nil {
			return n, err
		}
		within := off % piece
		if within >= int64(len(r.held)) {
			return n, errNone
		}
		m := copy(p[n:], r.held[within:])
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r *Reader) hold(no int64) error {
	if r.no == no+1 {
		return nil
	}
	err := r.of.at.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(pieceTable).Get(key(r.file.ID, uint32(no))) //nolint:gosec // a file has some dozens of pieces
		if err == nil && raw == nil {
			err = errNone
		}
		r.held = append(r.held[:0], raw...)
		return err
	})
	r.no = no + 1
	if err != nil {
		r.no = 0
	}
	return err
}

// eraseAtOnce is how many entries one transaction removes.
const eraseAtOnce = 2000

// erase removes all that is kept of a file, its head first, so that nobody finds half
// of it.
func (u *Uploads) erase(ctx context.Context, id string) error {
	for _, name := range []string{headTable, pieceTable, rowTable, takenTable} {
		if err := u.eraseFrom(ctx, name, id); err != nil {
			return fault.Wrap("remove a file", err)
		}
	}
	return nil
}

func (u *Uploads) eraseFrom(ctx context.Context, name, id string) error {
	for more := true; more; {
		err := u.at.Journal.Update(ctx, func(tx *journal.Tx) error {
			table, keys := tx.Table(name), [][]byte(nil)
			more = false
			err := table.Ascend(prefix(id), prefix(id), func(k, _ []byte) error {
				if len(keys) == eraseAtOnce {
					more = true
					return journal.ErrStop
				}
				keys = append(keys, append([]byte(nil), k...))
				return nil
			})
			for _, k := range keys {
				if err == nil {
					err = table.Delete(k)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// cutName makes of what a browser calls a file a name that may be shown: its last part,
// short, of characters that are seen.
func cutName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, name))
	name = schema.MaskIDNumbers(name)
	if r := []rune(name); len(r) > 80 {
		name = string(r[:60]) + "…" + string(r[len(r)-15:])
	}
	if name == "" || name == "." || name == "/" {
		return "-"
	}
	return name
}
