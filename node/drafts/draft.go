// Package drafts keeps what is being typed: on the disk of the directory as the clerk
// types, in tables of the journal, encrypted as everything there. A draft is no record:
// it goes nowhere, and no rule judges it. One that needs the word of the head of the
// station waits here for it.
package drafts

import (
	"time"

	"tongbu/internal/fault"
)

// Bounds of what is kept.
const (
	MaxDraft  = 256 << 10 // bytes of the values of one, with the names of the fields
	MaxDrafts = 200       // of one owner
)

// State is where a draft stands.
type State string

// The states. A draft that is settled stays until its owner drops it.
const (
	Open     State = ""         // it is being typed
	Proposed State = "proposed" // it waits for the head, and is not typed on
	Taken    State = "taken"    // the head has confirmed it
	Returned State = "returned" // the head has not: it is typed on, or dropped
)

// Draft is what somebody has typed into a form.
type Draft struct {
	ID       string              `json:"id"`      // 128 random bits, in hexadecimal
	Owner    string              `json:"owner"`   // login of who types
	Form     string              `json:"form"`    // which form it is: "household", "person"
	Subject  string              `json:"subject"` // id of the record that is edited; "": a new one
	Title    string              `json:"title"`   // what people call it in a list
	Values   map[string][]string `json:"-"`       // by field; nil in lists
	Revision uint64              `json:"revision"`
	Tab      string              `json:"tab"` // page that kept it last
	KeptAt   time.Time           `json:"kept_at"`

	State    State     `json:"state,omitempty"`
	Proposal *Proposal `json:"proposal,omitempty"` // nil: it never waited for the head

	// Beside is the draft of which this is the other copy, when two pages typed into one.
	Beside string `json:"beside,omitempty"`
}

// Proposal is why a draft waits for the head, and what came of it.
type Proposal struct {
	Why       string    `json:"why"`
	At        time.Time `json:"at"`
	Head      string    `json:"head,omitempty"` // login; "": it still waits
	Word      string    `json:"word,omitempty"` // what the head says of it
	SettledAt time.Time `json:"settled_at,omitzero"`
}

// IsOpen reports whether the draft may be typed on.
func (d *Draft) IsOpen() bool { return d.State == Open || d.State == Returned }

// Conflict is the answer to a page whose draft another page has gone on with. Both are
// kept: the other's as it is, this one's as a draft of its own, with which the page goes
// on. It is Invalid.
type Conflict struct {
	Stored Draft // what the other page has kept
	Kept   Draft // what this one has typed
}

// Error implements error.
func (c *Conflict) Error() string { return "another page has typed into this draft: both are kept" }

// Unwrap gives it its kind.
func (c *Conflict) Unwrap() error { return errConflict }

var (
	errConflict = fault.New(fault.Invalid, "another page has typed into this draft: both are kept").
			WithHint("compare the two, and drop one")
	errNone = fault.New(fault.NotFound, "there is no such draft")
	errMany = fault.New(fault.Full, "%d drafts are kept, and none is dropped unasked", MaxDrafts).
		WithHint("save or drop one of them, then begin another")
	errWaits = fault.New(fault.Invalid, "the draft waits for the head of the station").
			WithHint("take it back first, then change it")
	errSettled = fault.New(fault.Invalid, "the draft does not wait for the head any more").
			WithHint("look at it again: somebody has settled it, or its owner has taken it back")
	errOwn = fault.New(fault.Denied, "nobody settles a draft of their own").
		WithHint("another head of the station settles it")
)
