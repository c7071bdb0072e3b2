//go:build !failpoint || !unix

package failpoint

// Enabled reports whether points do anything in this build.
const Enabled = false

// Reach marks a step at which nothing can be returned.
func Reach(string) {}

// Fail marks a step that can fail; it returns nil.
func Fail(string) error { return nil }
