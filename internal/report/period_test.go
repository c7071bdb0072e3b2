package report_test

import (
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/report"
)

// TestPeriods: the days of a period, and the day before it where it counts.
func TestPeriods(t *testing.T) {
	for _, c := range []struct{ name, kind, first, last, before string }{
		{"2026", report.Yearly, "2026-01-01", "2026-12-31", ""},
		{"2024-02", report.Monthly, "2024-02-01", "2024-02-29", "2024-01-31"},
		{"2026-02", report.Monthly, "2026-02-01", "2026-02-28", "2026-01-31"},
		{"2100-02", report.Monthly, "2100-02-01", "2100-02-28", "2100-01-31"},
		{"2000-03", report.Monthly, "2000-03-01", "2000-03-31", "2000-02-29"},
		{"2026-01", report.Monthly, "2026-01-01", "2026-01-31", ""},
		{"2026-12", report.Monthly, "2026-12-01", "2026-12-31", "2026-11-30"},
		{"2026-Q1", report.Quarterly, "2026-01-01", "2026-03-31", ""},
		{"2026-Q2", report.Quarterly, "2026-04-01", "2026-06-30", "2026-03-31"},
		{"2026-Q4", report.Quarterly, "2026-10-01", "2026-12-31", "2026-09-30"},
		{"1800", report.Yearly, "1800-01-01", "1800-12-31", ""},
		{"2199-12", report.Monthly, "2199-12-01", "2199-12-31", "2199-11-30"},
	} {
		p, err := report.ParsePeriod(c.name)
		want := report.Period{Name: c.name, Kind: c.kind, First: c.first, Last: c.last}
		if err != nil || p != want || p.Before() != c.before {
			t.Errorf("%s: got %+v before %q, %v; want %+v before %q", c.name, p, p.Before(), err, want, c.before)
		}
	}
}

// TestNoPeriods: anything else is refused.
func TestNoPeriods(t *testing.T) {
	for _, name := range []string{
		"", "26", "2026-", "2026-1", "2026-00", "2026-13", "2026-Q0", "2026-Q5", "2026-q1", "2026-Q", "2026-11-01", "2026-11\n", " 2026", "２０２６", "+026", "0000", "0001", "1799", "2200", "9999-12", "2026-Q12",
	} {
		if p, err := report.ParsePeriod(name); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: got %+v, %v, want Invalid", name, p, err)
		}
	}
}

// TestOn: a report counts for the last day of its period, or for today within it.
func TestOn(t *testing.T) {
	p, err := report.ParsePeriod("2026-Q1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		today, day string
		partial    bool
		want       fault.Kind
	}{
		{"2025-12-31", "", false, fault.Invalid},
		{"2026-01-01", "2026-01-01", true, fault.OK},
		{"2026-03-31", "2026-03-31", true, fault.OK},
		{"2026-04-01", "2026-03-31", false, fault.OK},
		{"2030-01-01", "2026-03-31", false, fault.OK},
	} {
		if day, partial, err := p.On(c.today); day != c.day || partial != c.partial || fault.Of(err) != c.want {
			t.Errorf("today %s: got %q, %v, %v", c.today, day, partial, err)
		}
	}
}

// TestYears: reports are made of the years that there can be figures of, and what is out
// of them is said in one way.
func TestYears(t *testing.T) {
	for name, want := range map[string]string{"1899-01": "1950 to 2199", "1949": "1950 to 2199", "9999": "1950 to 2199", "0001-Q1": "1950 to 2199", "1950": "", "2026-11": "", "2199": "has not begun"} {
		p, err := report.ParsePeriod(name)
		if err == nil {
			_, _, err = p.On("2026-12-01")
		}
		if want == "" && err != nil || want != "" && (fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}
