// Package lines holds the suites about real lines: the real program in
// processes of its own, behind lines that are slow, lossy, cut, dead or
// taken over by others, and a whole city that comes back at once.
package lines
