// Package wire turns the messages of a link into their transport form and
// back. Generated types stop here.
//
// Decoding checks names and sizes, so that nothing malformed reaches a
// session; sealed batches, certificates and receipts stay opaque bytes until
// their signatures have been checked.
package wire
