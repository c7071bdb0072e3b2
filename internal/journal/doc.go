// Package journal keeps the log of streams and batches, and small checksummed
// tables beside it, in one bbolt file, so that data, cursors and keys against
// duplicates change in one transaction. It is the only importer of bbolt.
//
// A store is changed by Update and read by View. When Update returns nil its
// work is on the disk; what View shows is on the disk too, never a commit that
// is still being synced. All bytes handed out are copies and outlive the
// transaction.
//
// DESIGN.md says how the file is laid out and what is guaranteed when.
package journal
