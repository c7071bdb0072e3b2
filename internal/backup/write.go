package backup

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Source is a file to put into a backup.
type Source struct {
	File
	path string
	held []byte // of a small file: what was summed
}

// Still is what stands still of a file that is in use.
type Still struct {
	Path string // where it is read: a copy, or the file itself when it is only appended to
	Size int64  // bytes of it; negative: all
}

// Collect lists the files of a directory that the program keeps there, but what is
// rebuilt and what is unfinished, and sums them. still says of those that are in use,
// by their names, how they are read while they are. Strays are files that somebody
// else put there. It returns Invalid for a link or anything
// else that is no file.
func Collect(dir string, still map[string]Still) (sources []Source, strays []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		switch {
		case d.Type() == fs.ModeSocket || leftOut(name):
			return nil
		case !d.Type().IsRegular():
			return fault.New(fault.Invalid, "%s is no regular file", name).WithHint("a directory holds files only; move it away")
		}
		limit, known := limitOf(name)
		if !known {
			strays = clipStrays(append(strays, name))
			return nil
		}
		part, inUse := still[name]
		if !inUse {
			part = Still{Path: path, Size: -1}
		}
		s, err := sum(name, part)
		if err == nil && s.Size > limit {
			err = fault.New(fault.Invalid, "%s has %d bytes, more than the program reads", name, s.Size)
		}
		sources = append(sources, s)
		return err
	})
	return sources, strays, fault.Wrap("look at the directory", err)
}

func clipStrays(names []string) []string { return names[:min(len(names), maxStrays)] }

func sum(name string, part Still) (Source, error) {
	s := Source{File: File{Name: name}, path: part.Path}
	f, err := os.Open(part.Path)
	if err != nil {
		return s, err
	}
	defer f.Close() //nolint:errcheck // only read
	var all io.Reader = f
	if part.Size >= 0 {
		all = io.LimitReader(f, part.Size)
	}
	small := bytes.NewBuffer([]byte{}) // not nil: of an empty file nothing is held, and that is all
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(h, small), io.LimitReader(all, maxHeld+1))
	if err == nil && n <= maxHeld {
		s.held = small.Bytes()
	} else if err == nil {
		var rest int64
		rest, err = io.Copy(h, all)
		n += rest
	}
	s.Size, s.SHA256 = n, hex.EncodeToString(h.Sum(nil))
	return s, err
}

// Write writes a backup of the sources, signed with the key of the manifest's
// device; the manifest's list is made of them. It returns Invalid for another
// device's key, Busy when a file changed since it was summed.
func Write(w io.Writer, m Manifest, sources []Source, key ed25519.PrivateKey) error {
	if len(key) != ed25519.PrivateKeySize || change.DeviceOf(ed25519.PublicKey(key[ed25519.PrivateKeySize-ed25519.PublicKeySize:])) != m.Device {
		return fault.New(fault.Invalid, "a backup is signed by the device whose it is")
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
	if err != nil {
		return fault.As(fault.Internal, "write a backup", err)
	}
	t := tar.NewWriter(z)
	m.Format, m.Files = Format, nil
	for _, s := range sources {
		m.Files = append(m.Files, s.File)
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fault.As(fault.Internal, "write a backup", err)
	}
	manifest := Source{File: File{Name: manifestName, Size: int64(len(raw))}, held: raw}
	if err := manifest.write(t, m, signRecords(key, raw)); err != nil {
		return fault.Wrap("write a backup", err)
	}
	for _, s := range sources {
		if err := s.write(t, m, nil); err != nil {
			return fault.Wrap("write a backup", err)
		}
	}
	if err := t.Close(); err != nil {
		return fault.Wrap("write a backup", err)
	}
	return fault.Wrap("write a backup", z.Close())
}

func (s *Source) write(t *tar.Writer, m Manifest, records map[string]string) error {
	err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: s.Name, Size: s.Size, Mode: 0o600, ModTime: m.Time, Format: tar.FormatPAX, PAXRecords: records})
	if err != nil {
		return err
	}
	if s.held != nil {
		_, err = t.Write(s.held)
		return err
	}
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(t, h), io.LimitReader(f, s.Size))
	if err == nil && (n != s.Size || hex.EncodeToString(h.Sum(nil)) != s.SHA256) {
		err = fault.New(fault.Busy, "%s changed while it was copied", s.Name).WithHint("try again")
	}
	return err
}
