package backup

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// staysInside reports whether a name stays inside the directory it is written
// to, on every system.
func staysInside(name string) bool {
	return len(name) <= maxName && name != "." && fs.ValidPath(name) && filepath.IsLocal(filepath.FromSlash(name)) &&
		!strings.ContainsAny(name, "\\:\x00") && name != manifestName
}

// limitOf returns how large a file of a directory may be, false when the program
// has no such file. A file that a later version keeps must be added here: only
// what is in this list is backed up, and comes out of a backup.
func limitOf(name string) (int64, bool) {
	switch name {
	case "journal.db", "audit.log":
		return maxSize, true
	case "tongbu.yaml", "vault.json",
		"identity/device.key", "identity/device.crt", "identity/ca.crt", "identity/past.crt", "identity/network.json", "identity/hubs.json",
		"authority/ca.key", "authority/ca.crt", "authority/past.crt":
		return maxSmall, true
	}
	// The key of an authority that followed another bears the start of its fingerprint.
	digits, isKey := strings.CutPrefix(strings.TrimSuffix(name, ".key"), "authority/ca-")
	if isKey && name == "authority/ca-"+digits+".key" && len(digits) == 16 && strings.Trim(digits, "0123456789abcdef") == "" {
		return maxSmall, true
	}
	return 0, false
}

// leftOut reports whether a file is left out: what is rebuilt, what is
// unfinished, what was quarantined, and the program's log.
func leftOut(name string) bool {
	base := path.Base(name)
	for _, pattern := range []string{"view.db*", "*.damaged-*", "*.gone-*", "*.rescued-*", "*.adopted", "*.new", "*.clean", "*.lock", "*.sock", "fsync.probe", "nightly.json", "standing.json", "tongbu.log", "tongbu.log.*", "reserve", "reserve.*", ".*"} {
		if match, _ := path.Match(pattern, base); match {
			return true
		}
	}
	return false
}
