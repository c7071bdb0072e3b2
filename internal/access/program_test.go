package access_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

var (
	person, unitKind, deviceKind = &schema.Kind{Name: "person", Personal: true}, &schema.Kind{Name: "unit", System: true}, &schema.Kind{Name: "device", System: true}
	programKind                  = &schema.Kind{Name: "program", System: true}
	stats                        = access.Rights{Program: "stats", Unit: street, Kinds: []string{"person", "unit"}, Until: "2026-12-31"}
)

func TestProgram(t *testing.T) {
	const closed, ended, revoked = "the unit is unknown, or not in the scope of this one", "ended with 2026-12-31", "was revoked"
	gone := stats
	gone.Revoked = true
	for name, test := range map[string]struct {
		p           access.Rights
		self, scope change.UnitID
		today       string
		want        string
	}{
		"its unit, at the city":            {stats, city, street, "2026-12-01", ""},
		"one below, at the city":           {stats, city, first, "2026-12-01", ""},
		"its last day":                     {stats, city, street, "2026-12-31", ""},
		"at its own unit's hub":            {stats, street, street, "2026-12-01", ""},
		"the day after":                    {stats, city, street, "2027-01-01", ended},
		"revoked":                          {gone, city, street, "2026-12-01", revoked},
		"one above":                        {stats, city, district, "2026-12-01", closed},
		"the city":                         {stats, city, city, "2026-12-01", closed},
		"one beside":                       {stats, city, other, "2026-12-01", closed},
		"one nobody knows":                 {stats, city, stranger, "2026-12-01", closed},
		"at a hub that does not have it":   {stats, other, street, "2026-12-01", closed},
		"at a hub below, what it has":      {stats, first, first, "2026-12-01", ""},
		"at a hub below, more than it has": {stats, first, street, "2026-12-01", closed},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, access.Program(town, test.p, test.self, test.today, person, "person", test.scope), test.want)
		})
	}
}

// TestProgramKind: a kind that a program may not see is refused as one that there is not.
func TestProgramKind(t *testing.T) {
	all := stats
	all.Kinds, all.All = nil, true
	none := stats
	none.Kinds = nil
	household := &schema.Kind{Name: "household", Personal: true}
	for name, test := range map[string]struct {
		p    access.Rights
		kind *schema.Kind
		open bool
	}{
		"one of its own": {stats, person, true}, "another": {stats, household, false}, "none": {none, person, false},
		"any": {all, household, true}, "units": {stats, unitKind, true}, "units among all": {all, unitKind, true},
		"devices": {all, deviceKind, false}, "programs": {all, programKind, false},
	} {
		err := access.Program(town, test.p, city, "2026-12-01", test.kind, test.kind.Name, street)
		missing := access.Program(town, test.p, city, "2026-12-01", nil, test.kind.Name, street)
		if (err == nil) != test.open {
			t.Errorf("%s: got %v, want it open: %v", name, err, test.open)
		}
		if err != nil && (err.Error() != missing.Error() || fault.Of(err) != fault.Of(missing) || fault.Hint(err) != fault.Hint(missing)) {
			t.Errorf("%s: not allowed: %v; there is none: %v", name, err, missing)
		}
	}
	if err := access.NoKind(strings.Repeat("类", 1000)); len(err.Error()) > 200 {
		t.Errorf("one line: %v", err)
	}
	for n, cut := range map[int]bool{40: false, 41: true} {
		if err := access.NoKind(strings.Repeat("类", n)); strings.Contains(err.Error(), "...") != cut {
			t.Errorf("%d characters, want them cut %v: %v", n, cut, err)
		}
	}
}

// TestProgramScope: where it names nothing, a program asks about all that it may at the
// hub, and about nothing that it may not.
func TestProgramScope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWood(t)
		p := stats
		p.Until, p.Unit = "", w.draw(t, "unit")
		self, scope := w.draw(t, "hub"), w.draw(t, "scope")
		may := access.Program(w, p, self, "2026-12-01", person, "person", scope) == nil
		if want := w.under(p.Unit, scope) && w.under(self, scope); may != want {
			t.Fatalf("got %v, want %v", may, want)
		}
		widest := access.ProgramScope(w, p, self)
		if widest == "" && may {
			t.Errorf("it may ask about %s, and by default about nothing", scope)
		}
		if widest != "" && access.Program(w, p, self, "2026-12-01", person, "person", widest) != nil {
			t.Errorf("by default it asks about what it may not: %s", widest)
		}
		if may && !w.under(widest, scope) {
			t.Errorf("by default it does not ask about %s", scope)
		}
	})
}
