package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/syncer"
)

// TestBornToday: a date of birth is judged by the day in the network's zone, hard
// only where others bear the clock out, whatever the machine's zone and clock are.
func TestBornToday(t *testing.T) {
	// The clock says 2027-01-15 08:00 UTC; nine hours on it is the 16th in Shanghai.
	const soft = "birth_date: birth_future: "
	for name, c := range map[string]struct {
		ahead    time.Duration // the clock goes on by
		compared bool
		offset   time.Duration
		born     string
		refused  bool
		warned   bool
	}{
		"today":                             {compared: true, born: "2027-01-15"},
		"tomorrow":                          {compared: true, born: "2027-01-16", refused: true},
		"after midnight in Shanghai":        {ahead: 9 * time.Hour, compared: true, born: "2027-01-16"},
		"off the line":                      {born: "2027-03-01", warned: true},
		"a month after the newest receipt":  {ahead: 30 * 24 * time.Hour, compared: true, born: "2027-03-01", warned: true},
		"five hours slow":                   {ahead: 4 * time.Hour, compared: true, offset: 5 * time.Hour, born: "2027-01-16"},
		"a dead battery":                    {ahead: -27 * 365 * 24 * time.Hour, born: "2027-01-15"},
		"a dead battery, later than signed": {ahead: -27 * 365 * 24 * time.Hour, born: "2027-01-20", warned: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.town.Clock.Advance(c.ahead)
			if c.compared {
				d.at.Clocks.Met(syncer.Peer{Unit: kit.Street.ID, Device: change.DeviceOf([]byte{1})}, true, c.offset)
			}
			all, err := kit.Put(t, d.at, "person", `{"name":"甲","birth_date":"`+c.born+`"}`)
			switch {
			case c.refused:
				if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "birth_future") {
					t.Errorf("got %v, want it refused", err)
				}
			case err != nil:
				t.Errorf("got %v, want it saved", err)
			case slices.ContainsFunc(all[0].Warnings, func(w string) bool { return strings.HasPrefix(w, soft) }) != c.warned:
				t.Errorf("warnings: got %v, want of the future: %v", all[0].Warnings, c.warned)
			}
		})
	}
}
