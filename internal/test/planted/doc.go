// Package planted holds no code: its tests prove that the suites can see. Each
// file of testdata/planted is a bug that a programmer could make in good
// faith, as a replacement of some lines of the product, and names the suite
// that must fail on it. Nothing in the tree is touched: the go command is
// shown the changed files in place of the real ones (-overlay).
//
// `make planted` runs each suite without its bug, which must pass, and with
// it, which must fail. `make test` only checks that each bug still fits the
// lines it replaces, and compiles.
package planted
