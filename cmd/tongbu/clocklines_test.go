package main_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	main "tongbu/cmd/tongbu"
	"tongbu/node/operate"
)

// TestClockLines: status names whose clock is wrong, and what to do.
func TestClockLines(t *testing.T) {
	ms := func(d time.Duration) int64 { return d.Milliseconds() }
	const day = 24 * time.Hour
	child := operate.OtherClock{Unit: "420202007005", Device: "aaaaaaaaaaaaaaaa", Offset: ms(-3 * time.Hour)}
	hub := operate.OtherClock{Unit: "420202007000", Device: "bbbbbbbbbbbbbbbb", Parent: true, Offset: ms(61 * day)}
	for name, c := range map[string]struct {
		clock operate.Clock
		want  []string
	}{
		"all agree": {operate.Clock{Verdict: "right", Compared: 3, Agree: 3}, nil},
		"its own":   {operate.Clock{Verdict: "wrong", Offset: ms(-61 * day), Compared: 4, Agree: 3}, []string{"this computer's clock is 61 days ahead, by 3 of the 4 clocks compared: set it"}},
		"a child's": {operate.Clock{Verdict: "right", Compared: 3, Agree: 2, Off: []operate.OtherClock{child}},
			[]string{"that of 420202007005 device aaaaaaaaaaaaaaaa is 3h0m0s behind, the others agree with this one: set it there"}},
		"one of two": {operate.Clock{Verdict: "undecided", Offset: hub.Offset, Compared: 1, Off: []operate.OtherClock{hub}},
			[]string{"this computer's clock is 61 days behind, by that of the hub above, 420202007000 device bbbbbbbbbbbbbbbb: one of the two is wrong; compare both with a watch"}},
		"a dead battery":             {operate.Clock{Behind: ms(9829 * day)}, []string{"this computer's clock is 9829 days before a time that the city has signed: set it, unless the city's was ahead"}},
		"after the city's was ahead": {operate.Clock{Verdict: "right", Compared: 1, Agree: 1, Behind: ms(61 * day)}, nil},
	} {
		if diff := cmp.Diff(c.want, main.ClockLines(&operate.Status{Clock: c.clock})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
