package syncer

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Event is what happens to a session. The answer to a Load, LoadReceipt, Ends
// or Match comes before the next event of another kind.
type Event interface{ event() }

// Opened says that the link is up. Local lists everything held here.
type Opened struct{ Local []Entry }

// Received carries what the peer said.
type Received struct{ Message Message }

// Grew lists streams that changed here, or whose receipts did.
type Grew struct{ Local []Entry }

// Stored answers StoreBatch, one result a batch.
type Stored struct{ Results []Result }

// Loaded answers Load. Err Forked: the peer's mark is not on our history. No
// batches: the stream was cut back meanwhile, and Grew or the link's end comes.
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

// Entry is what a store tells of one stream.
type Entry struct {
	Stream  change.Stream
	Author  change.UnitID
	Sealed  change.Mark // end of the last batch
	Head    uint64      // last change, sealed or not
	Receipt ReceiptAt
}

// Have is what the entry tells a peer.
func (e *Entry) Have() Have { return Have{Stream: e.Stream, Mark: e.Sealed, Receipt: e.Receipt} }

// Result is what became of one received batch.
type Result struct {
	Stream  change.Stream
	Outcome Outcome
	End     change.Mark // end of the batch: the peer has it
	Mark    change.Mark // where the stream stands here now
	Fault   fault.Kind  // Refused: why
	Reason  string
}

// Outcome of one received batch.
type Outcome uint8

// The outcomes.
const (
	Kept    Outcome = iota // on disk now, or before
	Behind                 // not the next one
	Differs                // another history of the stream is here
	Refused                // not the peer's to send, or not genuine
)

// Effect is what a session wants done.
type Effect interface{ effect() }

// Send tells the peer.
type Send struct{ Message Message }

// StoreBatch makes a batch durable; Stored answers, after the fsync.
type StoreBatch struct{ Sealed []byte }

// StoreReceipt keeps a receipt; at the city, one that it does not hold itself
// shows that its store is an older copy.
type StoreReceipt struct{ Signed []byte }

// Learn keeps a device's certificate.
type Learn struct{ Certificate []byte }

// Load reads batches after a mark of ours, about Max bytes; Loaded answers.
type Load struct {
	Stream change.Stream
	After  change.Mark
	Max    int
}

// LoadReceipt reads the stream's receipt; LoadedReceipt answers.
type LoadReceipt struct{ Stream change.Stream }

// Seal closes the open tail of an own stream; Grew tells the new end.
type Seal struct{ Stream change.Stream }

// Ends reads ends of batches; Ended answers.
type Ends struct {
	Stream change.Stream
	Before uint64
}

// Match looks for the newest of the marks on our history; Matched answers.
type Match struct {
	Stream change.Stream
	Ends   []change.Mark
}

// Acked tells that the peer has the stream up to the mark on its disk.
type Acked struct{ Have Have }

// Heard tells who is reached at or below the peer.
type Heard struct{ Reach Reach }

// Met tells that the peer opened the link properly.
type Met struct{ Hello Hello }

// Stopped tells that the peer takes no more of a stream on this link.
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
