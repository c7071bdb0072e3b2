// Package report is the form of a report: the figures of a period, frozen with the
// position of each stream that they were counted from, and signed. It is pure. Whoever
// has the journal counts the same figures again (node/reports), and this package says
// what came of it.
package report
