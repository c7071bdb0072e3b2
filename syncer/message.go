package syncer

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Version is the protocol's version; a peer of another one is refused.
const Version = 1

// Message is what one end of a link tells the other.
type Message interface{ message() }

// Hello opens a link from both ends.
type Hello struct {
	Version uint32
	Network string
	Peer    Peer
	Now     int64 // sender's clock, Unix milliseconds; decides nothing
	Batch   uint8 // the latest version of a sealed batch that the sender reads; 0: it does not say
}

// Peer names one end of a link; the certificate proves it.
type Peer struct {
	Unit   change.UnitID
	Device change.DeviceID
}

// Have is how far a peer has a stream on its disk, and the newest receipt it
// has of it.
type Have struct {
	Stream  change.Stream
	Mark    change.Mark
	Receipt ReceiptAt
}

// ReceiptAt orders receipts of one stream without their signatures.
type ReceiptAt struct{ Epoch, Seq uint64 }

// Newer reports whether r replaces o.
func (r ReceiptAt) Newer(o ReceiptAt) bool {
	return r.Epoch > o.Epoch || r.Epoch == o.Epoch && r.Seq > o.Seq
}

// Marks lists what the sender has, in one message or more.
type Marks struct {
	Have []Have
	Last bool
}

// Author is a device's certificate (DER); it precedes the first batch or
// receipt of that device on a link.
type Author struct{ Certificate []byte }

// Batch is a sealed batch as its author signed it.
type Batch struct{ Sealed []byte }

// Ack acknowledges what is on the sender's disk. Behind: send again from these
// marks.
type Ack struct {
	Have   []Have
	Behind bool
}

// Receipt is a receipt as the city signed it. It is sent to whichever end has
// an older one.
type Receipt struct{ Signed []byte }

// Fork says that the histories of a stream differ, and where the sender's ends.
type Fork struct{ Have Have }

// Trace asks for the ends of batches below a sequence, newest first; 0: from
// the newest on.
type Trace struct {
	Stream change.Stream
	Before uint64
}

// Traced answers Trace; empty when there are none.
type Traced struct {
	Stream change.Stream
	Ends   []change.Mark
}

// Refuse stops one stream on this link. Of the kind Unavailable it says that what the
// peer lacks was cut off here.
type Refuse struct {
	Stream change.Stream
	Kind   fault.Kind
	Reason string
}

// Reach says who is in contact at or below the sender; also the heartbeat.
type Reach struct {
	Devices []DeviceReach
	Now     int64 // sender's clock, Unix milliseconds
}

// DeviceReach is what is known of a device's contact.
type DeviceReach struct {
	Peer      Peer
	Connected bool
	Heard     int64 // Unix milliseconds, by the clock of the hub that heard it
	Heads     []Head
}

// Head is the last sequence a device is known to have written.
type Head struct {
	Stream change.Stream
	Seq    uint64
}

func (Hello) message()   {}
func (Marks) message()   {}
func (Author) message()  {}
func (Batch) message()   {}
func (Ack) message()     {}
func (Receipt) message() {}
func (Fork) message()    {}
func (Trace) message()   {}
func (Traced) message()  {}
func (Refuse) message()  {}
func (Reach) message()   {}
