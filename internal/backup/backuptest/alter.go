// Package backuptest alters backups as somebody does who can write to where they
// are kept, and has no key.
package backuptest

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tongbu/internal/backup"
)

const manifestName = "manifest.json"

// Alteration is what is done to a backup. All sums are computed again.
type Alteration struct {
	Files    func(map[string]string) // name -> contents; nil: as they are
	Unsigned bool                    // the signature is taken away
}

// MustAlter returns a backup with other files, under the signature there was.
func MustAlter(tb testing.TB, raw []byte, a Alteration) []byte {
	tb.Helper()
	altered, err := alter(raw, a)
	if err != nil {
		tb.Fatal(err)
	}
	return altered
}

func alter(raw []byte, a Alteration) ([]byte, error) {
	m, records, files, err := unpack(raw)
	if err != nil {
		return nil, err
	}
	if a.Files != nil {
		a.Files(files)
	}
	if a.Unsigned {
		maps.DeleteFunc(records, func(name, _ string) bool { return strings.HasPrefix(name, "TONGBU.") })
	}
	m.Files = nil
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256([]byte(files[name]))
		m.Files = append(m.Files, backup.File{Name: name, Size: int64(len(files[name])), SHA256: hex.EncodeToString(sum[:])})
	}
	return pack(m, records, files)
}

func unpack(raw []byte) (m backup.Manifest, records, files map[string]string, err error) {
	z, err := zstd.NewReader(bytes.NewReader(raw))
	if err != nil {
		return m, nil, nil, err
	}
	defer z.Close()
	files = map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return m, records, files, nil
		}
		if err != nil {
			return m, nil, nil, err
		}
		text, err := io.ReadAll(r)
		if err == nil && h.Name == manifestName {
			records = maps.Clone(h.PAXRecords)
			delete(records, "mtime")
			err = json.Unmarshal(text, &m)
		} else {
			files[h.Name] = string(text)
		}
		if err != nil {
			return m, nil, nil, err
		}
	}
}

func pack(m backup.Manifest, records, files map[string]string) ([]byte, error) {
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	write := func(name, text string, records map[string]string) {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(text)), Format: tar.FormatPAX, PAXRecords: records}
		if err == nil {
			err = w.WriteHeader(h)
		}
		if err == nil {
			_, err = io.WriteString(w, text)
		}
	}
	write(manifestName, string(manifest), records)
	for _, f := range m.Files {
		write(f.Name, files[f.Name], nil)
	}
	err = errors.Join(err, w.Close(), z.Close())
	return out.Bytes(), err
}
