//go:build !unix

package replica

// SameDisk reports whether two paths lie in one file system; false where the system does
// not tell.
func SameDisk(string, string) (same, known bool) { return false, false }
