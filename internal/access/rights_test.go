package access_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

func TestActive(t *testing.T) {
	wantError(t, access.Active(access.Party{Device: device}), "")
	wantError(t, access.Active(access.Party{Device: device, Revoked: true}), "device "+string(device)+" is revoked")
	wantError(t, access.Active(access.Party{Device: device, Expired: true}), "the certificate of device "+string(device)+" has expired")
}

func TestSay(t *testing.T) {
	for name, test := range map[string]struct {
		author, audience change.UnitID
		want             bool
	}{
		"to itself": {first, first, true}, "to one below": {street, first, true}, "to all": {city, city, true},
		"to one above": {first, street, false}, "to one beside": {first, second, false},
		"to nobody": {city, stranger, false}, "by nobody": {stranger, stranger, false},
	} {
		t.Run(name, func(t *testing.T) {
			words, early := "may not speak to unit "+string(test.audience), "the audience is not at or below this unit"
			if test.want {
				words, early = "", ""
			}
			wantError(t, access.Say(town, test.author, change.Stream{Device: device, Audience: test.audience}), words)
			wantError(t, access.Address(town, test.author, test.audience), early)
		})
	}
}

func TestWrite(t *testing.T) {
	form := &schema.Kind{Name: "form", Writers: []int{4, 5}}
	log := &schema.Kind{Name: "log", Writers: []int{4, 5}, System: true}
	for name, test := range map[string]struct {
		kind         *schema.Kind
		level        tree.Level
		write, enter string
	}{
		"a tier that may":      {kind: form, level: tree.Community},
		"one that may not":     {kind: form, level: tree.City, write: "a city does not write form records", enter: "a city does not"},
		"a unit of no tier":    {kind: form, write: "does not write form records", enter: "does not write"},
		"the program's":        {kind: log, level: tree.Street, enter: "log records are written by the program"},
		"the program's, above": {kind: log, level: tree.City, write: "a city does not write log", enter: "by the program"},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, access.Write(test.kind, test.level), test.write)
			wantError(t, access.Enter(test.kind, test.level), test.enter)
		})
	}
}

func TestHolds(t *testing.T) {
	for name, test := range map[string]struct {
		holder, author change.UnitID
		want           bool
	}{
		"nobody's record": {"", first, true}, "the holder's own change": {first, first, true}, "the city's order": {first, city, true},
		"a neighbour's": {first, second, false}, "one above": {first, street, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := access.Holds(test.holder, test.author, city); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			words := "another unit holds"
			if test.want {
				words = ""
			}
			wantError(t, access.Edit(test.author, city, test.holder), words)
		})
	}
}

