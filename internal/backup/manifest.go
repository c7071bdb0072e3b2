// Package backup writes and reads the one file that holds a directory: a
// manifest and then the files it lists, as a tar under zstd. What is read is
// checked part by part against the manifest; a file that is cut, altered or not
// written by this package is refused.
package backup

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Format is the version of the file; a later one is refused.
const Format = 1

// manifestName is the first file of every backup.
const manifestName = "manifest.json"

// Limits of a backup.
const (
	maxManifest = 1 << 20 // bytes
	maxFiles    = 1000
	maxName     = 200      // bytes
	maxSize     = 1 << 40  // of one file, in bytes
	maxWindow   = 8 << 20  // of the decoder, in bytes
	maxHeld     = 64 << 10 // files up to here are held in memory between sum and copy, in bytes
)

// Manifest says what a backup holds, of whom and of when.
type Manifest struct {
	Format      int             `json:"format"`
	Network     string          `json:"network"`
	Unit        change.UnitID   `json:"unit"`
	Code        string          `json:"code,omitempty"` // division code; empty before the tree came
	Tier        string          `json:"tier"`
	Device      change.DeviceID `json:"device"`
	Incarnation uint32          `json:"incarnation"`
	Epoch       uint64          `json:"epoch"` // the city's, as it is known there
	Time        time.Time       `json:"time"`
	Files       []File          `json:"files"`
}

// File is one file of the directory.
type File struct {
	Name   string `json:"name"` // with slashes
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Check returns Unsupported for a later format and Damaged for what this
// program would never have written.
func (m *Manifest) check() error {
	if m.Format > Format {
		return fault.New(fault.Unsupported, "the backup has format %d, this program reads %d", m.Format, Format).
			WithHint("restore it with the program that made it, or a newer one")
	}
	if m.Format < 1 || len(m.Files) == 0 || len(m.Files) > maxFiles {
		return fault.New(fault.Damaged, "the manifest of the backup is not in order")
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		folded := strings.ToLower(f.Name) // one file on Windows
		switch {
		case !staysInside(f.Name) || leftOut(f.Name):
			return fault.New(fault.Damaged, "the backup holds a file that is none of a directory: %.40q", f.Name)
		case seen[folded]:
			return fault.New(fault.Damaged, "the backup holds a file twice: %q", f.Name)
		case f.Size < 0 || f.Size > maxSize:
			return fault.New(fault.Damaged, "the backup says that %q has %d bytes", f.Name, f.Size)
		}
		seen[folded] = true
	}
	return nil
}

// staysInside reports whether a name stays inside the directory it is written
// to, on every system.
func staysInside(name string) bool {
	return len(name) <= maxName && name != "." && fs.ValidPath(name) && filepath.IsLocal(filepath.FromSlash(name)) &&
		!strings.ContainsAny(name, "\\:\x00") && name != manifestName
}

// leftOut reports whether a file is left out: what is rebuilt, what is
// unfinished, and what was quarantined.
func leftOut(name string) bool {
	base := path.Base(name)
	for _, pattern := range []string{"view.db*", "*.damaged-*", "*.gone-*", "*.new", "*.clean", "*.lock", "*.sock", "fsync.probe", "reserve", "reserve.*", ".*"} {
		if match, _ := path.Match(pattern, base); match {
			return true
		}
	}
	return false
}
