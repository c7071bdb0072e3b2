package syncer

// The bounds of what one device, one link and one child may make a peer keep,
// and the tops of the numbers that cross a link. DESIGN.md has the table with
// what an honest city needs. What lies beyond is refused or ignored by the first
// who judges it, so that no sum can overflow.
const (
	// MaxIncarnation is the highest incarnation. An honest device counts up by
	// one after a fork and by a thousand at most after a restore, so two million
	// restores fit; and what a program adds to it stays within 32 bits.
	MaxIncarnation = 1<<31 - 1

	// MaxSeq is the highest sequence, a thousand changes a second for thirty
	// years. The sum over the streams of a city fits in 64 bits.
	MaxSeq = 1 << 40

	// MaxEpoch is the highest epoch: the city counts up by one when it has lost
	// something.
	MaxEpoch = 1 << 32

	// MaxTime is the last millisecond of the year 9999. A clock that shows more,
	// or as much before 1970, is none, and what is made of such a time overflows.
	MaxTime = 253402300799999

	// MaxHead is the highest sequence that is believed when a peer merely says
	// that a device has written so far: ten changes a second, day and night, for
	// four months. A batch is signed and may go further.
	MaxHead = 100_000_000

	// MaxMarks is how many marks a peer may send before its last. More is no
	// peer's: a city of 2,000 devices has some 35,000 streams.
	MaxMarks = 1 << 18
)

// The streams of a device: as many as it has incarnations, and for hubs, which
// speak to each unit below them, some more for each of those.
const (
	streamsOfDevice = 256 // a clone that forks each working day for a year
	streamsPerUnit  = 16
)

// IsTime reports whether a clock can show the time, in Unix milliseconds.
func IsTime(ms int64) bool { return -MaxTime <= ms && ms <= MaxTime }

// MaxStreams is how many streams a device may have whose unit stands above so
// many units, itself included. The city's own devices have no bound: they say
// which others there are.
func MaxStreams(units int) int { return streamsOfDevice + streamsPerUnit*max(units, 0) }

// What a link may name of streams that this end does not hold: all that may
// exist of the child's own unit, and of those below it.
const (
	namedOnLink  = 1024
	namedPerUnit = 256
)

// MaxNamed is how many streams that are not held here a session remembers for
// its peer, when so many units stand at or below the child.
func MaxNamed(units int) int { return namedOnLink + namedPerUnit*max(units, 0) }
