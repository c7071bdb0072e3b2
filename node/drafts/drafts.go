package drafts

import (
	"context"
	"maps"
	"slices"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/node/replica"
)

// Drafts are those of a directory. It is safe for concurrent use. What returns without
// an error is on the disk.
type Drafts struct {
	at *replica.Replica
}

// New makes the drafts of an open directory.
func New(at *replica.Replica) *Drafts { return &Drafts{at: at} }

// Begin returns the draft of an owner with which a form goes on: of an edit (subject is
// not "") the newest that is not taken, as it was left, else a new one with the values.
// It returns Full where the owner has as many as are kept or the disk has no room, and
// Invalid for what no draft may be.
func (d *Drafts) Begin(ctx context.Context, owner, form, subject, title string, values map[string][]string) (Draft, error) {
	begun := Draft{Owner: owner, Form: form, Subject: subject, Title: title, Values: values}
	if err := begun.tidy(); err != nil {
		return Draft{}, err
	}
	var found Draft
	err := d.at.Journal.View(func(tx *journal.Tx) (err error) {
		found, err = shelf{tx}.ofSubject(&begun)
		return err
	})
	if err != nil || found.ID != "" {
		return found, fault.Wrap("begin a draft", err)
	}
	if err := d.at.Space.Short(); err != nil {
		return Draft{}, err
	}
	begun.ID, begun.Revision, begun.KeptAt = newID(), 1, d.at.Now()
	err = d.at.Journal.Update(ctx, func(tx *journal.Tx) (err error) {
		s := shelf{tx}
		if found, err = s.ofSubject(&begun); err != nil || found.ID != "" {
			return err
		}
		found = begun
		return s.add(&begun, MaxDrafts)
	})
	if err != nil {
		return Draft{}, fault.Wrap("begin a draft", err)
	}
	return found, nil
}

// Keep keeps what a page has typed: ID, Owner, Title, Values, Tab, and Revision, which is
// that of the draft as the page has it. Of one page the last counts. Revision 0 is that
// of a page which has made up the ID and kept nothing yet: the draft begins with it, of
// Form and Subject. Where another page has gone on since, or edits the same record, it
// returns a Conflict; NotFound for a draft that is not there, or another's; Invalid for
// one that waits for the head or is taken, and for what no draft may be; Full without
// room.
func (d *Drafts) Keep(ctx context.Context, typed Draft) (kept Draft, err error) {
	if err := typed.tidy(); err != nil {
		return Draft{}, err
	}
	if same, err := d.isKept(&typed); err != nil || same.ID != "" {
		return same, err
	}
	if err := d.at.Space.Short(); err != nil {
		return Draft{}, err
	}
	var clash *Conflict
	err = d.at.Journal.Update(ctx, func(tx *journal.Tx) (err error) {
		kept, clash, err = shelf{tx}.keep(typed, d.at.Now())
		return err
	})
	switch {
	case err != nil:
		return Draft{}, fault.Wrap("keep the draft", err)
	case clash != nil:
		return Draft{}, clash
	}
	return kept, nil
}

// NewID makes up the id of a draft, for a page that has kept nothing yet.
func NewID() string { return newID() }

// begins reports whether a draft that was not found begins with what a page has typed.
func (d *Draft) begins(err error) bool {
	return fault.Of(err) == fault.NotFound && d.Revision == 0 && keyOf(d.Owner, d.ID) != nil
}

// isKept returns the stored draft when a page says again what it has said, as it does in
// each pause of the typing: nothing is written for that.
func (d *Drafts) isKept(typed *Draft) (same Draft, err error) {
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		stored, err := shelf{tx}.get(typed.Owner, typed.ID)
		if typed.begins(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if !stored.IsOpen() {
			return stored.closed()
		}
		if stored.Tab == typed.Tab && stored.Revision == typed.Revision && stored.Title == typed.Title &&
			maps.EqualFunc(stored.Values, typed.Values, slices.Equal) {
			same = stored
		}
		return nil
	})
	return same, fault.Wrap("keep the draft", err)
}

// Get returns a draft of the owner, NotFound where there is none.
func (d *Drafts) Get(owner, id string) (found Draft, err error) {
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		found, err = shelf{tx}.get(owner, id)
		return err
	})
	return found, fault.Wrap("get a draft", err)
}

// List returns the drafts of the owner without their values, the newest first.
func (d *Drafts) List(owner string) (all []Draft, err error) {
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		all, err = shelf{tx}.list(owner)
		return err
	})
	return all, fault.Wrap("list the drafts", err)
}

// Drop removes a draft of the owner: it is saved, or not wanted. NotFound where there is
// none.
func (d *Drafts) Drop(ctx context.Context, owner, id string) error {
	err := d.at.Journal.Update(ctx, func(tx *journal.Tx) error { return shelf{tx}.drop(owner, id) })
	return fault.Wrap("drop a draft", err)
}
