package replica

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tongbu/internal/audit"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// What stands behind the journal's name: a copy that was saved when its file was taken
// away, a note that such a copy is in use and this device has not yet gone on under a
// new incarnation, and a note that another journal was here.
const (
	rescuedCopy  = ".rescued-"
	adoptedNote  = ".adopted"
	goneNote     = ".gone-"
	damagedAside = ".damaged-"
)

// StandingFile has how a directory stood when it was last served; node/operate
// writes it.
const StandingFile = "standing.json"

func (r *Replica) journalPath() string { return filepath.Join(r.cfg.Dir, JournalFile) }

// findJournal decides what to do where the journal's file is missing. A directory that is
// being made begins one, and so does a node or hub, which fills again from above: under a
// new incarnation when there was another one. A copy that was saved when the file was taken
// away is used there before that. At the city, which fills from nobody with what it
// has said itself, a person decides: it returns Damaged, each time.
func (r *Replica) findJournal() error {
	if _, err := os.Lstat(r.journalPath()); !errors.Is(err, fs.ErrNotExist) {
		return nil // opening it says what is wrong
	}
	rescued, err := r.newest(rescuedCopy)
	switch {
	case err != nil:
		return err
	case r.cfg.New:
		return nil
	case r.IsRoot():
		return r.refuseEmpty(rescued)
	case rescued != "":
		return r.adopt(rescued)
	case r.wasServed():
		return fault.Wrap("note that the journal is gone", durable.WriteFile(fmt.Sprintf("%s%s%d", r.journalPath(), goneNote, r.Now().Unix()), nil))
	}
	return nil
}

// newest is the newest of the files behind the journal's name with such an ending; "":
// there is none. Their names end in seconds.
func (r *Replica) newest(ending string) (string, error) {
	there, err := os.ReadDir(r.cfg.Dir)
	if err != nil {
		return "", fault.Wrap("look for a former journal", err)
	}
	var name string
	for _, e := range there {
		if one := e.Name(); strings.HasPrefix(one, JournalFile+ending) && (len(one) > len(name) || len(one) == len(name) && one > name) {
			name = one
		}
	}
	if name == "" {
		return "", nil
	}
	return filepath.Join(r.cfg.Dir, name), nil
}

// refuseEmpty says what a person at the city does about a missing journal.
func (r *Replica) refuseEmpty(rescued string) error {
	damaged, err := r.newest(damagedAside)
	gone := fault.New(fault.Damaged, "the journal %s is gone: the city begins no empty one", r.journalPath())
	switch {
	case err != nil:
		return err
	case rescued != "":
		return gone.WithHint("when its file was taken away all was saved in %s: rename that to %s, and start again", rescued, JournalFile)
	case damaged != "":
		return gone.WithHint("a damaged one was moved to %s: keep that, and restore the newest backup with tongbu restore", damaged)
	}
	return gone.WithHint("put it back if it was moved; else restore the newest backup with tongbu restore")
}

// wasServed reports whether the directory had a journal: files that only a process with
// one writes are there.
func (r *Replica) wasServed() bool {
	for _, name := range []string{StandingFile, audit.FileName} {
		if _, err := os.Lstat(filepath.Join(r.cfg.Dir, name)); err == nil {
			return true
		}
	}
	return false
}

// adopt puts a saved copy in the journal's place. The note is there first: nobody knows
// whether the copy is the newest, so this device goes on under a new incarnation, also
// when the process ends before that.
func (r *Replica) adopt(rescued string) error {
	r.Log.Warn("the journal is gone; what was saved when its file was taken away is used", "file", filepath.Base(rescued))
	err := durable.WriteFile(r.journalPath()+adoptedNote, nil)
	if err == nil {
		err = durable.Move(rescued, r.journalPath())
	}
	return fault.Wrap("use the saved journal", err)
}

func (r *Replica) adopted() bool {
	_, err := os.Lstat(r.journalPath() + adoptedNote)
	return err == nil
}

func (r *Replica) endAdoption() error {
	return fault.Wrap("use the saved journal", os.Remove(r.journalPath()+adoptedNote))
}
