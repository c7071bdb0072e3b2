package view

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// Tables is what an engine has to do: keep tables, change them in
// transactions, and answer questions about rows. It knows the columns of a
// kind and the dialect of its database; it knows nothing of merging. Merged
// does all the rest over it.
//
// For all methods:
//
//   - Concurrency. Open, Make, Use and Close are called while no other method runs.
//     Update, Settle and Grow are called one at a time. The questions may be asked
//     many at once, beside each other and beside Update.
//   - Moments. A question sees the tables as one transaction has left them,
//     never a part of one, and sees a transaction that ended before it began.
//   - Ownership. Arguments belong to the caller: the engine copies what it
//     keeps. What a callback is given belongs to the engine and is good until
//     the callback returns; what a method returns belongs to the caller.
//   - Retries. An engine repeats nothing by itself. After an error of any
//     method the caller may call it again: nothing of the failed call is left.
//     One exception: when the answer to a commit is lost, Update returns
//     Unavailable and either all of it is there or nothing. So what is done in
//     an Update must be right to do twice, as Apply and Retree are.
//   - Faults. Full: there is no room, and what was there is still good.
//     Damaged: something is not as it was written; Make is the way out.
//     Unavailable: closed, or not to be reached now. Busy: another program
//     writes. Canceled: the context ended. What a callback returns is returned
//     as it is, wrapped at most.
type Tables interface {
	// Open opens the tables that were made for the identity. When there are
	// none, or those of another identity or of another layout of the engine's
	// own, it does what Make does. It returns Damaged when what is there cannot
	// be used, NotFound, Denied, Full or Unavailable when nothing can be made.
	Open(ctx context.Context, identity string) error
	// Make throws away whatever is there, without reading it, and makes empty
	// tables of a schema: watermark 0, no tree. It is called after Open, whatever
	// that or an earlier Make returned, and not after Close.
	Make(ctx context.Context, identity string, of *schema.Schema) error
	// Grow adds the tables and columns that a schema has more than the one before; in
	// rows that are there the columns hold nothing. The tables are not settled then, and
	// have no identity until Tx.Identify: an Open does what Make does. It is called like
	// Update, beside questions by the schema of before; what grew and was not used is
	// made again.
	Grow(ctx context.Context, of *schema.Schema) error
	// Use has all that follows be by the schema to which the tables have grown. It is
	// called like Make.
	Use(of *schema.Schema)
	// Close closes the tables; all that follows returns Unavailable. What is
	// not on the disk yet may be lost, because the journal has it.
	Close()

	// Portion is how many records of a kind the engine is best given at once:
	// many where a call goes over a network, few where it does not and what was
	// read is to be in the processor's cache when it is written. Above 0, and
	// always the same.
	Portion() int
	// Update runs fn in one transaction, which is committed when fn returns
	// nil and leaves nothing otherwise. The context is that of all calls
	// within. A commit that is acknowledged may be lost by a power cut, but
	// then with all that came after it.
	Update(ctx context.Context, fn func(Tx) error) error
	// Settle makes what questions need and writing can do without (indexes),
	// or drops it. To settle what is settled does nothing.
	Settle(ctx context.Context, settled bool) error

	// Standing tells how far the tables have come.
	Standing(ctx context.Context) (Standing, error)
	// Find reads one record, in one moment with the watermark.
	Find(ctx context.Context, kind string, id change.RecordID) (Found, error)
	// Streams names streams by their numbers, all of them when no number is
	// given. It is Damaged when a number has no name that change.ParseStream
	// reads. Streams are only ever added: it may be asked after what it names.
	Streams(ctx context.Context, numbers ...int64) (map[int64]change.Stream, error)
	// Each calls fn for all records of a kind by the texts of their ids, void ones
	// too: those of one unit, or of all units when the unit is "".
	Each(ctx context.Context, k *schema.Kind, unit change.UnitID, fn func(Held) error) error
	// Gather is Each for one unit, in any order, which costs less. The cells of what it
	// gives are the caller's.
	Gather(ctx context.Context, k *schema.Kind, unit change.UnitID, fn func(Held) error) error
	// EachStored is Each for the records of all units beside whose row something is
	// stored, in any order.
	EachStored(ctx context.Context, k *schema.Kind, fn func(Held) error) error
	// Strayed reports whether there is a stray of a kind.
	Strayed(ctx context.Context, kind string) (bool, error)
	// Select calls fn for each row or group of the selection, in its order.
	Select(ctx context.Context, s *Selection, fn func([]Cell) error) error
	// Counts calls fn for each count that is kept of the field (Tx.AddCounts). It is
	// best to have those of one unit come one after the other.
	Counts(ctx context.Context, k *schema.Kind, field string, fn func(unit []byte, value Cell, n int64) error) error
}

