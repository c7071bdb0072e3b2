package replica

// FreeBytes is the room on the disk of a directory for who is not root; false where
// the system does not tell.
func FreeBytes(dir string) (int64, bool) { return freeBytes(dir) }
