package nightly

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// Series are the nightly backups of one device in a directory that others may use too.
// Only files of its own names are ever removed.
type Series struct {
	Dir    string
	Device change.DeviceID
}

const (
	seriesPrefix = "tongbu"
	seriesSuffix = ".backup"
	seriesTime   = "20060102T150405Z" // UTC: of two the later is the later
)

// Path is where the backup of a moment is put; the code is for people.
func (s Series) Path(code string, at time.Time) string {
	if code == "" || strings.Trim(code, "0123456789") != "" {
		code = "0" // the tree has not come yet
	}
	name := strings.Join([]string{seriesPrefix, code, string(s.Device), at.UTC().Format(seriesTime)}, "-")
	return filepath.Join(s.Dir, name+seriesSuffix)
}

// timeOf is when a backup of the series was made; false: the name is no such one's.
func (s Series) timeOf(name string) (time.Time, bool) {
	base, ours := strings.CutSuffix(name, seriesSuffix)
	parts := strings.Split(base, "-")
	if !ours || len(parts) != 4 || parts[0] != seriesPrefix || strings.Trim(parts[1], "0123456789") != "" || parts[2] != string(s.Device) {
		return time.Time{}, false
	}
	at, err := time.Parse(seriesTime, parts[3])
	return at, err == nil
}

// Sweep removes what a process that was ended has left unfinished.
func (s Series) Sweep() error {
	names, err := s.names(func(name string) (time.Time, bool) {
		base, unfinished := strings.CutSuffix(name, durable.Unfinished)
		at, ours := s.timeOf(base)
		return at, unfinished && ours
	})
	for _, name := range names {
		if err == nil {
			err = os.Remove(filepath.Join(s.Dir, name))
		}
	}
	return fault.Wrap("remove an unfinished backup", err)
}

// Prune removes the oldest backups of the series, so that the newest and so many less
// one others stay. The newest stays whatever the times in the names say: clocks are set.
func (s Series) Prune(newest string, keep int) error {
	names, err := s.names(s.timeOf)
	names = slices.DeleteFunc(names, func(name string) bool { return name == filepath.Base(newest) })
	for _, name := range names[min(max(keep-1, 0), len(names)):] {
		if err == nil {
			err = os.Remove(filepath.Join(s.Dir, name))
		}
	}
	return fault.Wrap("remove an old backup", err)
}

// names lists the files of the series, the latest first.
func (s Series) names(timeOf func(string) (time.Time, bool)) (names []string, err error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil, err
	}
	at := map[string]time.Time{}
	for _, e := range entries {
		if t, ours := timeOf(e.Name()); ours && e.Type().IsRegular() {
			names, at[e.Name()] = append(names, e.Name()), t
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(at[b].Compare(at[a]), strings.Compare(b, a)) })
	return names, nil
}
