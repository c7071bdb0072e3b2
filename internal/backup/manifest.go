// Package backup writes and reads the one file that holds a directory: a
// manifest and then the files it lists, as a tar under zstd. The manifest is
// signed by the device whose directory it is, and what is read is checked part by
// part against it: a file that is cut, or altered by anybody who does not have
// that device's key, is refused. Whoever can replace the whole file can put another
// device's in its place: DESIGN.md says what is proven, and by what.
package backup

import (
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
	maxManifest = 1 << 20  // bytes
	maxFiles    = 1000     // older programs wrote all files of a directory
	maxName     = 200      // bytes
	maxSize     = 1 << 40  // of the journal, in bytes
	maxSmall    = 1 << 20  // of every other file, in bytes: what their readers read
	maxStrays   = 20       // named
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
	Authority   string          `json:"authority,omitempty"` // fingerprint of the one that certified the device; empty: not said
	Incarnation uint32          `json:"incarnation"`
	Epoch       uint64          `json:"epoch"` // the city's, as it is known there
	Time        time.Time       `json:"time"`
	Files       []File          `json:"files"`
	Strays      []string        `json:"strays,omitempty"` // files of the directory that are none of the program's, and are not in the backup

	signed bool
}

// Signed reports whether the manifest was read from a backup and is signed by its
// Device. Backups of older programs are not.
func (m *Manifest) Signed() bool { return m.signed }

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
	m.Strays = clipStrays(m.Strays)
	seen := map[string]bool{}
	for _, f := range m.Files {
		folded := strings.ToLower(f.Name) // one file on Windows
		limit, known := limitOf(f.Name)
		if !known {
			limit = maxSize // it is read, and not written
		}
		switch {
		case !staysInside(f.Name) || leftOut(f.Name) || !known && m.signed:
			return fault.New(fault.Damaged, "the backup holds a file that is none of a directory: %.40q", f.Name)
		case seen[folded]:
			return fault.New(fault.Damaged, "the backup holds a file twice: %q", f.Name)
		case f.Size < 0 || f.Size > limit:
			return fault.New(fault.Damaged, "the backup says that %q has %d bytes", f.Name, f.Size)
		}
		seen[folded] = true
	}
	return nil
}
