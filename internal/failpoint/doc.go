// Package failpoint names the steps between which a process may die, so that
// tests can have it die at each of them. It does nothing in a released
// program: without the build tag `failpoint` its functions are empty and the
// compiler removes the calls with their arguments, which a test shows.
//
// With the tag the environment chooses one point and what happens there:
//
//	TONGBU_FAILPOINT=NAME=ACTION[@N]
//
// at the N-th time (1 when not said) that the process reaches it. ACTION is
// crash (the process kills itself as SIGKILL does: nothing is closed, flushed
// or told), error (what the step returns when it fails), pause (the process
// stops as by SIGSTOP, until SIGCONT), or slow (the step takes a second longer,
// from then on each time).
package failpoint

// Env is the variable that chooses the point.
const Env = "TONGBU_FAILPOINT"

// Point is a step that tests can have a process die at.
type Point struct {
	Name  string
	After string // what has been done when it is reached
}
