// Package syncer is replication: one link between two neighbouring tiers as a
// pure step function. Events go in, effects come out; files, sockets, clocks
// and goroutines are the business of package link, which runs a Session.
//
// Both ends run the same protocol. Each says what it has (Marks), sends what
// the other lacks, and acknowledges only what is on its disk. The receiver's
// word decides, never the sender's memory: so a peer that was restored, wiped
// or exchanged needs no case of its own.
package syncer
