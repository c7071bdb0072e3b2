// Package arch holds no code: its tests check the shape of the whole module.
// They read every Go file and compare it with the tables in tables_test.go:
// which package may import which, the one home of each library, what a pure
// package must not touch. They need nothing but Go; depguard in .golangci.yml
// says the same inside an editor.
//
// A rule that is in the way is changed in both tables, in a commit that says
// why.
package arch
