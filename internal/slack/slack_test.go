package slack_test

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/slack"
)

const mib = 1 << 20

// TestRun: memory is given back by a quiet program that has some to give, and
// by no other.
func TestRun(t *testing.T) {
	tests := map[string]struct {
		looks []slack.Reading
		want  int // how often it is given back
	}{
		"quiet with much to give": {looks: []slack.Reading{
			{Allocated: 500 * mib, Live: 100 * mib, Spare: 90 * mib},
			{Allocated: 501 * mib, Live: 100 * mib, Spare: 91 * mib}}, want: 1},
		"busy": {looks: []slack.Reading{
			{Allocated: 500 * mib, Live: 100 * mib, Spare: 90 * mib},
			{Allocated: 530 * mib, Live: 100 * mib, Spare: 90 * mib}}},
		"quiet with little to give": {looks: []slack.Reading{
			{Allocated: 500 * mib, Live: 100 * mib, Spare: 11 * mib},
			{Allocated: 501 * mib, Live: 100 * mib, Spare: 12 * mib}}},
		"small and quiet": {looks: []slack.Reading{
			{Allocated: 5 * mib, Live: 3 * mib, Spare: 3 * mib},
			{Allocated: 6 * mib, Live: 3 * mib, Spare: 4 * mib}}},
		"quiet after a burst, then given": {looks: []slack.Reading{
			{Allocated: 0, Live: 10 * mib},
			{Allocated: 300 * mib, Live: 60 * mib, Spare: 80 * mib},
			{Allocated: 303 * mib, Live: 60 * mib, Spare: 83 * mib},
			{Allocated: 306 * mib, Live: 50 * mib, Spare: 3 * mib}}, want: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				given, looks := 0, test.looks
				err := slack.Run(ctx, slack.Config{Give: func() { given++ }, Read: func() slack.Reading {
					now := looks[0]
					if looks = looks[1:]; len(looks) == 0 {
						cancel()
						looks = []slack.Reading{now}
					}
					return now
				}})
				if err != nil || given != test.want {
					t.Errorf("given back %d times, %v, want %d times", given, err, test.want)
				}
			})
		})
	}
}

// TestAllowance: garbage may grow within the allowance; a program that uses more than
// half of it is left to the runtime's pace or to what is said, and none that another has set is touched.
func TestAllowance(t *testing.T) {
	run := func(t *testing.T, beyond int) (limits []int64) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			looks := []slack.Reading{{Live: 20 * mib}, {Live: 60 * mib, Beside: 10 * mib}, {Live: 30 * mib}}
			err := slack.Run(ctx, slack.Config{Allowance: 100 * mib, Beyond: beyond, Limit: func(n int64) { limits = append(limits, n/mib) }, Give: func() {},
				Read: func() slack.Reading {
					now := looks[0]
					if looks = looks[1:]; len(looks) == 0 {
						cancel()
						looks = []slack.Reading{now}
					}
					return now
				}})
			if err != nil {
				t.Error(err)
			}
		})
		return limits
	}
	percent := debug.SetGCPercent(100)
	defer debug.SetGCPercent(percent)
	for beyond, most := range map[int]int64{0: 130, 100: 130, 75: 115} {
		if got := run(t, beyond); !slices.Equal(got, []int64{100, most, 100}) {
			t.Errorf("%d: it may take %v MiB", beyond, got)
		}
	}
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("afterwards the pace is %d", got)
	}
	t.Setenv("GOMEMLIMIT", "12MiB")
	if got := run(t, 0); len(got) > 0 {
		t.Errorf("it may take %v MiB against what was set", got)
	}
}

// TestRuntime: what the runtime keeps of garbage goes back to the system.
func TestRuntime(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // garbage stays until it is given back
	garbage := make([][]byte, 64)
	for i := range garbage {
		garbage[i] = make([]byte, mib)
	}
	runtime.KeepAlive(garbage)
	if got := slack.Read(); got.Spare < 60*mib {
		t.Fatalf("%+v, want about 64 MiB of garbage in it", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := slack.Run(ctx, slack.Config{Every: time.Millisecond, Give: func() {
		debug.FreeOSMemory()
		cancel()
	}})
	if got := slack.Read(); err != nil || got.Spare > 32*mib {
		t.Errorf("%v, %+v, want the garbage gone", err, got)
	}
}
