package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"

	"github.com/klauspost/compress/zstd"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// Check reads a backup to its end and compares every part with the manifest.
// It returns Damaged for a file that is cut, altered or no backup, Unsupported
// for a later format. Whether the manifest is signed, the caller asks it.
func Check(r io.Reader) (Manifest, error) {
	return readParts(r, func(*Manifest) error { return nil }, func(_ File, part io.Reader) error {
		_, err := io.Copy(io.Discard, part)
		return err
	})
}

// Extract puts the files of a backup into an empty directory and syncs them, once
// accept has agreed to the manifest: nothing is written before. Files that are none
// of the program's, which older programs put into their backups, are left out and
// named among the manifest's Strays. It returns what Check and accept do; the
// directory is not to be used then.
func Extract(r io.Reader, dir string, accept func(*Manifest) error) (Manifest, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Manifest{}, fault.Wrap("restore", err)
	}
	defer root.Close() //nolint:errcheck // only a handle
	var strays []string
	m, err := readParts(r, accept, func(f File, part io.Reader) error {
		if _, known := limitOf(f.Name); known {
			return extractFile(root, f.Name, part)
		}
		strays = append(strays, f.Name)
		_, err := io.Copy(io.Discard, part)
		return err
	})
	if err != nil {
		return m, err
	}
	m.Strays = clipStrays(append(m.Strays, strays...))
	return m, durable.SyncTree(dir)
}

func extractFile(root *os.Root, name string, part io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return fault.Wrap("restore "+name, err)
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap("restore "+name, err)
	}
	_, err = io.Copy(f, part)
	if err == nil {
		err = fault.Wrap("restore "+name, f.Sync())
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// source marks failures of the file that is read, so that those of the disk
// that is written to keep their kind.
type source struct{ io.Reader }

var errSource = errors.New("read the backup")

// Read implements io.Reader.
func (s source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errors.Join(errSource, err)
	}
	return n, err
}

func readParts(r io.Reader, accept func(*Manifest) error, each func(File, io.Reader) error) (Manifest, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return Manifest{}, damaged(err)
	}
	defer z.Close()
	t := tar.NewReader(source{z})
	m, err := readManifest(t)
	if err != nil {
		return m, err
	}
	if err := accept(&m); err != nil {
		return m, err
	}
	for _, f := range m.Files {
		if err := readFile(t, f, each); err != nil {
			return m, err
		}
	}
	if _, err := t.Next(); err != io.EOF {
		return m, damaged(errors.Join(errors.New("more follows than the manifest lists"), err))
	}
	if n, err := z.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return m, damaged(errors.Join(errors.New("something follows the end"), err))
	}
	return m, nil
}

func readManifest(t *tar.Reader) (m Manifest, err error) {
	h, err := t.Next()
	if err != nil {
		return m, damaged(err)
	}
	if h.Name != manifestName || !plainHeader(h) || h.Size > maxManifest {
		return m, damaged(errors.New("it does not begin with a manifest"))
	}
	raw, err := io.ReadAll(t)
	if err != nil {
		return m, damaged(err)
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&m); err != nil {
		return m, damaged(err)
	}
	if m.signed, err = verifyManifest(h, raw, m.Device); err != nil {
		return m, damaged(err)
	}
	return m, m.check()
}

func readFile(t *tar.Reader, f File, each func(File, io.Reader) error) error {
	h, err := t.Next()
	switch {
	case err != nil:
		return damaged(err)
	case h.Name != f.Name || !plainHeader(h) || h.Size != f.Size:
		return damaged(errors.New("a part is another one than the manifest lists"))
	}
	sum := sha256.New()
	err = each(f, io.TeeReader(t, sum))
	switch {
	case errors.Is(err, errSource) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader):
		return damaged(err)
	case err != nil:
		return err
	case hex.EncodeToString(sum.Sum(nil)) != f.SHA256:
		return damaged(errors.New(f.Name + " is not what the manifest says"))
	}
	return nil
}

func damaged(err error) error {
	return fault.As(fault.Damaged, "the file is no backup, or it is cut or damaged", err).WithHint("take another backup, or copy it again")
}
