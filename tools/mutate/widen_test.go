package main

import (
	"testing"

	"golang.org/x/tools/cover"
)

const source = `package p

func f(a, b int) int {
	switch {
	case a > b, a == 0:
		return 1
	case a <
		b:
		return 2
	default:
		return 3
	}
}

func g(a int) int {
	switch {
	case a > 1:
		return 1
	}
	return 0
}
`

// TestWiden: the cases of a switch that was reached are covered, also those whose body was
// not, and those of another are not.
func TestWiden(t *testing.T) {
	got, err := widen(&cover.Profile{FileName: "m/p/f.go", Blocks: []cover.ProfileBlock{
		{StartLine: 3, StartCol: 22, EndLine: 4, EndCol: 9, Count: 1},
		{StartLine: 5, StartCol: 21, EndLine: 6, EndCol: 11},
		{StartLine: 15, StartCol: 19, EndLine: 16, EndCol: 9},
	}}, []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	if want := "m/p/f.go:5.2,5.20 1 1\nm/p/f.go:7.2,8.4 1 1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
