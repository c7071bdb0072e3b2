// Package operate is what an operator does with a directory: status, verify,
// backup, carried files, the audit log, with plain arguments and answers. It is
// the same at a node and at a hub, which adds what it has beyond a node.
package operate

import (
	"context"
	"sync/atomic"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/merge"
	"tongbu/internal/today"
	"tongbu/node/account"
	"tongbu/node/nightly"
	"tongbu/node/replica"
)

// Beyond is what a hub has beyond a node. A nil function adds nothing.
type Beyond struct {
	View    func(context.Context) *View            // how far the view follows the journal
	Clashes func(context.Context) int              // counts the records with conflicts of this unit and those below; nil: those of the directory itself
	Compare func(context.Context, *Verified) error // adds the records of the view that differ from the journal
	Record  Reading                                // reads a record of another device
	Books   account.Books                          // what the view accounts for; nil: the directory's own records
	// Unconfirmed lists accounts of people below, by unit, that nobody above has confirmed.
	Unconfirmed func(context.Context) []Unconfirmed
	Carried     func(context.Context) error // runs after a carried file was applied, before the answer
}

// Reading reads a record of the view; NotFound when there is none.
type Reading func(ctx context.Context, kind string, id change.RecordID) (*merge.Record, error)

// Operate is safe for concurrent use.
type Operate struct {
	at     *replica.Replica
	beyond Beyond
	told   told // who below has heard where this hub is
	book   *nightly.Book
	nights nights
	whole  chan struct{} // holds a token while the journal is checked or cut as a whole

	listening atomic.Pointer[Listening]
	pages     atomic.Pointer[Pages]
}

// New makes the operator's side of an open directory.
func New(at *replica.Replica, beyond Beyond) *Operate {
	if beyond.Books == nil {
		beyond.Books = account.Own(at)
	}
	o := &Operate{at: at, beyond: beyond, book: nightly.OpenBook(at.Dir()), whole: make(chan struct{}, 1)}
	o.nights.runner = &nightly.Runner{Book: o.book, Zone: o.zone, Now: at.Now, Log: at.Log}
	return o
}

// Devices lists the devices this directory knows of.
func (o *Operate) Devices() []members.Device { return o.at.Members.Devices() }

// auditPage is how many entries one answer holds.
const auditPage = 1000

// Looked is an entry of the audit log with what people call the unit that asked.
type Looked struct {
	Time string `json:"time"` // in words, in the network's time zone
	audit.Entry
	Code string `json:"unit_code,omitempty"`
	Name string `json:"unit_name,omitempty"`
}

// Audit returns a page of the audit log from the entry with a number on, only
// those about one record if an id is given, and only those by one program if that is
// named; an empty page is the end. A kind that nobody knows is Invalid: it would look
// as if nobody had looked.
func (o *Operate) Audit(from uint64, kind string, id change.RecordID, program string) ([]Looked, error) {
	if _, known := o.at.Schema.Kind(kind); kind != "" && !known {
		return nil, access.NoKind(kind)
	}
	entries, err := o.at.Lookups.Find(replica.Wanted{From: max(from, 1), Kind: kind, Record: id, Program: program, Limit: auditPage})
	if err != nil {
		return nil, err
	}
	zone, err := o.zone()
	if err != nil {
		return nil, err
	}
	looked := make([]Looked, len(entries))
	for i, e := range entries {
		looked[i] = Looked{Time: time.UnixMilli(e.At).In(zone).Format("2006-01-02 15:04:05 -07:00"), Entry: e, Name: o.at.Members.Name(e.Unit)}
		if looked[i].Name != "" {
			looked[i].Code = o.at.Members.Code(e.Unit)
		}
	}
	return looked, nil
}

// zone is the network's.
func (o *Operate) zone() (zone *time.Location, err error) {
	err = o.at.Journal.View(func(tx *journal.Tx) error {
		_, name, err := o.at.Today(tx)
		if err == nil {
			zone, err = today.Zone(name)
		}
		return err
	})
	return zone, err
}