// TestEffect: which record a change is of, and whether it may have an effect.
func TestEffect(t *testing.T) {
	ofFirst := change.NewRecordID(first, [16]byte{1})
	self := change.RecordID(device)
	for name, test := range map[string]struct {
		kind             string
		id               change.RecordID
		author, audience change.UnitID
		name             change.RecordID
		has              bool
	}{
		"its own":                           {"person", ofFirst, first, first, ofFirst, true},
		"a neighbour's":                     {"person", ofFirst, second, second, ofFirst, false},
		"one below, by the street":          {"person", ofFirst, street, first, ofFirst, false},
		"an order of the city":              {"person", ofFirst, city, first, ofFirst, true},
		"an unknown kind, its own":          {"later", ofFirst, first, first, ofFirst, true},
		"an unknown kind, a neighbour's":    {"later", ofFirst, second, second, ofFirst, false},
		"an id of before":                   {"person", "p-1", first, first, change.RecordID(first) + ".p-1", true},
		"the same by a neighbour":           {"person", "p-1", second, second, change.RecordID(second) + ".p-1", true},
		"an order about an id of before":    {"person", "p-1", city, first, change.RecordID(first) + ".p-1", true},
		"a notice of before":                {"notice", "n-1", city, first, change.RecordID(city) + ".n-1", true},
		"one of before said in full":        {"person", change.RecordID(first) + ".p-1", second, second, change.RecordID(first) + ".p-1", false},
		"a unit":                            {system.UnitKind, "u", city, city, "u", true},
		"a unit, by another":                {system.UnitKind, "u", first, first, "u", false},
		"a program's access":                {system.ProgramKind, "p", city, city, "p", true},
		"a program's access, by another":    {system.ProgramKind, "p", first, first, "p", false},
		"a device's own state":              {system.DeviceStateKind, self, first, first, self, true},
		"another device's state":            {system.DeviceStateKind, "another", first, first, "another", false},
		"a device's own address":            {system.HubAddressKind, self, first, first, self, true},
		"another's address":                 {system.HubAddressKind, "another", first, first, "another", false},
		"another's address, by the city":    {system.HubAddressKind, "another", city, city, "another", false},
		"its own address, to a unit below":  {system.HubAddressKind, self, street, first, self, false},
		"its own state, in very many words": {system.DeviceStateKind, self, second, second, self, false},
		"its own state, to one below":       {system.DeviceStateKind, self, street, first, self, false},
		"its own head, to one below":        {system.AuditHeadKind, self + "-1", street, first, self + "-1", false},
		"its own head of the audit log":     {system.AuditHeadKind, self + "-1", first, first, self + "-1", true},
		"another's head of the audit log":   {system.AuditHeadKind, "another-1", first, first, "another-1", false},
		"another's head, even by the city":  {system.AuditHeadKind, "another-1", city, city, "another-1", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := &change.Change{Kind: test.kind, Record: test.id, Fields: change.FieldsOf(map[string]change.Value{"program": change.Text("1")})}
			if test.author == second && test.kind == system.DeviceStateKind {
				c.Fields = c.Fields.With("more", change.Text(strings.Repeat("a", 1100)))
			}
			got, has := access.Effect(c, change.Stream{Device: device, Incarnation: 1, Audience: test.audience}, test.author, city)
			if got != test.name || has != test.has {
				t.Errorf("got %s, %v, want %s, %v", got, has, test.name, test.has)
			}
		})
	}
	if !access.Receipt(city, city) || access.Receipt(street, city) {
		t.Error("want receipts of the city alone")
	}
}

// TestOfItself: what a device says of itself counts up to a kibibyte.
func TestOfItself(t *testing.T) {
	const field, some = "program", 900
	around := len(field) + len(change.Text(strings.Repeat("a", some))) - some
	for size, want := range map[int]bool{1023: true, 1024: true, 1025: false} {
		words := change.FieldsOf(map[string]change.Value{field: change.Text(strings.Repeat("a", size-around))})
		c := &change.Change{Kind: system.DeviceStateKind, Record: change.RecordID(device), Fields: words}
		if _, has := access.Effect(c, change.Stream{Device: device, Incarnation: 1, Audience: first}, first, city); has != want {
			t.Errorf("%d bytes: %v, want %v", size, has, want)
		}
	}
}

func TestAsk(t *testing.T) {
	for name, test := range map[string]struct {
		asker, scope change.UnitID
		want         bool
	}{
		"its own": {street, street, true}, "one below": {city, first, true},
		"one above": {first, street, false}, "one beside": {first, second, false}, "one nobody knows": {city, stranger, false},
	} {
		t.Run(name, func(t *testing.T) {
			words := "the unit is unknown, or not in the scope of this one"
			if test.want {
				words = ""
			}
			wantError(t, access.Ask(town, test.asker, test.scope), words)
		})
	}
}

// TestNothingOutsideTheSubtreeIsAsked also finds that a unit that is not open and
// one that does not exist are refused in the same words.
func TestNothingOutsideTheSubtreeIsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWood(t)
		asker, scope := w.draw(t, "asker"), w.draw(t, "scope")
		err := access.Ask(w, asker, scope)
		if got, want := err == nil, w.under(asker, scope); got != want {
			t.Fatalf("got %v, want %v", err, want)
		}
		none := access.Ask(w, asker, stranger)
		if err != nil && (err.Error() != none.Error() || fault.Hint(err) != fault.Hint(none)) {
			t.Errorf("not allowed: %v; none: %v", err, none)
		}
	})
}
