// Package syncer is replication: one link between two neighbouring tiers as a
// pure step function. Events go in, effects come out; files, sockets, clocks
// and goroutines are the business of package link, which runs a Session.
//
// Both ends run the same protocol. Each says what it has (Marks), sends what
// the other lacks, and acknowledges only what is on its disk. What the receiver
// says decides, never what the sender remembers: so a peer that was restored,
// wiped or replaced needs no special case.
//
// Where to read: session.go dispatches the events; flow.go is the state machine
// of one stream and window.go the send window; sending.go, receiving.go and
// forking.go are the three parts of the protocol that use them.
package syncer
