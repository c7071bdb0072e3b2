// Package uploads keeps the files that people bring to be imported until they are done
// with them: in tables of the journal, encrypted as everything there, so that nothing of
// a file ever stands on the disk as it was. Beside a file it keeps the rows that were
// not taken in as they are, with what is wrong with them.
package uploads

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/node/replica"
)

// Bounds of what is kept.
const (
	MaxFile  = 20 << 20 // bytes of one file
	MaxRows  = 32 << 20 // bytes of the rows that are kept of one file
	maxFiles = 12       // of the directory; whoever has the most makes room for one more
	atOnce   = 4        // files that come at a time
	longest  = 14 * 24 * time.Hour
	piece    = 512 << 10
)

// Tables of the journal. A key begins with the id of the file.
const (
	headTable  = "node.uploads"
	pieceTable = "node.upload_pieces"
	rowTable   = "node.upload_rows"
	takenTable = "node.upload_taken"
)

// File is a file that was brought.
type File struct {
	ID    string    `json:"id"`    // 128 random bits, in hexadecimal
	Owner string    `json:"owner"` // login of who brought it
	Name  string    `json:"name"`  // for people
	Size  int64     `json:"size"`  // bytes
	Sum   []byte    `json:"sum"`   // SHA-256
	At    time.Time `json:"at"`
	Used  time.Time `json:"used"`
	// About is what whoever reads the file says of it, in JSON.
	About json.RawMessage `json:"about,omitempty"`
}

// Uploads are those of a directory. It is safe for concurrent use. What returns without
// an error is on the disk.
type Uploads struct {
	at *replica.Replica

	mutex  sync.Mutex
	coming map[string]bool // ids of files that are not whole yet
}

// New makes the uploads of an open directory.
func New(at *replica.Replica) *Uploads { return &Uploads{at: at, coming: map[string]bool{}} }

var (
	errNone = fault.New(fault.NotFound, "there is no such file here any more").WithHint("bring it again: what is in is not taken in twice")
	errCut  = fault.New(fault.Invalid, "the file did not come whole; nothing was written").WithHint("send it again")
)

// TooLargeError says that a file is larger than one may be.
type TooLargeError struct{ Size int64 } // bytes; at least

// Error implements error.
func (e *TooLargeError) Error() string { return "the file is too large" }

// Keep keeps a file as it comes. What breaks off or is too large is not kept; then it
// returns Invalid, or a TooLargeError. Full: there is no room. Busy: others are coming.
func (u *Uploads) Keep(ctx context.Context, owner, name string, from io.Reader) (f File, err error) {
	if err := u.at.Space.Short(); err != nil {
		return f, err
	}
	now := u.at.Now()
	f = File{ID: newID(), Owner: owner, Name: cutName(name), At: now, Used: now}
	end, err := u.comes(f.ID)
	if err != nil {
		return f, err
	}
	defer end()
	if err := u.tidy(ctx); err != nil {
		return f, err
	}
	if err := u.fill(ctx, &f, from); err != nil {
		return f, errors.Join(err, u.erase(context.WithoutCancel(ctx), f.ID))
	}
	return f, u.put(ctx, f)
}

// comes keeps the pieces of a file from being taken for lost ones, until its result is
// called. It returns Busy while as many come as may.
func (u *Uploads) comes(id string) (end func(), err error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if len(u.coming) >= atOnce {
		return nil, fault.New(fault.Busy, "other files are coming at this moment").WithHint("send it again in a minute")
	}
	u.coming[id] = true
	return func() {
		u.mutex.Lock()
		defer u.mutex.Unlock()
		delete(u.coming, id)
	}, nil
}

// fill writes the pieces of a file, each in a transaction of its own: a slow line keeps
// none open.
func (u *Uploads) fill(ctx context.Context, f *File, from io.Reader) error {
	sum, buffer := sha256.New(), make([]byte, piece)
	for no := uint32(0); ; no++ {
		n, whole, err := readPiece(from, buffer)
		switch {
		case err != nil:
			return errCut
		case f.Size+int64(n) > MaxFile:
			return &TooLargeError{Size: f.Size + int64(n)}
		}
		if err := u.at.Space.Short(); err != nil { // others fill the disk too
			return err
		}
		if n > 0 {
			f.Size += int64(n)
			sum.Write(buffer[:n])
			put := func(tx *journal.Tx) error { return tx.Table(pieceTable).Put(key(f.ID, no), buffer[:n]) }
			if err := u.at.Journal.Update(ctx, put); err != nil {
				return fault.Wrap("keep the file", err)
			}
		}
		if whole {
			f.Sum = sum.Sum(nil)
			return nil
		}
	}
}

// readPiece fills a buffer, and says whether the file ended. A line that broke off is
// not its end.
func readPiece(from io.Reader, buffer []byte) (n int, whole bool, err error) {
	for n < len(buffer) {
		m, err := from.Read(buffer[n:])
		n += m
		switch {
		case err == io.EOF:
			return n, true, nil
		case err != nil:
			return n, false, err
		}
	}
	return n, false, nil
}

