// Package drawn draws for property tests what rapid has no generator for. Only tests
// import it.
package drawn

import "pgregory.net/rapid"

// Evenly draws one of some, each as often as another: what rapid samples is mostly the
// first.
func Evenly[V any](t *rapid.T, name string, of ...V) V {
	n := 0
	for room := 1; room < 4*len(of); room *= 2 {
		n *= 2
		if rapid.Bool().Draw(t, name) {
			n++
		}
	}
	return of[n%len(of)]
}
