//go:build !linux

package journal

// Rest lets go of the pages of the file that were read, where the system has a word
// for that; here it does nothing.
func (s *Store) Rest() error { return nil }

// Rest is that of the store within a transaction.
func (tx *Tx) Rest() {}
