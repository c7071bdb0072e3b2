//go:build !linux || cgo

package slack

// RestProgram lets go of the pages of the program's own file that it does not use, where
// the system has a word for that; here it does nothing.
func RestProgram() {}
