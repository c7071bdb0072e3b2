package main

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"unicode"
)

// programName is what to type to run this program again: its bare name only where
// that leads here.
func programName() string {
	self, err := os.Executable()
	if err != nil {
		return "tongbu"
	}
	found, err := exec.LookPath("tongbu")
	if err != nil || !sameFile(found, self) {
		return self
	}
	return "tongbu"
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// quoted is a word as the shell of this system reads it back.
func quoted(word string) string {
	special := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-:", r)
	}
	switch {
	case word != "" && !strings.ContainsFunc(word, special):
		return word
	case runtime.GOOS == "windows":
		return `"` + strings.ReplaceAll(word, `"`, `\"`) + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
