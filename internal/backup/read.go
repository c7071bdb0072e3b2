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
// for a later format.
func Check(r io.Reader) (Manifest, error) {
	return readParts(r, func(_ File, part io.Reader) error {
		_, err := io.Copy(io.Discard, part)
		return err
	})
}

// Extract puts the files of a backup into an empty directory and syncs them.
// It returns what Check does; the directory is not to be used then.
func Extract(r io.Reader, dir string) (Manifest, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Manifest{}, fault.Wrap("restore", err)
	}
	defer root.Close() //nolint:errcheck // only a handle
	m, err := readParts(r, func(f File, part io.Reader) error { return extractFile(root, f.Name, part) })
	if err != nil {
		return m, err
	}
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

func readParts(r io.Reader, each func(File, io.Reader) error) (Manifest, error) {
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
	if h.Name != manifestName || h.Typeflag != tar.TypeReg || h.Size > maxManifest {
		return m, damaged(errors.New("it does not begin with a manifest"))
	}
	raw, err := io.ReadAll(t)
	if err != nil {
		return m, damaged(err)
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&m); err != nil {
		return m, damaged(err)
	}
	return m, m.check()
}

func readFile(t *tar.Reader, f File, each func(File, io.Reader) error) error {
	h, err := t.Next()
	switch {
	case err != nil:
		return damaged(err)
	case h.Name != f.Name || h.Typeflag != tar.TypeReg || h.Size != f.Size:
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