// Tx is the write transaction of Tables. One goroutine uses it, within the
// function that was given to Update. It sees what it has written itself.
// Methods take many ids or rows at once, so that an engine behind a network
// makes few round trips; see Tables.Portion.
type Tx interface {
	// Standing is Tables.Standing within the transaction.
	Standing() (Standing, error)
	// Advance sets the watermark and the count of skipped changes.
	Advance(applied, skipped uint64) error

	// Number returns the numbers of streams, in their order, from 1. A stream
	// that has none gets one, and keeps it until Make.
	Number(streams []change.Stream) ([]int64, error)
	// Streams is Tables.Streams within the transaction.
	Streams(numbers ...int64) (map[int64]change.Stream, error)

	// Units returns the numbers of units, in their order, from 1. A unit that has
	// none gets one with its path, and keeps it until Make; rows name units by it.
	Units(units []change.UnitID, path func(change.UnitID) Path) ([]int64, error)

	// Load reads what is stored of records, an element for each id.
	Load(k *schema.Kind, ids []change.RecordID) ([]Held, error)
	// Insert writes the records that are not there yet and returns the indexes
	// of the others, of which it changes nothing. No id comes twice. row makes
	// the row of an index and is called at most once for each, in their order;
	// for those that are there it need not be. A row is good until the next.
	Insert(k *schema.Kind, ids []change.RecordID, row func(i int) TableRow) (there []int, err error)
	// Replace writes records that are there, as Load returned them; row is
	// called as by Insert.
	Replace(k *schema.Kind, held []Held, row func(i int) TableRow) error
	// Remove takes out records that are there, as Load returned them.
	Remove(k *schema.Kind, held []Held) error

	// Strays returns the strays of records, for those that have any.
	Strays(kind string, ids []change.RecordID) (map[change.RecordID][]ShortSpot, error)
	// EachStrayed calls fn for the records that have strays, in any order; fn writes
	// nothing.
	EachStrayed(fn func(kind string, id change.RecordID) error) error
	// AddStrays adds strays and returns how many of them were not there.
	AddStrays(strays []Stray) (added int, err error)
	// RemoveStrays removes all strays of records.
	RemoveStrays(kind string, ids []change.RecordID) error

	// Refuse sets what a refusal refuses, nothing when it is nil, and returns
	// what it refused before.
	Refuse(refusal change.RecordID, names *system.Refused) (before *system.Refused, err error)
	// Refused returns the refused changes of records, for those that have any.
	Refused(kind string, ids []change.RecordID) (map[change.RecordID][]change.Dot, error)

	// Range sets the range that a refusal refuses, nothing when it is nil, and returns
	// what it refused before.
	Range(refusal change.RecordID, names *Span) (before *Span, err error)
	// Ranges returns the ranges of a stream that begin between two places or up to
	// system.MaxSpan before them, by where they begin and then by their refusals.
	Ranges(stream, from, to int64) ([]Span, error)

	// AddCounts adds to counts; one that is not there is 0. No key comes twice.
	AddCounts(k *schema.Kind, counts []Count) error

	// Beside reads the records whose column has the value, by id. It is asked for
	// fields with an index, and those of the schema's ties, while the tables are settled.
	Beside(k *schema.Kind, field string, value Cell) ([]Held, error)
	// SetFindings sets the two columns of findings; a record that is not there is
	// passed over.
	SetFindings(k *schema.Kind, verdicts []Verdict) error
	// Reviewed notes the day for which the findings of all rows are; none: "".
	Reviewed(day string) error

	// Identify says for what the tables are made from now on, after Grow.
	Identify(identity string) error
	// Retree sets the path of every unit that has a number, and notes the name of
	// the tree that path looks units up in.
	Retree(tree string, path func(change.UnitID) Path) error
}

