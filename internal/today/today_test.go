package today_test

import (
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/today"
)

const day = 24 * time.Hour

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := today.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestDay: in the network's zone, not before what the city has signed, and sure
// only where others bear the clock out.
func TestDay(t *testing.T) {
	night := time.Date(2026, 11, 28, 16, 30, 0, 0, time.UTC) // half past midnight of the 29th in Shanghai
	battery := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		clock today.Clock
		zone  string
		want  today.Day
	}{
		"the network's zone":           {today.Clock{Now: night, Compared: true, Past: night}, "", today.Day{Date: "2026-11-29", Sure: true}},
		"the machine's is passed over": {today.Clock{Now: night.In(time.FixedZone("", -11*3600)), Compared: true, Past: night}, "", today.Day{Date: "2026-11-29", Sure: true}},
		"another zone":                 {today.Clock{Now: night, Compared: true, Past: night}, "Asia/Urumqi", today.Day{Date: "2026-11-28", Sure: true}},
		"nobody was asked":             {today.Clock{Now: night, Past: night}, "", today.Day{Date: "2026-11-29"}},
		"nothing was signed":           {today.Clock{Now: night, Compared: true}, "", today.Day{Date: "2026-11-29"}},
		"a month off the line":         {today.Clock{Now: night, Compared: true, Past: night.Add(-30 * day)}, "", today.Day{Date: "2026-11-29"}},
		"a dead battery":               {today.Clock{Now: battery, Past: night}, "", today.Day{Date: "2026-11-29"}},
		"a dead battery, linked":       {today.Clock{Now: battery, Compared: true, Behind: night.Sub(battery), Past: night.Add(-day)}, "", today.Day{Date: "2026-11-29", Sure: true}},
		"five hours slow":              {today.Clock{Now: night.Add(-5 * time.Hour), Compared: true, Behind: 5 * time.Hour, Past: night.Add(-8 * time.Hour)}, "", today.Day{Date: "2026-11-29", Sure: true}},
		"ahead: nobody is refused":     {today.Clock{Now: night.Add(61 * day), Compared: true, Behind: -61 * day, Past: night}, "", today.Day{Date: "2027-01-29"}},
		"all are years behind":         {today.Clock{Now: battery, Compared: true, Past: night}, "", today.Day{Date: "2026-11-29"}},
	} {
		zone := mustZone(t, c.zone)
		if got := c.clock.In(zone); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		last := c.clock // the day's last moment: none of what is known of the time lies after it
		last.Now, last.Behind = c.clock.Now.Add(max(c.clock.Behind, 0)), 0
		if last.Past.After(last.Now) {
			last.Now = last.Past
		}
		last.Now = last.Now.Add(c.clock.Left(zone) - 1)
		turned := last
		turned.Now = last.Now.Add(1)
		if last.In(zone).Date != c.want.Date || turned.In(zone).Date <= c.want.Date {
			t.Errorf("%s: %v are left, and at their end it is %s", name, c.clock.Left(zone), turned.In(zone).Date)
		}
	}
}

func TestZone(t *testing.T) {
	if zone := mustZone(t, ""); zone.String() != today.Default {
		t.Errorf("got %s, want %s", zone, today.Default)
	}
	for _, name := range []string{"Local", "Asia/Nowhere", "../etc"} {
		if zone, err := today.Zone(name); fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%q: got %v, %v, want it refused with a hint", name, zone, err)
		}
	}
}

// TestCheck: what only the day makes a problem is hard on a sure day alone; all else
// stays as it is.
func TestCheck(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, ok := s.Kind("person")
	if !ok {
		t.Fatal("no person")
	}
	born := map[string]change.Value{"birth_date": change.Text("2026-11-30"), "id_number": change.Text("1")}
	hard := func(problems []schema.Problem) map[string]bool {
		found := map[string]bool{}
		for _, p := range problems {
			found[p.Rule] = p.Hard
		}
		return found
	}
	sure, unsure := today.Day{Date: "2026-11-29", Sure: true}, today.Day{Date: "2026-11-29"}
	if got := hard(sure.Check(k, born)); !got["birth_future"] || !got["id_number"] {
		t.Errorf("on a sure day: got %v, want both hard", got)
	}
	got := hard(unsure.Check(k, born))
	if strength, found := got["birth_future"]; strength || !found || !got["id_number"] {
		t.Errorf("on another: got %v, want birth_future soft, id_number hard", got)
	}
	if got := sure.Refused(k, change.FieldsOf(born)); len(got) != 1 || got[0].Rule != "birth_future" {
		t.Errorf("refused: got %v, want birth_future alone", got)
	}
	if got := unsure.Refused(k, change.FieldsOf(born)); len(got) != 0 {
		t.Errorf("refused on a day that is not sure: %v", got)
	}
	born["birth_date"] = change.Text("2026-11-29")
	if got := sure.Refused(k, change.FieldsOf(born)); len(got) != 0 {
		t.Errorf("born today: %v", got)
	}
}
