package syncer

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Event is what happens to a session. The answers to Load, LoadReceipt, Ends
// and Match come before any event that is not such an answer.
type Event interface{ event() }

// Opened says that the link is up. Local lists all streams held here.
type Opened struct{ Local []Entry }

// Received carries a message of the peer.
type Received struct{ Message Message }

// Grew lists streams that changed here, or whose receipts did.
type Grew struct{ Local []Entry }

// Stored answers all StoreBatch since the last Stored, one result a batch.
type Stored struct{ Results []Result }

// Loaded answers Load. Err is Forked when the mark is not on our history, and
// Unavailable when what follows it was cut off here. No
// batches: the stream was cut back in the meantime, and Grew or the link's end
// follows.
type Loaded struct {
	Stream  change.Stream
	Batches []*change.Batch
	Author  []byte // certificate of the stream's device
	Err     error
}

// LoadedReceipt answers LoadReceipt; nil Signed: there is none.
type LoadedReceipt struct {
	Stream change.Stream
	Signed []byte
	City   change.DeviceID
	Author []byte // certificate of the city's device
}

// Ended answers Ends.
type Ended struct {
	Stream change.Stream
	Ends   []change.Mark
}

// Matched answers Match: the newest of the marks that is on our history.
type Matched struct {
	Stream change.Stream
	Mark   change.Mark
	Found  bool
	Lowest uint64 // lowest sequence that was asked for; 0 when none was
}

func (Opened) event()        {}
func (Received) event()      {}
func (Grew) event()          {}
func (Stored) event()        {}
func (Loaded) event()        {}
func (LoadedReceipt) event() {}
func (Ended) event()         {}
func (Matched) event()       {}

// Entry is what is held here of one stream.
type Entry struct {
	Stream  change.Stream
	Author  change.UnitID
	Sealed  change.Mark // end of the last batch
	Head    uint64      // last change, sealed or not
	Receipt ReceiptAt
}

// Have is the entry as a peer is told of it.
func (e *Entry) Have() Have { return Have{Stream: e.Stream, Mark: e.Sealed, Receipt: e.Receipt} }

// Result is what became of one received batch.
type Result struct {
	Stream  change.Stream
	Outcome Outcome
	End     change.Mark // end of the batch: the peer has the stream up to there
	Mark    change.Mark // end of the stream here now
	Fault   fault.Kind  // Refused: why
	Reason  string
}

// Outcome of one received batch.
type Outcome uint8

// The outcomes.
const (
	Kept    Outcome = iota // on disk, now or since before
	Behind                 // a batch before it is missing
	Differs                // the stream has another history here
	Refused                // out of scope, or not genuine
)

// Effect is what a session wants done.
type Effect interface{ effect() }

// Send sends a message to the peer.
type Send struct{ Message Message }

// StoreBatch makes a batch durable; Stored answers, after the fsync.
type StoreBatch struct{ Sealed []byte }

// StoreReceipt stores a receipt. At the city, one that it does not hold itself
// shows that its directory is an older copy.
type StoreReceipt struct{ Signed []byte }

// Learn stores a device's certificate.
type Learn struct{ Certificate []byte }

// Load reads batches after a mark, about Max bytes but one at least; Loaded
// answers.
type Load struct {
	Stream change.Stream
	After  change.Mark
	Max    int
}

// LoadReceipt reads the stream's receipt; LoadedReceipt answers.
type LoadReceipt struct{ Stream change.Stream }

// Seal closes the open tail of an own stream; Grew follows with the new end.
type Seal struct{ Stream change.Stream }

// Ends reads ends of batches; Ended answers.
type Ends struct {
	Stream change.Stream
	Before uint64
}

// Match finds the newest of the marks that is on our history; Matched answers.
type Match struct {
	Stream change.Stream
	Ends   []change.Mark
}

// Acked says that the peer has the stream up to the mark on its disk.
type Acked struct{ Have Have }

// Heard says who is in contact at or below the peer.
type Heard struct{ Reach Reach }

// Met says that the peer opened the link properly.
type Met struct{ Hello Hello }

// Stopped says that the peer refuses a stream on this link.
type Stopped struct{ Refuse Refuse }

// Fail ends the link.
type Fail struct{ Err error }

func (Send) effect()         {}
func (StoreBatch) effect()   {}
func (StoreReceipt) effect() {}
func (Learn) effect()        {}
func (Load) effect()         {}
func (LoadReceipt) effect()  {}
func (Seal) effect()         {}
func (Ends) effect()         {}
func (Match) effect()        {}
func (Acked) effect()        {}
func (Heard) effect()        {}
func (Met) effect()          {}
func (Stopped) effect()      {}
func (Fail) effect()         {}
