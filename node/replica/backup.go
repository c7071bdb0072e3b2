package replica

import (
	"math/rand/v2"
	"net/http"
	"path/filepath"

	"tongbu/internal/backup"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/node/socket"
	"tongbu/syncer/streams"
)

// backup answers with a backup of the directory as it is now. The journal is
// first copied beside itself, at the speed of the disk: while its transaction
// is open the file grows, and the reader of the answer may be slow.
func (s *Replica) backup(w http.ResponseWriter, _ *http.Request) {
	copied, end, err := s.spool()
	if err != nil {
		socket.Fail(w, err)
		return
	}
	defer end()
	m, err := s.manifest()
	if err == nil {
		_, err = s.Journal.WriteTo(copied)
	}
	var sources []backup.Source
	if err == nil {
		sources, err = backup.Collect(s.cfg.Dir, map[string]string{JournalFile: copied.Name()})
	}
	if err != nil {
		socket.Fail(w, fault.Wrap("back up", err))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := backup.Write(w, m, sources); err != nil {
		s.Log.Warn("a backup was broken off", "kind", fault.Of(err).String())
		panic(http.ErrAbortHandler) // the caller sees that it is cut
	}
}

// manifest says whose backup it is.
func (s *Replica) manifest() (m backup.Manifest, err error) {
	m = backup.Manifest{Network: string(s.Place.Network), Unit: s.Place.Unit, Code: s.Members.Unit().Code, Tier: s.Members.Unit().Level.String(),
		Device: s.Keys.Device(), Time: s.Now().UTC()}
	if m.Incarnation, err = s.Streams.Incarnation(); err != nil {
		return m, err
	}
	return m, s.Journal.View(func(tx *journal.Tx) error {
		m.Epoch, err = streams.Epoch(tx)
		return err
	})
}

// jump is by how much a restored directory raises its incarnation: more than
// one, and at random, so that two restored from one backup do not go on under
// one name.
func jump() uint32 { return 1 + rand.Uint32N(1000) }

// lost reports whether the journal was begun anew in a directory that had
// another one: it was damaged and put aside, or was gone.
func (s *Replica) lost() (bool, error) {
	if entries, _ := s.Streams.Entries(); len(entries) > 0 {
		return false, nil
	}
	if n, err := s.Streams.Incarnation(); err != nil || n > 1 {
		return false, err
	}
	for _, trace := range []string{".damaged-*", ".gone-*"} {
		found, err := filepath.Glob(filepath.Join(s.cfg.Dir, JournalFile+trace))
		if err != nil || len(found) > 0 {
			return len(found) > 0, fault.Wrap("look for a former journal", err)
		}
	}
	return false, nil
}