// Standing is how far tables have come.
type Standing struct {
	Applied  uint64 // watermark
	Skipped  uint64 // changes that were noted and not applied
	Settled  bool   // as Settle leaves them
	Reviewed string // day of the findings; "": those of some rows are missing or old
	Tree     string // name of the tree that the rows' paths are of; "": none
	Strays   bool   // there is a stray
	Refusals bool   // some change is refused, by its name
	Ranges   bool   // some range is refused
}

// Found is what tables hold of one record at one moment.
type Found struct {
	Applied uint64 // watermark
	Held
	Strays []ShortSpot // of the record, in any order
}

// Held is a record as it stands in the tables.
type Held struct {
	ID     change.RecordID
	No     int64  // the engine's own number of the row; the caller only gives it back
	Cells  []Cell // of its TableRow, where nothing is stored beside it
	Stored []byte // of its TableRow
}

// There reports whether there is such a record.
func (h *Held) There() bool { return h.Stored != nil || h.Cells != nil }

// TableRow is what is written of one record.
type TableRow struct {
	Cells  []Cell // one for each of RowFixed, then of Columns
	Stored []byte // what the record is made of, opaque to the engine; empty: the cells say it all
}

// Stray is the spot of a change that has no effect on a record: its kind is
// unknown, it is not for its author to write, or all of the record's changes
// are refused.
type Stray struct {
	Kind string
	ID   change.RecordID
	Spot ShortSpot
}

// Count says by how much the number of records changes that belong to a unit
// and have a value in a field.
type Count struct {
	Field string
	Unit  change.UnitID
	Value Cell
	N     int64
}

// Selection is a question about rows, resolved by schema and tree: what is
// left to the engine is to say it in its dialect.
type Selection struct {
	Kind     *schema.Kind
	Columns  []string       // to be read; when Counted, to be counted by
	Storages []Storage      // one for each of Columns
	Named    bool           // when Counted: behind the count, the ids of a group of fewer than SmallGroup as a JSON array; else nothing
	Counted  bool           // each group of rows with equal cells, its count as a last cell; a set counts under each item, or under nothing
	Where    *filter.Expr   // nil: everything
	Order    []filter.Order // of rows; the id comes last, so no two are equal. Groups are ordered by their cells. Nothing comes first.
	After    []Cell         // begin behind the row with these cells in Order, or the group with these; nil: at the start
	Void     bool           // void rows too
	Limit    int            // at most; 0: all, which may go on for minutes and is not to keep other questions out
	Total    bool           // one cell instead: how many rows or groups there are. Order, After and Limit mean nothing
	Today    string         // the day that ages (ColAge) are of, "" for none

	All   bool            // rows of all units; else
	Under change.UnitID   // those of this unit and the units below it,
	Tier  string          // which have Code in the column of this tier; "": the tree does not know the unit, nobody is below it
	Code  string          // see Tier
	Moved bool            // some records of the kind are of other units than their ids name
	Joint bool            // others were merged into Under: a community of several units
	From  []change.UnitID // and those of these units themselves
	To    []change.UnitID // that are addressed to one of these
}
