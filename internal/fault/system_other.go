//go:build !windows

package fault

// ofSystem is the kind of an error that has a name on this system only.
func ofSystem(error) (Kind, bool) { return Internal, false }
