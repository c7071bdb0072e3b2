// Package sim is a city of tongbu devices in one thread: the real sessions,
// batches, receipts and merging, on disks, lines and clocks that are made up.
// Everything that happens is an event with an instant of its own, drawn from
// one seed; the same seed gives the same trace to the byte, so that a failure
// is replayed from the number it prints. DESIGN.md says what is real and what
// is not. Only tests import it.
package sim
