package replica

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestCommonest: the vote that most are near, of equals the first.
func TestCommonest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var votes []time.Duration
		for _, n := range rapid.SliceOfN(rapid.IntRange(-6, 6), 1, 12).Draw(t, "votes") {
			votes = append(votes, time.Duration(n)*apart/2+time.Duration(rapid.IntRange(-1, 1).Draw(t, "edge")))
		}
		var want time.Duration
		most := 0
		for _, v := range votes {
			if n := agreeing(votes, v); n > most {
				want, most = v, n
			}
		}
		if common, n := commonest(votes); common != want || n != most {
			t.Errorf("of %v: got %v with %d, want %v with %d", votes, common, n, want, most)
		}
	})
}
