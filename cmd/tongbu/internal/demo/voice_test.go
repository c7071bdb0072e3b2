package demo

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// printed is what was printed, without the clock.
func printed(b *strings.Builder) string {
	return regexp.MustCompile(`\d\d:\d\d:\d\d`).ReplaceAllString(b.String(), "TIME")
}

func TestVoiceInALog(t *testing.T) {
	var b strings.Builder
	v := newVoice(&b, false)
	v.heading("1/1 %s", "capture")
	bar := v.bar(10, "households saved")
	for range 10 {
		bar.add(1)
	}
	v.printLine("cut")
	want := `
TIME  1/1 capture
TIME    3 of 10 households saved
TIME    5 of 10 households saved
TIME    8 of 10 households saved
TIME    10 of 10 households saved
TIME    cut
`
	if diff := cmp.Diff(want, printed(&b)); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func TestVoiceOnATerminal(t *testing.T) {
	var b strings.Builder
	v := newVoice(&b, true)
	bar := v.bar(2, "directories checked")
	bar.add(1)
	v.printLine("in between")
	bar.add(1)
	want := "\rTIME    ██████████░░░░░░░░░░ 1 of 2 directories checked\x1b[K" +
		"\r\x1b[KTIME    in between\n" +
		"\rTIME    ████████████████████ 2 of 2 directories checked\x1b[K\n"
	if diff := cmp.Diff(want, printed(&b)); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}