func (u *Uploads) put(ctx context.Context, f File) error {
	raw, err := json.Marshal(f)
	if err != nil {
		return fault.As(fault.Internal, "keep the file", err)
	}
	err = u.at.Journal.Update(ctx, func(tx *journal.Tx) error { return tx.Table(headTable).Put(prefix(f.ID), raw) })
	return fault.Wrap("keep the file", err)
}

// About says something of a file, in JSON.
func (u *Uploads) About(ctx context.Context, owner, id string, about any) error {
	f, err := u.Get(owner, id)
	if err != nil {
		return err
	}
	if f.About, err = json.Marshal(about); err != nil {
		return fault.As(fault.Internal, "keep the file", err)
	}
	f.Used = u.at.Now()
	return u.put(ctx, f)
}

// Get returns a file of an owner; NotFound where there is none.
func (u *Uploads) Get(owner, id string) (f File, err error) {
	if prefix(id) == nil {
		return f, errNone
	}
	err = u.at.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(headTable).Get(prefix(id))
		if err != nil || raw == nil {
			return cmp.Or(err, error(errNone))
		}
		return parse(raw, &f)
	})
	if err == nil && f.Owner != owner {
		return File{}, errNone
	}
	return f, err
}

// List returns the files of an owner, the newest first; of all owners with "".
func (u *Uploads) List(owner string) (all []File, err error) {
	err = u.at.Journal.View(func(tx *journal.Tx) error {
		all = nil
		return tx.Table(headTable).Ascend(nil, nil, func(_, raw []byte) error {
			var f File
			if err := parse(raw, &f); err != nil {
				return err
			}
			if owner == "" || f.Owner == owner {
				all = append(all, f)
			}
			return nil
		})
	})
	slices.SortStableFunc(all, func(a, b File) int { return b.At.Compare(a.At) })
	return all, fault.Wrap("list the files", err)
}

// Drop removes a file and all that is kept of it.
func (u *Uploads) Drop(ctx context.Context, owner, id string) error {
	if _, err := u.Get(owner, id); err != nil {
		return err
	}
	return u.erase(ctx, id)
}

// tidy makes room: what was left alone for long goes, and so does whatever has lost its
// head in a power cut.
func (u *Uploads) tidy(ctx context.Context) error {
	all, err := u.List("")
	if err != nil {
		return err
	}
	u.mutex.Lock()
	known := maps.Clone(u.coming)
	u.mutex.Unlock()
	all, gone := spare(all, u.at.Now().Add(-longest))
	for _, f := range gone {
		if err := u.erase(ctx, f.ID); err != nil {
			return err
		}
	}
	for _, f := range all {
		known[f.ID] = true
	}
	return u.eraseLost(ctx, known)
}

// spare parts files into those that stay and those that make room for one more: what
// nobody has used since a time, and of whoever has the most the one that was left alone
// for longest. So nobody's files go because another brings many.
func spare(all []File, since time.Time) (stay, gone []File) {
	held := map[string]int{}
	for _, f := range all {
		if f.Used.Before(since) {
			gone = append(gone, f)
			continue
		}
		stay = append(stay, f)
		held[f.Owner]++
	}
	slices.SortStableFunc(stay, func(a, b File) int { return b.Used.Compare(a.Used) })
	for len(stay) >= maxFiles {
		at := len(stay) - 1
		for i := at; i >= 0; i-- {
			if held[stay[i].Owner] > held[stay[at].Owner] {
				at = i
			}
		}
		held[stay[at].Owner]--
		gone, stay = append(gone, stay[at]), slices.Delete(stay, at, at+1)
	}
	return stay, gone
}

func (u *Uploads) eraseLost(ctx context.Context, known map[string]bool) error {
	var lost []string
	err := u.at.Journal.View(func(tx *journal.Tx) error {
		for _, name := range []string{pieceTable, rowTable, takenTable} {
			from := []byte(nil)
			for more := true; more; { // from file to file, not from piece to piece
				more = false
				err := tx.Table(name).Ascend(from, nil, func(k, _ []byte) error {
					id := hex.EncodeToString(k[:idSize])
					if !known[id] {
						known[id] = true
						lost = append(lost, id)
					}
					from, more = after(k[:idSize]), true
					return journal.ErrStop
				})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, id := range lost {
		if err == nil {
			err = u.erase(ctx, id)
		}
	}
	return fault.Wrap("make room for a file", err)
}

// after is the first key beyond all that begin with a prefix.
func after(prefix []byte) []byte {
	next := slices.Clone(prefix)
	for i := len(next) - 1; i >= 0; i-- {
		if next[i]++; next[i] != 0 {
			return next
		}
	}
	return slices.Repeat([]byte{0xff}, idSize+1)
}

const idSize = 16

func newID() string {
	var id [idSize]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// prefix begins the keys of a file; nil: the id is none.
func prefix(id string) []byte {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != idSize || strings.ToLower(id) != id {
		return nil
	}
	return raw
}

func parse(raw []byte, to any) error {
	if err := json.Unmarshal(raw, to); err != nil {
		return fault.As(fault.Damaged, "read what is kept of a file", err)
	}
	return nil
}
