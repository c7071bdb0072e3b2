package journal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// marker is what a clean close leaves in path+".clean": how the file was. It
// is removed before the file is used, so that it is there only while nobody
// has touched the file since.
type marker struct {
	Size int64  `json:"size"`
	Tx   uint64 `json:"tx"`
}

func markerPath(path string) string { return path + ".clean" }

// leaveMarker notes that the file at path was closed cleanly. All data is on the
// disk by then: when the note cannot be written, say because the disk is full,
// the next Open only takes longer.
func leaveMarker(path string) {
	failpoint.Reach("journal.marker.leave")
	if err := writeMarker(path); err != nil {
		_ = os.Remove(markerPath(path))
	}
}

func writeMarker(path string) error {
	m, err := currentMarker(path)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(markerPath(path), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	failpoint.Reach("journal.marker.written")
	return syncDir(path)
}

// takeMarker reads and removes the marker; nil when there is none, or none
// that can be read.
func takeMarker(path string) (*marker, error) {
	raw, err := os.ReadFile(markerPath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap("open the journal", err)
	}
	err = os.Remove(markerPath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // another process that opens it was first: it is no longer as the note says
	}
	if err != nil {
		return nil, fault.Wrap("open the journal", err)
	}
	failpoint.Reach("journal.marker.taken")
	if err := syncDir(path); err != nil {
		return nil, err
	}
	var m marker
	if json.Unmarshal(raw, &m) != nil {
		return nil, nil //nolint:nilerr // a note that cannot be read says nothing: the file is checked
	}
	return &m, nil
}

// matches reports whether the file is as the marker says.
func (m *marker) matches(path string) bool {
	if m == nil {
		return false
	}
	now, err := currentMarker(path)
	return err == nil && *now == *m
}

func currentMarker(path string) (*marker, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap("look at the journal", err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Wrap("look at the journal", err)
	}
	m, err := readMeta(f)
	if err != nil {
		return nil, err
	}
	return &marker{Size: info.Size(), Tx: m.tx}, nil
}
