// Package view is a hub's merged view: the records of all units below the hub,
// merged from their changes, in tables that answer questions. The journal is
// the truth and a view is made from it; a view may be lost at any time and is
// rebuilt by applying the journal from the start.
//
// View is what a hub uses. Merged implements it over Tables, which an engine
// provides: merging, refusals, counts and the meaning of a question are
// written once, here; an engine keeps rows and speaks its database's dialect.
// It lives in a folder below and passes the suite in viewtest. DESIGN.md has
// the reasons.
package view

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Change is one change of the journal, in the order of arrival.
type Change struct {
	Arrival uint64 // number of the journal's arrival it came with
	Stream  change.Stream
	Seq     uint64        // its place in the stream
	Author  change.UnitID // unit of the device that signed it
	Change  *change.Change
	Raw     []byte // the change as the journal has it; nil: to be encoded
	Refused bool   // a word that names a range refuses it, which the journal has after it

	again bool // the city says it again: its stream is another than it came in
}

// Options are what a view needs from its hub.
type Options struct {
	// Key encrypts what a view keeps on this machine's disk.
	Key [32]byte
	// Tree is the tree of units as it is now; nil when the hub has none yet:
	// the columns of the tiers are then empty until Retree.
	Tree *tree.Tree
	// City is the unit at the root of the network: only its devices' refusals
	// take effect. Empty: no refusal does.
	City change.UnitID
	// Fetch returns the encoded change at a place of the journal. It is asked
	// only for the changes of records the city has refused a change of.
	Fetch func(s change.Stream, seq uint64) ([]byte, error)
	// Each calls fn for the changes of a stream between two places that the journal
	// has, in order; of a batch that cannot be decoded there are none. It is asked
	// for the ranges that the city has refused. nil: Fetch is asked for each place.
	Each func(s change.Stream, from, to uint64, fn func(seq uint64, c *change.Change) error) error
	// Custody knows where changes stand of records that the city has given to another
	// unit. nil: such records have none that count.
	Custody Custody
	// Own is the hub's device: where its own changes stand is listed also when a
	// range refuses them, since their names are used up. Empty: nobody's.
	Own change.DeviceID
	// JudgedAtOnce is how many changes an Apply judges itself; of more the findings come
	// with the next Review. 0: 1000.
	JudgedAtOnce int
	// Reviewed is told of each review that has come to its end; it must not wait. nil:
	// nobody asks.
	Reviewed func(Reviewed)
	// Source names the journal the view follows. A view that followed another
	// one starts again at watermark 0: the numbers of arrivals mean something
	// else there.
	Source string
}

// Keeper is the side the hub writes.
type Keeper interface {
	// Applied returns the arrival up to which the view holds everything; 0
	// for a new view. The hub goes on from there.
	Applied(ctx context.Context) (uint64, error)
	// Apply merges the changes and raises the watermark to upTo, both in one
	// transaction: all of it is there afterwards or none. It keeps nothing of
	// its arguments. Applying a change again, alone or among others, changes
	// nothing; the order does not matter; a watermark never falls. A change
	// of a kind the schema does not know is noted in its place and counted in
	// Skipped: it is applied when a schema that knows it rebuilds the view.
	// Full and Damaged mean what they say; after Damaged call Reset.
	Apply(ctx context.Context, changes []Change, upTo uint64) error
	// Settle is called when the view has come to the journal's end: what is
	// cheaper to make at once than row by row is made now. It may be called
	// again at any time.
	Settle(ctx context.Context) error
	// Unsettle is called when the view has a long way to go: what Settle made
	// is dropped, and writing is faster until it is called again. Answers stay
	// as they are; they take longer.
	Unsettle(ctx context.Context) error
	// Settled reports whether the view is as Settle leaves it: until then a
	// question may take long.
	Settled(ctx context.Context) (bool, error)
	// Review makes the findings of all rows those of a day: a part of the work,
	// and reports whether there is more. It does nothing before Settle, and nothing
	// when the day is the one of before and no Apply, Retree or Unsettle came between
	// that left rows unjudged. From the first call on Apply judges what it changes.
	Review(ctx context.Context, day string) (more bool, err error)
	// Reviewed returns the day of the findings; "" while those of some rows are missing
	// or old.
	Reviewed(ctx context.Context) (string, error)
	// Skipped counts the changes noted and not applied.
	Skipped(ctx context.Context) (uint64, error)
	// Retree computes the columns of the tiers from another tree.
	Retree(ctx context.Context, t *tree.Tree) error
	// Reshape gives the view another schema, which has all that is in the one before.
	// Where that needs other tables than what they can grow to they are made again,
	// empty: it then reports true, and the watermark is 0. Else what has grown is to be
	// settled, and the findings are to be reviewed. After a failure it is to be called
	// again.
	Reshape(ctx context.Context, s *schema.Schema) (again bool, err error)
	// Reset throws everything away, whatever state it is in, and starts at
	// watermark 0.
	Reset(ctx context.Context) error
}

