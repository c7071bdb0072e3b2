package audit

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"errors"
	"io"

	"tongbu/internal/fault"
)

// What a walk can meet instead of a record.
var (
	errCut    = errors.New("the file ends within the record")
	errFrame  = errors.New("the frame of a record is not what was written")
	errSealed = errors.New("the content of a record is not what was written")
)

const readSize = 64 << 10 // bytes read at once

// walker reads the records of a file up to a size, one after the other.
type walker struct {
	file io.ReaderAt
	aead cipher.AEAD
	size int64
	off  int64 // of the next record
	buf  *bufio.Reader
}

func newWalker(file io.ReaderAt, aead cipher.AEAD, off, size int64) *walker {
	w := &walker{file: file, aead: aead, size: size}
	w.seek(off)
	return w
}

func (w *walker) seek(off int64) {
	w.off = off
	part := io.NewSectionReader(w.file, off, max(w.size-off, 0))
	if w.buf == nil {
		w.buf = bufio.NewReaderSize(part, readSize)
		return
	}
	w.buf.Reset(part)
}

// peek reads the frame of the next record; io.EOF at the end.
func (w *walker) peek() (frame, error) {
	raw, err := w.buf.Peek(frameSize)
	switch {
	case len(raw) == frameSize:
	case !errors.Is(err, io.EOF):
		return frame{}, fault.Wrap("read the audit log", err)
	case len(raw) == 0:
		return frame{}, io.EOF
	default:
		return frame{}, errCut
	}
	f, ok := parseFrame(raw)
	switch {
	case !ok:
		return frame{}, errFrame
	case w.off+f.end() > w.size:
		return f, errCut
	}
	return f, nil
}

// next reads the next record and stands behind it, also behind one that errSealed is
// said of. At errCut and errFrame it stands still: see resync.
func (w *walker) next() (record, error) {
	f, err := w.peek()
	r := record{off: w.off, frame: f}
	if err != nil {
		return r, err
	}
	raw := make([]byte, f.end())
	switch _, err := io.ReadFull(w.buf, raw); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // somebody has cut it meanwhile
		return r, errCut
	case err != nil:
		return r, fault.Wrap("read the audit log", err)
	}
	w.off += f.end()
	head, sealed := raw[:frameSize], raw[frameSize:len(raw)-1]
	r.content, err = w.aead.Open(nil, nil, sealed, head)
	if err != nil || raw[len(raw)-1] != recordEnd || f.kind != entryRecord && f.kind != baseRecord {
		return r, errSealed
	}
	return r, nil
}

// skip stands behind a record whose frame was peeked.
func (w *walker) skip(f frame) error {
	if _, err := w.buf.Discard(int(f.end())); err != nil {
		return fault.Wrap("read the audit log", err)
	}
	w.off += f.end()
	return nil
}

// resync stands at the next frame behind one that cannot be read; false when there
// is none.
func (w *walker) resync() (bool, error) {
	at := w.off + 1
	chunk := make([]byte, readSize)
	for at < w.size {
		n, err := w.file.ReadAt(chunk[:min(int64(len(chunk)), w.size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fault.Wrap("read the audit log", err)
		}
		for i := 0; ; i++ {
			step := bytes.IndexByte(chunk[i:n], recordStart)
			if step < 0 || i+step+frameSize > n {
				break
			}
			i += step
			if _, ok := parseFrame(chunk[i:]); ok {
				w.seek(at + int64(i))
				return true, nil
			}
		}
		if n < frameSize {
			return false, nil
		}
		at += int64(n - frameSize + 1)
	}
	return false, nil
}

// isDamage reports whether an error of a walk says that what is there is not what was
// written.
func isDamage(err error) bool {
	return errors.Is(err, errCut) || errors.Is(err, errFrame) || errors.Is(err, errSealed)
}

const sector = 512 // bytes: what a disk writes whole or not at all

// unwritten reports whether a sector between two places holds nothing but zeros
// there: a write to it has never come.
func unwritten(file io.ReaderAt, from, to int64) (bool, error) {
	chunk := make([]byte, readSize)
	zeros := make([]byte, sector)
	for at := from; at < to; {
		end := min(at-at%readSize+readSize, to) // whole sectors, but for the first and the last
		part := chunk[:end-at]
		if _, err := file.ReadAt(part, at); err != nil && !errors.Is(err, io.EOF) {
			return false, fault.Wrap("read the audit log", err)
		}
		for len(part) > 0 {
			n := min(sector-int(at%sector), len(part))
			if bytes.Equal(part[:n], zeros[:n]) {
				return true, nil
			}
			part, at = part[n:], at+int64(n)
		}
	}
	return false, nil
}
