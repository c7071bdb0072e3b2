// Package disk finds out what is left of a program's files after a power cut.
// A file system of its own (FUSE) records every write, sync and rename that
// the program makes, and what the program said in between; from the record it
// makes the states that a disk may be in when the power goes at any moment:
// writes that were not synced are lost, kept, reordered or torn. It also fails
// single calls, and damages files. Only tests import it.
package disk

import (
	"bytes"
	"encoding/gob"
	"errors"
	"io"
)

// Kind says what an Op is.
type Kind uint8

// The kinds of operations.
const (
	Create   Kind = iota + 1 // File gets the name Name
	Write                    // Data at Off of File
	Truncate                 // File gets the size Off
	Sync                     // all of File so far is on the disk
	Rename                   // Name becomes To
	Remove                   // Name goes
	SyncDir                  // all names so far are on the disk
	Mark                     // the program says something: Name
)

func (k Kind) String() string {
	names := [...]string{"?", "create", "write", "truncate", "sync", "rename", "remove", "sync-dir", "mark"}
	if int(k) >= len(names) {
		k = 0
	}
	return names[k]
}

// Op is one operation, in the order in which the file system did them.
type Op struct {
	Kind     Kind
	File     int // number of the file, from 1; a name may be given to another file later
	Name, To string
	Off      int64
	Data     []byte
}

// Log is what was recorded.
type Log []Op

// readLog reads a log that may still grow: a last piece that is cut is left.
func readLog(raw []byte) (Log, error) {
	var log Log
	d := gob.NewDecoder(bytes.NewReader(raw))
	for {
		var op Op
		err := d.Decode(&op)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return log, nil
		}
		if err != nil {
			return log, err
		}
		log = append(log, op)
	}
}
