// Package service makes the serving of a directory a service of the operating
// system: a hardened unit of systemd, or a service of Windows. It also tells the
// service manager how the process stands. What runs as the service is the same
// command as by hand, `tongbu serve`.
package service

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"

	"tongbu/internal/fault"
)

// Spec is the service of one directory.
type Spec struct {
	Name     string   // of the service; NameOf makes one from the directory
	Dir      string   // what it serves; absolute
	Program  string   // the program's file; absolute
	User     string   // whom it runs as; empty: root, or Windows' local system account
	Password string   // of that account, on Windows
	Keys     []string // files with secrets outside of the directory, which it reads
	Writable []string // directories beside its own that it may write to; absolute
	LowPorts bool     // it listens on a port below 1024
}

// State is how an installed service stands.
type State struct {
	Name    string `json:"name"`
	Dir     string `json:"dir"`
	File    string `json:"file,omitempty"` // the unit's file; none on Windows
	State   string `json:"state"`          // active, inactive, failed, activating: as systemd calls it
	Running bool   `json:"running"`        // it is active: ready, under systemd
}

// Active is the state of a service that runs; Inactive that of one that was stopped;
// Failed that of one whose process ended by itself too often.
const (
	Active   = "active"
	Inactive = "inactive"
	Failed   = "failed"
)

// maxName is how long the name of a service may be: shorter than systemd and Windows
// allow, to be read in lists.
const maxName = 64

// NameOf is the name of a directory's service: tongbu- and the last part of its path,
// or a short digest of the path where that has letters a service cannot be named with.
func NameOf(dir string) string {
	base := filepath.Base(dir)
	if !nameFits(base) {
		sum := sha256.Sum256([]byte(dir))
		base = fmt.Sprintf("%x", sum[:4])
	}
	return "tongbu-" + base
}

func nameFits(name string) bool {
	inside := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.'
	}
	return name != "" && len(name) <= maxName && strings.Trim(name, ".") != "" && strings.IndexFunc(name, func(r rune) bool { return !inside(r) }) < 0
}

// Validate returns Invalid for what no service can be made of.
func (s Spec) Validate() error {
	if !nameFits(s.Name) {
		return fault.New(fault.Invalid, "%q cannot be the name of a service", s.Name).WithHint("use letters, digits, - and _, up to %d", maxName)
	}
	for _, path := range append([]string{s.Dir, s.Program}, append(s.Writable, s.Keys...)...) {
		if !filepath.IsAbs(path) {
			return fault.New(fault.Invalid, "%q is not an absolute path", path)
		}
		if strings.Contains(path, "{{") || strings.IndexFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
			return fault.New(fault.Invalid, "%q has letters that a service cannot name", path).WithHint("rename it")
		}
	}
	return nil
}