// Snapshot is what a view has of one record at one moment.
type Snapshot struct {
	Record  *merge.Record // nil: there is none
	To      change.UnitID // unit to which orders about the record are said: that which holds it, or that on whose line it stands
	Spots   []Spot        // as Places lists them
	Applied uint64        // watermark
}

// Reader is the side questions are asked on. Every answer is of one moment
// between two calls of Apply.
type Reader interface {
	// Schema is what questions may be about: that of the tables, also while a newer one
	// is on its way to them.
	Schema() *schema.Schema
	// Rows answers a question with at most q.Limit rows.
	Rows(ctx context.Context, q Query) ([]Row, error)
	// Groups counts the rows of q by the values of columns, in the order of
	// the values, null first, after q.After if there is one: a value for each
	// column. A row counts under each item of a set, and under null for an
	// empty one. Only groups that have rows are listed.
	Groups(ctx context.Context, q Query, by ...string) ([]Group, error)
	// EachRow calls fn for every row of a question, whatever its limit, and EachGroup
	// for every group: all of one moment, for as long as fn and the context let it
	// last. What is given to fn is its own. They hold up nothing else; a view that is
	// closed or made again meanwhile ends them with Unavailable, so fn must end with
	// the context it is given.
	EachRow(ctx context.Context, q Query, fn func(context.Context, Row) error) error
	EachGroup(ctx context.Context, q Query, by []string, fn func(context.Context, Group) error) error
	// Count returns how many rows a question has, or groups.
	Count(ctx context.Context, q Query, by ...string) (int64, error)
	// Changed numbers the changes to rows of a kind: as long as it stays, pages of
	// one question fit each other. It starts anywhere when the view is opened.
	Changed(kind string) uint64
	// Parts tells of each unit at or below one how many of its derived rows add to each
	// part of figures (facts.CountsField), as the tables have them, or made for a day.
	// Parts without rows are not told.
	Parts(ctx context.Context, units []change.UnitID, day string, tell func(unit change.UnitID, part string, n int64)) error
	// Record returns the merged record. NotFound when there is none.
	Record(ctx context.Context, kind string, id change.RecordID) (*merge.Record, error)
	// Places lists where the changes of a record stand, refused and unknown
	// ones too, by stream and sequence: its history is read from the journal
	// with them.
	Places(ctx context.Context, kind string, id change.RecordID) ([]Spot, error)
	// Snapshot returns Record and Places of one moment, with the watermark: they
	// are made of all changes up to that arrival and of no later one.
	Snapshot(ctx context.Context, kind string, id change.RecordID) (Snapshot, error)
	// Holder is the unit that the city has given the record to, "" for its maker.
	Holder(kind string, id change.RecordID) change.UnitID
	// Digest is the merge.Digest of the records that belong to the unit, void
	// ones too; of all records when the unit is empty.
	Digest(ctx context.Context, unit change.UnitID) (change.Hash, error)
	// Account sums what is held of a unit, with its derived rows for a day, as the unit's
	// own device does.
	Account(ctx context.Context, unit change.UnitID, day string) (digest.Account, error)
}

// View is one hub's view. It is safe for concurrent use; a call after Close
// returns Unavailable.
type View interface {
	Keeper
	Reader
	Close() error
}
